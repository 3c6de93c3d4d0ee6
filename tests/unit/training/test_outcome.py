from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datasets import Dataset
from scipy.special import expit, softmax  # type: ignore[import-untyped]
from seqeval.metrics import classification_report  # type: ignore[import-untyped]
from seqeval.scheme import IOB2  # type: ignore[import-untyped]

from loupe.data.outcomes import (
    Classes,
    ClassRow,
    Entities,
    Labels,
    TextRow,
    Texts,
    from_dict,
    to_dict,
)
from loupe.data.spec import DataSpec, Role, Source
from loupe.data.trainable import Evaluation, PrepareSettings
from loupe.tasks.trainables import TRAINABLES
from loupe.training.job import Outcome, run
from loupe.training.outcome import TEXT_CHARACTERS, Judged, read_outcome, write_outcome
from loupe.training.run_folder import RunFolder
from tests.tiny_models import SENTENCES

TEXTS = [f"{i} {text}" for i in range(4) for text in SENTENCES]
ROWS: dict[str, list[dict[str, Any]]] = {
    "text-classification": [{"text": t, "label": "ab"[i % 2]} for i, t in enumerate(TEXTS)],
    "token-classification": [
        {"tokens": t.split(), "tags": ["B-X" if w[0].isupper() else "O" for w in t.split()]}
        for t in TEXTS
    ],
    "translation": [{"source": text, "target": text.upper()} for text in TEXTS],
    "fill-mask": [{"text": text} for text in TEXTS],
}
KINDS = {"text-classification": "bert", "token-classification": "bert", "translation": "t5"}


@pytest.fixture
def trained(make_spec, write_run, places, tmp_path):
    """A task's run of six steps on rows of a file: its folder and its held-out rows."""

    def trained(task: str, **more: Any) -> RunFolder:
        path = tmp_path / "rows.jsonl"
        rows = more.pop("rows", ROWS[task])
        path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
        columns: dict[Role, str | int] = {Role(name): name for name in rows[0]}
        spec = make_spec(KINDS.get(task, "bert"), task, {"max_steps": 6, "eval_steps": 3}, **more)
        data = DataSpec(train=(Source(path=str(path), columns=columns),), holdout=0.3)
        folder = write_run(spec.model_copy(update={"data": data, "max_target_length": 12}))
        assert run(folder, replace(places, roots=(*places.roots, tmp_path))) is Outcome.FINISHED
        return RunFolder(folder)

    return trained


def read(folder: RunFolder) -> tuple[Judged, dict[str, Any]]:
    judged, finished = read_outcome(folder.evaluation), folder.read_finished()
    assert judged is not None
    assert finished is not None
    assert judged.step == finished["best_step"]
    return judged, finished


def test_the_rows_of_a_classification_give_the_metrics_of_its_last_line(trained):
    folder = trained("text-classification")
    judged, finished = read(folder)
    outcome = judged.outcome
    assert isinstance(outcome, Classes)
    assert outcome.labels == ("a", "b")
    assert {row.text for row in outcome.rows} < set(TEXTS), "whole texts, only those held out"
    labels_of = {row["text"]: row["label"] for row in ROWS["text-classification"]}
    assert all(outcome.labels[row.truth] == labels_of[row.text] for row in outcome.rows)
    assert all(sum(row.probabilities) == pytest.approx(1) for row in outcome.rows)
    right = [np.argmax(row.probabilities) == row.truth for row in outcome.rows]
    assert np.mean(right) == pytest.approx(finished["metrics"]["accuracy"])
    losses = [-np.log(row.probabilities[row.truth]) for row in outcome.rows]
    assert np.mean(losses) == pytest.approx(finished["metrics"]["loss_nats"], abs=1e-5)
    card = folder.card.read_text("utf-8")
    assert "by their true class" in card
    assert folder.finished.stat().st_mtime_ns >= folder.evaluation.stat().st_mtime_ns


def test_labels_that_do_not_exclude_each_other_have_probabilities_of_their_own(trained):
    rows = [{"text": t, "label": ["a", "b"][: i % 3]} for i, t in enumerate(TEXTS)]
    judged, finished = read(trained("text-classification", rows=rows, multi_label=True))
    outcome = judged.outcome
    assert isinstance(outcome, Labels)
    wanted = {row["text"]: tuple(int(n in row["label"]) for n in ("a", "b")) for row in rows}
    assert all(row.truth == wanted[row.text] for row in outcome.rows)
    assert all(sum(row.probabilities) != pytest.approx(1, abs=1e-6) for row in outcome.rows)
    given = [tuple(int(p > 0.5) for p in row.probabilities) for row in outcome.rows]
    right = [g == row.truth for g, row in zip(given, outcome.rows, strict=True)]
    assert np.mean(right) == pytest.approx(finished["metrics"]["accuracy"])


def test_entities_have_the_scores_of_seqeval_and_of_the_last_line(trained):
    judged, finished = read(trained("token-classification"))
    outcome = judged.outcome
    assert isinstance(outcome, Entities)
    truth = [list(row.truth) for row in outcome.rows]
    predicted = [list(row.predicted) for row in outcome.rows]
    how = {"mode": "strict", "scheme": IOB2, "zero_division": 0}
    report = classification_report(truth, predicted, output_dict=True, **how)
    assert [score.type for score in outcome.types] == ["X"]
    (score,) = outcome.types
    assert score.f1 == pytest.approx(report["X"]["f1-score"])
    assert score.precision == pytest.approx(report["X"]["precision"])
    assert score.recall == pytest.approx(report["X"]["recall"])
    assert score.support == report["X"]["support"] > 0
    assert report["micro avg"]["f1-score"] == pytest.approx(finished["metrics"]["f1"])
    known = {tuple(row["tokens"]): row["tags"] for row in ROWS["token-classification"]}
    for row in outcome.rows:
        whole = next(words for words in known if words[: len(row.words)] == row.words)
        assert list(row.truth) == known[whole][: len(row.words)]


def test_texts_stand_beside_their_targets(trained):
    judged, _ = read(trained("translation"))
    outcome = judged.outcome
    assert isinstance(outcome, Texts)
    assert len(outcome.rows) > 2
    assert all(row.targets == (row.source.upper(),) for row in outcome.rows)


def test_a_language_model_leaves_none(trained):
    folder = trained("fill-mask")
    assert folder.read_finished() is not None
    assert not folder.evaluation.exists()
    assert "by their true class" not in folder.card.read_text("utf-8")


def test_rows_that_training_leaves_out_shift_no_other():
    settings = PrepareSettings()
    rows = Dataset.from_dict({"text": ["one", "  ", "three"], "label": [0, 1, 1]})
    logits = [np.array([3.0, 1.0]), np.array([0.0, 2.0])]
    outcome = TRAINABLES["text-classification"].outcome(
        Evaluation(logits, [0, 1], 1.0, 2), rows, None, settings, ("a", "b")
    )
    assert isinstance(outcome, Classes)
    assert [(row.text, row.truth) for row in outcome.rows] == [("one", 0), ("three", 1)]
    assert np.allclose([row.probabilities for row in outcome.rows], softmax(logits, axis=1))
    both = TRAINABLES["text-classification"].outcome(
        Evaluation(logits, [np.array([0.0, 1.0])] * 2, 1.0, 2),
        rows,
        None,
        replace(settings, multi_label=True),
        ("a", "b"),
    )
    assert isinstance(both, Labels)
    assert np.allclose([row.probabilities for row in both.rows], expit(logits))
    assert both.rows[0].truth == (0, 1)


def test_it_is_written_whole_and_read_as_it_was(tmp_path):
    outcome = Texts((TextRow("s" * 5000, ("短い", "x"), ""),))
    path = tmp_path / "evaluation.json"
    write_outcome(path, 7, outcome)
    judged = read_outcome(path)
    assert judged is not None
    assert judged.step == 7
    (row,) = judged.outcome.rows
    assert isinstance(row, TextRow)
    assert (row.targets, row.output) == (("短い", "x"), "")
    assert len(row.source) == TEXT_CHARACTERS
    assert row.source.endswith("…")
    assert [file.name for file in tmp_path.iterdir()] == ["evaluation.json"]


def test_version_1_still_opens(tmp_path):
    path = tmp_path / "evaluation.json"
    path.write_text(
        '{"schema_version": 1, "step": 3, "kind": "classes", "labels": ["a", "b"],'
        ' "rows": [{"text": "t", "truth": 1, "probabilities": [0.25, 0.75]}]}'
    )
    row = ClassRow("t", 1, (0.25, 0.75))
    assert read_outcome(path) == Judged(3, Classes(("a", "b"), (row,)))


@pytest.mark.parametrize(
    "record",
    [
        {"schema_version": 2, "step": 1, "kind": "texts", "rows": []},
        {"schema_version": 1, "step": 1, "kind": "pictures", "rows": []},
        {"schema_version": 1, "step": 1, "kind": "classes", "rows": []},
        {"schema_version": 1, "kind": "texts", "rows": []},
        {"schema_version": 1, "step": 1, "kind": "texts", "rows": [{"source": "s"}]},
    ],
)
def test_what_is_no_outcome_is_none(tmp_path: Path, record: dict[str, Any]):
    path = tmp_path / "evaluation.json"
    assert read_outcome(path) is None
    path.write_text(json.dumps(record))
    assert read_outcome(path) is None


def test_every_kind_comes_back_from_plain_values(trained):
    judged, _ = read(trained("token-classification"))
    assert from_dict(json.loads(json.dumps(to_dict(judged.outcome)))) == judged.outcome
