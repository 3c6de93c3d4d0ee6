"""What is said while a form is filled in."""

from __future__ import annotations

import os
from collections.abc import Iterable

import pytest

from loupe.training import job
from loupe.training.preflight import data_files, model_choice, quick_findings
from loupe.training.preflight.report import Finding
from loupe.training.preflight.room import DISK_RESERVE_BYTES
from tests.unit.training.preflight.conftest import ROWS


def told(findings: Iterable[Finding], severity: str) -> dict[str, str]:
    return {f.field: str(f) for f in findings if f.severity == severity}


@pytest.mark.parametrize("task", ROWS)
def test_a_run_without_a_fault_is_not_stopped_nor_warned_of(task, kitchen):
    findings = quick_findings(kitchen.run(task), kitchen.places)
    assert told(findings, "stop") == told(findings, "warn") == {}


def test_an_unchanged_file_is_read_once_and_a_changed_one_again(kitchen, monkeypatch):
    reads = []
    whole = job.read_and_split

    def read(spec, places):
        reads.append(spec)
        return whole(spec, places)

    monkeypatch.setattr(job, "read_and_split", read)
    spec = kitchen.run()
    quick_findings(spec, kitchen.places)
    again = kitchen.run(path=spec.data.train[0].path, args={"learning_rate": 3e-5})
    assert told(quick_findings(again, kitchen.places), "stop") == {}
    assert len(reads) == 1
    path = kitchen.rows([{"text": "a", "label": "b"}, {"text": "c", "label": "b"}])
    os.utime(path, ns=(1, 1))
    assert "data.train.0.columns.label" in told(quick_findings(spec, kitchen.places), "stop")
    assert len(reads) == 2


def test_a_large_file_is_left_to_the_process_of_its_own(kitchen, monkeypatch):
    monkeypatch.setattr(data_files, "READ_WHOLE_BYTES", 10)
    path = kitchen.rows([{"text": f"text {i}", "label": "same"} for i in range(9)])
    spec = kitchen.run(path=path, data={"holdout": 0.0})
    assert told(quick_findings(spec, kitchen.places), "stop") == {}
    # Its columns are looked at all the same.
    wrong = kitchen.run(path=path, source={"columns": {"label": "colour"}})
    assert "data.train.0.columns.label" in told(quick_findings(wrong, kitchen.places), "stop")
    assert "data.train.0.columns.label" in told(kitchen.examine(spec).findings, "stop")


@pytest.mark.parametrize(
    ("rate", "model", "warned"),
    [
        (5e-5, {}, False),
        (2e-3, {}, True),
        (1e-8, {}, True),
        (2e-3, {"lora": {}}, False),
        (5e-2, {"lora": {}}, True),
    ],
)
def test_a_learning_rate_far_from_the_usual_is_warned_of(rate, model, warned, kitchen):
    chosen = {"checkpoint": f"folder:{kitchen.tiny / 'bert'}", **model}
    spec = kitchen.run(model=chosen, args={"learning_rate": rate})
    findings = quick_findings(spec, kitchen.places)
    assert ("args.learning_rate" in told(findings, "warn")) is warned
    assert told(findings, "stop") == {}


@pytest.mark.parametrize(
    ("args", "field"),
    [
        ({"per_device_train_batch_size": 500}, "args.per_device_train_batch_size"),
        ({"eval_steps": 50}, "args.eval_steps"),
        ({"logging_steps": 50}, "args.logging_steps"),
    ],
)
def test_numbers_beyond_the_run_are_warned_of_with_what_would_do(args, field, kitchen):
    found = quick_findings(kitchen.run(args=args), kitchen.places)
    (warned,) = [f for f in found if f.severity == "warn"]
    assert warned.field == field
    assert field in warned.changes


def test_nothing_held_out_is_warned_of(kitchen):
    spec = kitchen.run(data={"holdout": 0.0})
    assert "data.holdout" in told(quick_findings(spec, kitchen.places), "warn")


def test_some_held_out_texts_that_are_trained_on_are_warned_of(kitchen):
    rows = ROWS["text-classification"]
    held_out = [rows[0], *({"text": f"new {i}", "label": "ab"[i % 2]} for i in range(5))]
    spec = kitchen.run(data={"validation": [{"path": kitchen.rows(held_out, "held-out.jsonl")}]})
    findings = quick_findings(spec, kitchen.places)
    assert "1 of 6" in told(findings, "warn")["data.validation.0.path"]
    assert told(findings, "stop") == {}


def test_rare_labels_are_warned_of_and_a_large_one_noted(kitchen):
    rows = [{"text": f"text {i}", "label": "c" if i in (3, 40) else "a"} for i in range(60)]
    spec = kitchen.run(path=kitchen.rows(rows), data={"holdout": 0.0})
    findings = quick_findings(spec, kitchen.places)
    assert "“c”" in told(findings, "warn")["data.train.0.columns.label"]
    (note,) = [f for f in findings if f.severity == "note" and "accuracy" in str(f)]
    assert note.changes == {"class_weights": "balanced"}


def test_a_language_head_that_is_missing_is_warned_of(kitchen):
    from tests.tiny_models import make_tiny

    folder = make_tiny(
        "bert", kitchen.folder / "classifier", auto_class="AutoModelForSequenceClassification"
    )
    spec = kitchen.run("fill-mask", model={"checkpoint": f"folder:{folder}"})
    assert "random" in told(quick_findings(spec, kitchen.places), "warn")["model.checkpoint"]
    # For a classifier a new head is as it should be.
    assert told(quick_findings(kitchen.run(), kitchen.places), "warn") == {}


def test_a_full_disk_stops_a_run(kitchen, monkeypatch):
    monkeypatch.setattr(model_choice, "disk_free_bytes", lambda _: DISK_RESERVE_BYTES + 1000)
    findings = quick_findings(kitchen.run(), kitchen.places)
    assert "args.save_total_limit" in told(findings, "stop")


def test_no_weights_are_loaded(kitchen, monkeypatch):
    from loupe.checkpoints import pretrained
    from loupe.training import model_building

    monkeypatch.setattr(pretrained, "read_model", None)
    monkeypatch.setattr(model_building, "build", None)
    assert told(quick_findings(kitchen.run(), kitchen.places), "stop") == {}
