"""What a model sees: estimates at once, exact numbers after them, and where a text is cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import transformers
from streamlit.testing.v1 import AppTest

from components.inspect import keys
from components.inspect.model_view import seeing, tab
from components.inspect.model_view.seeing import kept_spans
from components.inspect.tabs import TABS
from tests.pages.inspect_dataset.inspectors import (
    captions,
    numbers,
    settled,
    visit,
    visit_file,
    write_csv,
)
from tests.pages.visitor import by_key, error_boxes, figures, strip, texts_in

MODEL = TABS["model"]
CHECKPOINT = f"{keys.PAGE}_model_text-classification"


@pytest.fixture
def notes(root: Path) -> Path:
    """Every third row is long; those are b."""
    rows = [
        ("the cat sleeps " * (1 if i % 3 else 20), "b" if i % 3 == 0 else "a") for i in range(30)
    ]
    return write_csv(root / "notes.csv", [("text", "label"), *rows])


def visit_model(path: Path, checkpoint: str) -> AppTest:
    values = {tab._MAX_LENGTH: 16, CHECKPOINT: checkpoint}
    at = visit_file(path)
    for key, value in values.items():
        at.session_state[key] = value
    at.session_state[keys.TABS] = MODEL
    return settled(at.run())


def metrics(at: AppTest) -> dict[str, str]:
    return {str(one.label): str(one.value) for one in at.metric}


def test_numbers_are_those_of_the_tokenizer(notes: Path, bert: str) -> None:
    at = visit_model(notes, bert)
    assert not at.exception
    assert error_boxes(at) == []
    assert metrics(at)["Rows cut"] == "33.3 %"
    tokenizer = transformers.AutoTokenizer.from_pretrained(bert.removeprefix("folder:"))
    short, long = (len(tokenizer("the cat sleeps " * n)["input_ids"]) for n in (1, 20))
    lost = 10 * (long - 16) / (20 * short + 10 * long)
    assert metrics(at)["Tokens lost"] == f"{100 * lost:.1f} %"
    assert "Exact, over all 30 rows." in captions(at)
    assert any("“b” suffers most: 100.0 % of its 10 rows" in text for text in texts_in(at.main))
    (figure,) = figures(at)
    assert figure["layout"]["annotations"][0]["text"] == "max_length 16"


def test_the_first_cut_row_is_shown_and_all_of_them_listed(notes: Path, bert: str) -> None:
    at = visit_model(notes, bert)
    drawn = strip(at, f"{keys.PAGE}_cut_0")
    assert drawn is not None
    kept, cut = drawn["parts"]
    assert kept["text"].startswith("the cat sleeps the cat")
    assert cut["label"] == "cut off"
    tokenizer = transformers.AutoTokenizer.from_pretrained(bert.removeprefix("folder:"))
    assert len(tokenizer(kept["text"])["input_ids"]) == 16
    at.button(key=f"{keys.PAGE}_cut_rows").click().run()
    assert numbers(settled(at)) == list(range(0, 30, 3))


def test_the_sample_is_labelled_until_the_exact_count_is_there(
    notes: Path, bert: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tab, "SAMPLE_ROWS", 10)
    real = seeing.see

    def see(*values: Any, sample: int | None, **how: Any) -> Any:
        # The exact count never comes.
        if sample is None:
            how["cancelled"] = lambda: True
        return real(*values, sample=sample, **how)

    monkeypatch.setattr(tab, "see", see)
    at = visit_model(notes, bert)
    assert any("Estimated from 10 of 30 rows: with 95 % confidence" in c for c in captions(at))
    assert by_key(at, f"{keys.PAGE}_cut_rows") is None, "a sample does not know all of them"
    assert len(metrics(at)) == 5
    monkeypatch.setattr(tab, "see", real)
    at.button(key=f"{keys.PAGE}_model_exact_again").click().run()
    settled(at)
    assert "Exact, over all 30 rows." in captions(at)


def test_another_max_length_gives_other_numbers(notes: Path, bert: str) -> None:
    at = visit_model(notes, bert)
    at.number_input(key=tab._MAX_LENGTH).set_value(4).run()
    settled(at)
    assert metrics(at)["Rows cut"] == "100.0 %"
    at.number_input(key=tab._MAX_LENGTH).set_value(500).run()
    settled(at)
    assert metrics(at)["Rows cut"] == "0 %"
    assert by_key(at, f"{keys.PAGE}_cut_0") is None
    assert any("reads at most 64 tokens" in str(one.value) for one in at.warning)


@pytest.mark.parametrize("sample", ["entities", "pairs", "articles", "sentiment"])
def test_each_lens_has_a_checkpoint_to_begin_with(sample: str) -> None:
    at = visit(SAMPLE=sample, TABS=MODEL)
    assert not at.exception
    assert error_boxes(at) == []
    assert len(metrics(at)) == 5
    if sample in ("pairs", "articles"):
        at.segmented_control(key=f"{keys.PAGE}_model_side").set_value("target").run()
        settled(at)
        assert error_boxes(at) == []
        assert len(metrics(at)) == 5


def test_a_second_text_makes_pairs(root: Path, bert: str) -> None:
    rows = [("a cat", "sleeps", "x")] * 4
    path = write_csv(root / "pairs.csv", [("text", "second", "label"), *rows])
    alone = visit_model(path, bert)
    assert "Every row has 4 tokens." in texts_in(alone.main)
    alone.selectbox(key=f"{keys.PAGE}_model_second").set_value("second").run()
    settled(alone)
    tokenizer = transformers.AutoTokenizer.from_pretrained(bert.removeprefix("folder:"))
    count = len(tokenizer("a cat", "sleeps")["input_ids"])
    assert f"Every row has {count} tokens." in texts_in(alone.main)


def test_a_checkpoint_without_a_tokenizer_is_said_beside_it(notes: Path, root: Path) -> None:
    from tests.tiny_models import make_tiny

    folder = make_tiny("bert", root / "bare")
    for file in [*folder.glob("*token*"), *folder.glob("vocab*")]:
        file.unlink()
    at = visit_model(notes, f"folder:{folder}")
    (box,) = error_boxes(at)
    assert any("no tokenizer files" in text for text in texts_in(box))


@pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses")
@pytest.mark.parametrize("kind", ["bert", "marian"])
def test_what_is_kept_has_as_many_tokens_as_fit(kind: str, tmp_path: Path) -> None:
    from tests.tiny_models import make_tiny

    tokenizer = transformers.AutoTokenizer.from_pretrained(make_tiny(kind, tmp_path / kind))
    text = "the cat sleeps on the mat " * 10
    ((start, end),) = kept_spans(tokenizer, [text], 12)
    assert start == 0
    assert len(tokenizer(text[:end])["input_ids"]) <= 12
    assert len(tokenizer(text[: end + 6])["input_ids"]) > 12
    first, second = kept_spans(tokenizer, ["the cat", text], 12)
    assert first == (0, 7)
    assert second[1] < len(text) or kind == "marian"
