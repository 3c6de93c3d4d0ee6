"""The numbers of a pre-flight against brute force, on tiny models; in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from transformers import AutoModelForMaskedLM, AutoTokenizer

from loupe.training.arguments import make_plan
from loupe.training.job import Outcome, read_and_split, run
from loupe.training.preflight import memory, stepping
from loupe.training.preflight.report import PreflightReport
from loupe.training.preflight.room import FLOAT_BYTES, MEMORY_RESERVE_BYTES
from loupe.training.preflight.trial import Trial
from tests.tiny_models import SENTENCES
from tests.unit.training.preflight.conftest import ROWS, Kitchen

SCRATCH = {
    "scratch": {
        "family": "bert",
        "hidden_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "max_position_embeddings": 64,
    },
    "tokenizer": {"algorithm": "wordpiece", "vocab_size": 320},
}


def stops(report: PreflightReport) -> list[str]:
    return [f"{f.field}: {f}" for f in report.findings if f.severity == "stop"]


@pytest.mark.parametrize("task", ROWS)
def test_each_task_is_tried_from_its_file(task, kitchen):
    spec = kitchen.run(task)
    report = kitchen.examine(spec)
    assert stops(report) == []
    train, validation = read_and_split(spec, kitchen.places)
    assert (report.train_rows, report.validation_rows) == (len(train), len(validation or ()))
    assert report.total_steps == 20
    assert report.step_s > 0
    assert report.evaluation_s > 0
    assert report.flops_total == report.flops_per_step * 20
    assert report.eta_s > report.start_s + 20 * report.step_s
    assert report.shown[0].tokens
    # Text is to be written for source texts alone; one answer a row has no positions.
    assert bool(report.shown[0].carries_loss) is (
        task in ("fill-mask", "text-generation", "token-classification")
    )
    assert bool(report.shown[0].target) is (task not in ("fill-mask", "text-generation"))
    assert report.loss_scaling == ("honoured" if task == "text-generation" else "ignored")
    # Nothing of it stays.
    assert not kitchen.places.runs.exists()
    assert {path.name for path in kitchen.folder.iterdir()} == {"rows.jsonl"}


@pytest.mark.parametrize("task", ["fill-mask", "text-classification"])
def test_steps_are_counted_as_the_run_counts_them(task, kitchen):
    args = {"max_steps": -1, "num_train_epochs": 2, "gradient_accumulation_steps": 3}
    spec = kitchen.run(task, args=args)
    report = kitchen.examine(spec)
    train, _ = read_and_split(spec, kitchen.places)
    tokenizer = AutoTokenizer.from_pretrained(kitchen.tiny / "bert")
    longest = 32 - 2  # a window's room beside [CLS] and [SEP]
    sizes = [len(ids) for ids in tokenizer(train["text"][:], add_special_tokens=False)["input_ids"]]
    windows = sum(-(-size // longest) for size in sizes)
    examples = windows if task == "fill-mask" else len(train)
    assert report.examples == examples
    plan = make_plan(spec.args, examples)
    assert (report.total_steps, report.steps_per_epoch) == (plan.total_steps, plan.steps_per_epoch)


def test_weights_are_counted(kitchen):
    report = kitchen.examine(kitchen.run("fill-mask"))
    model = AutoModelForMaskedLM.from_pretrained(kitchen.tiny / "bert")
    wanted = sum(parameter.numel() for parameter in model.parameters())
    assert report.parameters == report.trainable_parameters == wanted
    assert report.new_modules == ()


def test_a_new_head_is_named_and_counted(kitchen):
    report = kitchen.examine(kitchen.run())
    assert "classifier" in report.new_modules
    assert dict(report.labels) == {
        label: sum(row["label"] == label for row in _trained(kitchen)) for label in "ab"
    }


def _trained(kitchen: Kitchen) -> list[dict[str, Any]]:
    train, _ = read_and_split(kitchen.run(), kitchen.places)
    return list(train)


def test_an_adapter_trains_few_weights_and_takes_less_disk(kitchen):
    whole = kitchen.examine(kitchen.run())
    lora = kitchen.examine(
        kitchen.run(model={"checkpoint": f"folder:{kitchen.tiny / 'bert'}", "lora": {"r": 2}})
    )
    assert stops(lora) == []
    assert lora.trainable_parameters < whole.trainable_parameters / 2
    assert lora.disk_needed_bytes < whole.disk_needed_bytes / 2
    assert lora.parameters > whole.parameters


def test_frozen_layers_are_not_counted_as_trained(kitchen):
    model = {"checkpoint": f"folder:{kitchen.tiny / 'bert'}", "freeze_layers": 2}
    report = kitchen.examine(kitchen.run(model=model))
    assert report.trainable_parameters < report.parameters / 2


def test_a_model_from_scratch_is_tried_with_its_own_tokenizer(kitchen):
    report = kitchen.examine(kitchen.run("fill-mask", model=SCRATCH))
    assert stops(report) == []
    assert report.unknown_share < 0.01
    assert report.dtype == "float32"


def test_tokens_and_cuts_are_counted_as_by_hand(kitchen):
    spec = kitchen.run(max_length=12)
    report = kitchen.examine(spec)
    tokenizer = AutoTokenizer.from_pretrained(kitchen.tiny / "bert")
    texts = [row["text"] for row in _trained(kitchen)]
    sizes = [len(ids) for ids in tokenizer(texts)["input_ids"]]
    assert report.truncated_share == sum(size > 12 for size in sizes) / len(sizes)
    assert report.longest_tokens == 12
    assert report.mean_tokens == pytest.approx(sum(min(size, 12) for size in sizes) / len(sizes))
    (cut,) = [f for f in report.findings if f.field == "max_length"]
    offered = cut.changes["max_length"]
    assert sum(size > offered for size in sizes) <= 0.02 * len(sizes)
    assert offered <= 64  # positions of the model


def test_the_peak_holds_weights_gradients_and_the_optimizers_state(kitchen):
    report = kitchen.examine(kitchen.run("fill-mask"))
    assert report.peak_bytes > 4 * FLOAT_BYTES * report.parameters
    assert report.peak_bytes < report.free_bytes


def test_more_rows_a_batch_are_more_work(kitchen):
    small = kitchen.examine(kitchen.run("fill-mask", args={"per_device_train_batch_size": 2}))
    large = kitchen.examine(kitchen.run("fill-mask", args={"per_device_train_batch_size": 8}))
    both = kitchen.examine(
        kitchen.run(
            "fill-mask",
            args={"per_device_train_batch_size": 2, "gradient_accumulation_steps": 4},
        )
    )
    assert large.flops_per_step > 2 * small.flops_per_step
    assert both.flops_per_step == 4 * small.flops_per_step


def _memory_for(rows: int) -> Callable[..., None]:
    """A machine on which a batch of more rows does not fit."""
    whole = Trial.backward

    def backward(self: Trial, examples: list[Any], accumulated: int = 1) -> None:
        if len(examples) > rows:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: 12345 bytes")
        whole(self, examples, accumulated)

    return backward


def test_a_batch_that_does_not_fit_gets_one_that_does_and_learns_the_same(kitchen, monkeypatch):
    monkeypatch.setattr(Trial, "backward", _memory_for(3))
    spec = kitchen.run(args={"per_device_train_batch_size": 12})
    report = kitchen.examine(spec)
    (found,) = [f for f in report.findings if f.severity == "stop"]
    assert found.field == "args.per_device_train_batch_size"
    assert found.changes == {
        "args.per_device_train_batch_size": 3,
        "args.gradient_accumulation_steps": 4,
    }
    assert (report.batch, report.accumulation) == (3, 4)
    assert "3" in str(found)


def test_a_batch_known_not_to_fit_is_not_tried_again(kitchen, monkeypatch):
    tried = []
    whole = stepping._try_batch

    def try_batch(trial, prepared, batch, accumulation, notes):
        tried.append(batch)
        return whole(trial, prepared, batch, accumulation, notes)

    monkeypatch.setattr(stepping, "_try_batch", try_batch)
    report = kitchen.examine(kitchen.run(), batch_max=2)
    assert tried == [2]
    assert (report.batch, report.accumulation) == (2, 2)
    assert report.verdict == "stop"


def test_a_model_for_which_not_one_row_fits_is_told(kitchen, monkeypatch):
    monkeypatch.setattr(Trial, "backward", _memory_for(0))
    report = kitchen.examine(kitchen.run())
    (found,) = [f for f in report.findings if f.severity == "stop"]
    assert found.field == "model.checkpoint"
    assert "LoRA" in found.remedy
    assert report.step_s is None
    assert not found.changes


@pytest.mark.parametrize(("models_bytes", "verdict"), [(0, "stop"), (8 * 1024**3, "warn")])
def test_models_of_the_pages_that_would_leave_are_counted(
    models_bytes, verdict, kitchen, monkeypatch
):
    needed = 2 * 1024**3
    monkeypatch.setattr(memory.PeakMemory, "peak_bytes", lambda _: needed)
    monkeypatch.setattr(memory, "free_bytes", lambda _: needed + MEMORY_RESERVE_BYTES - 1)
    report = kitchen.examine(kitchen.run(), models_bytes=models_bytes)
    assert report.verdict == verdict
    found = next(f for f in report.findings if f.severity == verdict)
    assert found.params["models_gib"] == models_bytes / 1024**3
    assert found.params["free_gib"] == pytest.approx(2.25, abs=0.01)
    assert report.models_bytes == models_bytes


def test_a_run_is_made_to_fit_a_time(kitchen):
    spec = kitchen.run(args={"max_steps": 1_000_000})
    report = kitchen.examine(spec, fit_time_s=30.0)
    assert 0 < report.fitted["args.max_steps"] < 1_000_000
    short = kitchen.examine(kitchen.run(args={"max_steps": 2}), fit_time_s=3600.0)
    assert short.fitted == {}
    assert short.fitted_eta_s is None
    assert report.fitted_eta_s is not None
    assert report.fitted_eta_s < report.eta_s


def test_what_a_library_says_becomes_a_finding_and_no_crash(kitchen, monkeypatch):
    def fail(*_args, **_more):
        raise ZeroDivisionError("colour")

    monkeypatch.setattr(Trial, "backward", fail)
    report = kitchen.examine(kitchen.run())
    (found,) = [f for f in report.findings if f.severity == "stop"]
    assert "colour" in (found.detail or "")


def test_a_run_that_was_let_go_trains(kitchen):
    spec = kitchen.run(args={"max_steps": 2})
    assert stops(kitchen.examine(spec)) == []
    folder = kitchen.places.runs / "run"
    folder.mkdir(parents=True)
    (folder / "run.yaml").write_text(spec.to_yaml(), "utf-8")
    assert run(folder, kitchen.places) is Outcome.FINISHED


def test_the_sentences_of_the_tiny_vocabulary_are_known(kitchen):
    rows = [{"text": f"{text} {i}"} for i in range(4) for text in SENTENCES[:6]]
    report = kitchen.examine(kitchen.run("fill-mask", path=kitchen.rows(rows)))
    assert report.unknown_share < 0.01
    assert stops(report) == []
