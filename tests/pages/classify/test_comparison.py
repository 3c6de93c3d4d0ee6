"""The tab “What does another model say?”."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from components import resources
from components.classify import keys
from components.classify.comparison import base_of, default_other
from components.classify.modes import CLASSIFY, TAG
from loupe.checkpoints.ref import CheckpointRef, Kind
from tests.pages.classifiers import CLASSIFY_PAGE, SCRIPT_LABEL, TEXT, ask, open_question
from tests.pages.visitor import (
    error_boxes,
    figures,
    markdown_in,
    nodes,
    open_page,
    strip,
    texts_in,
)
from tests.tiny_models import make_tiny


@pytest.fixture(autouse=True)
def no_training_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "start_shared_queue", lambda _make: None)


def compared(mode: Any, first: str, second: str) -> Any:
    at = ask(mode, first, TEXT, **{keys.other(mode): second})
    return open_question(at, mode, "other")


def test_labels_of_both_stand_side_by_side(folder: Any) -> None:
    at = compared(CLASSIFY, folder("sentiment"), folder("sentiment"))
    (table,) = [frame.value for frame in at.dataframe]
    assert set(table["label"]) == {"negative", "positive"}
    assert list(table["a"]) == list(table["b"]), "a model agrees with itself"
    assert list(table["difference"]) == [0.0, 0.0]


def test_labels_that_only_one_has_are_shown_without_a_difference(folder: Any) -> None:
    at = compared(CLASSIFY, folder("sentiment"), folder("nli"))
    (table,) = [frame.value for frame in at.dataframe]
    assert set(table["label"]) == {
        "negative", "positive", "entailment", "neutral", "contradiction",
    }  # fmt: skip
    assert table["difference"].isna().all()
    assert any("no label in common" in text for text in texts_in(at.main))


def test_both_mark_the_text_and_differing_tags_are_listed(folder: Any) -> None:
    at = compared(TAG, folder("ner"), folder("pos"))
    drawn = strip(at, f"{keys.PAGE}_compared_text")
    assert drawn is not None
    (table,) = [frame.value for frame in at.dataframe]
    assert len(table) == 6, "one tagger's labels are no labels of the other's"
    again = compared(TAG, folder("ner"), folder("ner"))
    assert not again.dataframe
    assert any("every word the same tag" in text for text in texts_in(again.main))


def test_labels_are_never_markdown(folder: Any) -> None:
    at = compared(CLASSIFY, folder("sentiment"), folder("markup"))
    assert SCRIPT_LABEL in set(at.dataframe[0].value["label"])
    assert not any(SCRIPT_LABEL in text for text in markdown_in(at.main))


@pytest.fixture
def run(tmp_path: Path, tiny_root: Path) -> CheckpointRef:
    """A run whose base has no head for classifying."""
    path = tmp_path / "state" / "runs" / "mine"
    options: dict[str, Any] = {"labels": ("negative", "positive")}
    make_tiny(
        "bert",
        path / "checkpoints" / "4",
        auto_class="AutoModelForSequenceClassification",
        **options,
    )
    spec = {
        "schema_version": 1,
        "name": "mine",
        "task": "text-classification",
        "model": {"checkpoint": f"folder:{tiny_root / 'bert'}"},
        "data": {"train": [{"path": "a.csv"}]},
    }
    (path / "run.yaml").write_text(yaml.safe_dump(spec), "utf-8")
    (path / "finished.json").write_text('{"schema_version": 1, "best_step": 4}', "utf-8")
    return CheckpointRef(Kind.RUN, "mine")


def test_a_run_stands_beside_what_it_began_from(run: CheckpointRef, bert: str) -> None:
    assert str(base_of(run)) == bert
    assert base_of(CheckpointRef(Kind.STARTER, "sentiment-en")) is None
    assert base_of(CheckpointRef(Kind.RUN, "gone")) is None
    at = open_question(ask(CLASSIFY, str(run), TEXT), CLASSIFY, "other")
    assert at.selectbox(key=keys.other(CLASSIFY)).value == bert


def test_a_base_that_has_no_answer_is_said_and_the_runs_stays(run: CheckpointRef) -> None:
    at = open_question(ask(CLASSIFY, str(run), TEXT), CLASSIFY, "other")
    assert any("is what the run began from" in text for text in texts_in(at.main))
    assert not error_boxes(at), "nothing went wrong: that is how a base is"
    assert not at.dataframe
    at = open_question(at, CLASSIFY, "labels")
    assert figures(at)


def test_any_other_checkpoint_without_a_head_is_an_error(folder: Any, bert: str) -> None:
    at = compared(CLASSIFY, folder("sentiment"), bert)
    (box,) = error_boxes(at)
    assert any("no trained head" in text for text in texts_in(box))
    assert not at.dataframe


def test_a_link_opens_the_two(run: CheckpointRef, folder: Any) -> None:
    params = {
        "v": "1",
        "mode": "classify",
        "text": TEXT,
        "model": str(run),
        "other": folder("sentiment"),
        "tab": "other",
    }
    at = open_page(CLASSIFY_PAGE, params=params)
    assert at.selectbox(key=keys.checkpoint(CLASSIFY)).value == str(run)
    assert at.selectbox(key=keys.other(CLASSIFY)).value == folder("sentiment")
    assert len(at.dataframe) == 1


def test_own_runs_are_offered_first_in_the_pickers_of_their_task(run: CheckpointRef) -> None:
    at = ask(CLASSIFY, str(run), TEXT)
    options = at.selectbox(key=keys.checkpoint(CLASSIFY)).options
    assert options[0].startswith("run:mine")
    tagging = ask(TAG, "starter:ner-en", "")
    assert not any("run:mine" in o for o in tagging.selectbox(key=keys.checkpoint(TAG)).options)
    assert not any(node.type == "exception" for node in nodes(tagging.main))


def test_the_second_is_never_the_first_without_need() -> None:
    starter = CheckpointRef(Kind.STARTER, "sentiment-en")
    assert default_other(CLASSIFY, starter) != starter
    assert default_other(CLASSIFY, CheckpointRef(Kind.STARTER, "other")) == starter
