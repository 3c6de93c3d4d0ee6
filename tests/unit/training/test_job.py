from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from loupe.checkpoints.loading import load
from loupe.checkpoints.ref import CheckpointRef
from loupe.checkpoints.resolve import resolve
from loupe.errors import LoupeError
from loupe.training.errors import RunIsBusy
from loupe.training.events import read_events
from loupe.training.job import Outcome, run
from loupe.training.run_folder import RunFolder
from loupe.training.stop import StopRequest
from tests.tiny_models import SENTENCES, edit_config, make_tiny
from tests.unit.training.fake_tasks import FakeCausal, FakeClassification, labelled_rows, text_rows


@pytest.fixture
def train(write_run, places):
    """Train a spec in a new folder: (outcome, folder)."""
    names = itertools.count()

    def train(spec, task=None, rows=text_rows, **options):
        folder = write_run(spec, f"run{next(names)}")
        done = run(folder, places, trainable=task or FakeCausal(), load_rows=rows, **options)
        return done, RunFolder(folder)

    return train


def events_of(folder: RunFolder, name: str) -> list[dict[str, Any]]:
    return [event for event in read_events(folder.events)[0] if event["event"] == name]


def test_a_run_leaves_everything_that_its_folder_promises(make_spec, train):
    done, folder = train(make_spec())
    assert done is Outcome.FINISHED
    assert {path.name for path in folder.path.iterdir()} == {
        "run.yaml",
        "events.jsonl",
        "samples.jsonl",
        "machine.jsonl",
        "checkpoints",
        "README.md",
        "finished.json",
        "lock",
    }
    finished = folder.read_finished()
    assert finished is not None
    assert finished["best_step"] == 20
    lines = [json.loads(line) for line in folder.samples.read_text("utf-8").splitlines()]
    assert [line["when"] for line in lines] == ["before", "during", "during", "after"]
    # The first at once, then every second one.
    assert [event["step"] for event in events_of(folder, "loss")] == [1, *range(2, 21, 2)]
    assert all(event["tokens_per_s"] > 0 for event in events_of(folder, "loss"))
    assert [event["step"] for event in events_of(folder, "evaluation")] == [0, 10, 20]
    card = folder.card.read_text("utf-8")
    assert "Fine-tuned from" in card
    assert "20 rows for training, 4 held out" in card
    assert not events_of(folder, "failed")


def test_its_name_alone_loads_the_best_checkpoint_with_its_tokenizer(make_spec, train, places):
    _, folder = train(make_spec())
    found = resolve(CheckpointRef.parse(f"run:{folder.id}"), places)
    assert found.revision == "20"
    model, tokenizer = load(
        found.folder,
        "AutoModelForCausalLM",
        device=torch.device("cpu"),
        dtype=torch.float32,
        name="it",
    )
    with torch.no_grad():
        logits = model(**tokenizer("The capital", return_tensors="pt")).logits
    assert torch.isfinite(logits).all()
    assert model.config.use_cache, "Trainer switches it off; whoever generates wants it"


def test_thirty_steps_give_the_same_losses_twice(make_spec, train):
    spec = make_spec(args={"max_steps": 30, "logging_steps": 1, "seed": 3}, model={"dropout": 0.1})
    _, first = train(spec)
    torch.rand(7)  # what else the process drew must not matter
    _, second = train(spec)
    losses = [[event["loss_nats"] for event in events_of(f, "loss")] for f in (first, second)]
    assert len(losses[0]) == 30
    assert losses[0] == losses[1]
    _, other = train(spec.model_copy(update={"args": spec.args.model_copy(update={"seed": 4})}))
    assert [event["loss_nats"] for event in events_of(other, "loss")] != losses[0]


def test_a_finished_run_is_left_as_it_is(make_spec, train, places):
    _, folder = train(make_spec())
    before = folder.events.read_bytes()
    assert run(folder.path, places, trainable=FakeCausal(), load_rows=text_rows) == "finished"
    assert folder.events.read_bytes() == before


def test_killed_after_its_last_step_it_only_finishes(make_spec, train, places):
    _, folder = train(make_spec())
    folder.finished.unlink()
    before = len(events_of(folder, "loss"))
    assert run(folder.path, places, trainable=FakeCausal(), load_rows=text_rows) == "finished"
    assert len(events_of(folder, "loss")) == before, "no step beyond the last"
    assert folder.read_finished() is not None


class Diverges(FakeCausal):
    """Its held-out loss gets worse after the second evaluation."""

    def __init__(self, best_at: int = 2) -> None:
        self.asked, self.best_at = 0, best_at

    def metrics(self, evaluation, tokenizer, labels):
        self.asked += 1
        return {"loss_nats": float(abs(self.asked - 1 - self.best_at))}


def test_early_stopping_keeps_the_best_and_makes_it_the_runs(make_spec, train, places):
    spec = make_spec(args={"max_steps": 100, "eval_steps": 5}, early_stopping_patience=2)
    done, folder = train(spec, Diverges())
    assert done is Outcome.FINISHED
    finished = folder.read_finished()
    assert finished is not None
    # Evaluated at 0, 5 and 10 (the best), then worse at 15 and 20.
    assert (finished["best_step"], finished["step"], finished["early"]) == (10, 20, True)
    assert folder.steps()[-1] == 20, "a run that is given more steps goes on from its last"
    assert resolve(CheckpointRef.parse(f"run:{folder.id}"), places).revision == "10"


def test_killed_after_stopping_early_it_does_not_train_on(make_spec, train, places):
    spec = make_spec(args={"max_steps": 100, "eval_steps": 5}, early_stopping_patience=2)
    task = Diverges()
    _, folder = train(spec, task)
    folder.finished.unlink()
    # The kill came before the run said that it was finished.
    assert run(folder.path, places, trainable=task, load_rows=text_rows) == "finished"
    finished = folder.read_finished()
    assert finished is not None
    assert (finished["best_step"], finished["step"]) == (10, 20)


def test_the_best_outlives_the_limit_of_checkpoints(make_spec, train):
    args = {"max_steps": 40, "eval_steps": 5, "save_total_limit": 1}
    _, folder = train(make_spec(args=args), Diverges(best_at=1))
    finished = folder.read_finished()
    assert finished is not None
    assert finished["best_step"] == 5
    kept = [event["best_step"] for event in events_of(folder, "checkpoint")]
    assert kept == [5] * len(kept)
    assert folder.steps() == (5, 40), "the best, and the last"


def test_a_loss_that_is_no_number_stops_the_run_with_a_cause(make_spec, train):
    done, folder = train(make_spec(args={"learning_rate": 1e30, "max_grad_norm": 0.0}))
    assert done is Outcome.FAILED
    (failed,) = events_of(folder, "failed")
    assert failed["error"] == "NonFiniteLoss"
    assert "ran off at step" in failed["message"]
    assert "learning rate" in failed["remedy"]
    said = failed["message"].format(**failed["params"])
    assert "{" not in said
    assert folder.read_finished() is None
    for step in folder.steps():
        weights = load_file(folder.checkpoints / str(step) / "model.safetensors")
        assert all(torch.isfinite(value).all() for value in weights.values())
    assert all(event["loss_nats"] != 0.0 for event in events_of(folder, "loss"))


def test_a_stop_request_saves_and_the_next_start_goes_on(make_spec, train, places):
    spec = make_spec(args={"max_steps": 40, "eval_steps": 20})

    class StopAt(FakeCausal):
        def __init__(self, path: Path | None) -> None:
            self.path, self.batches = path, 0

        def collator(self, tokenizer, settings, model):
            inner = super().collator(tokenizer, settings, model)

            def collate(rows):
                self.batches += model.training
                if self.path is not None and self.batches == 8:
                    (self.path / "stop").touch()
                return inner(rows)

            return collate

    task = StopAt(None)
    folder_path = Path(places.runs / "run0")
    task.path = folder_path
    done, folder = train(spec, task)
    assert done is Outcome.STOPPED
    (step,) = folder.steps()
    assert 7 <= step <= 9
    assert events_of(folder, "stopped")[0]["step"] == step
    assert not folder.stop.exists(), "obeyed, so it is gone"
    assert folder.read_finished() is None
    folder.stop.touch()  # an old request does not stop a run that is started again
    assert run(folder_path, places, trainable=FakeCausal(), load_rows=text_rows) == "finished"
    assert events_of(folder, "resumed")[0]["step"] == step


def test_a_stop_during_an_evaluation_does_not_wait_for_it(make_spec, train):
    spec = make_spec(args={"max_steps": 40, "eval_steps": 10, "per_device_eval_batch_size": 1})
    seen = []

    class StopWhileJudged(FakeCausal):
        def collator(self, tokenizer, settings, model):
            inner = super().collator(tokenizer, settings, model)

            def collate(rows):
                if not model.training:
                    seen.append(1)
                    if len(seen) == 6:  # four rows at step 0, then the second at step 10
                        stop.ask()
                return inner(rows)

            return collate

    stop = StopRequest(Path("/nonexistent/stop"))
    done, folder = train(spec, StopWhileJudged(), stop=stop)
    assert done is Outcome.STOPPED
    assert len(seen) == 6
    assert folder.steps() == (10,)
    assert [event["step"] for event in events_of(folder, "evaluation")] == [0]


def test_a_bfloat16_checkpoint_trains_in_float32(make_spec, train, tiny):
    half = tiny / "gpt2-bf16"
    if not half.exists():
        make_tiny("gpt2", half)
        weights = load_file(half / "model.safetensors")
        halved = {name: value.to(torch.bfloat16) for name, value in weights.items()}
        save_file(halved, half / "model.safetensors", metadata={"format": "pt"})
        edit_config(half, dtype="bfloat16")
    _, folder = train(make_spec("gpt2-bf16", args={"learning_rate": 5e-5}))
    after = load_file(folder.checkpoints / "20" / "model.safetensors")
    assert {value.dtype for value in after.values()} == {torch.float32}
    before = load_file(half / "model.safetensors")
    moved = [(after[name] != before[name].float()).float().mean() for name in before]
    # In bfloat16 weights about half of such small updates are lost.
    assert float(torch.stack(moved).mean()) > 0.9


def test_autocast_keeps_weights_in_float32(make_spec, train):
    _, folder = train(make_spec(args={"bf16": True}))
    weights = load_file(folder.checkpoints / "20" / "model.safetensors")
    assert {value.dtype for value in weights.values()} == {torch.float32}
    assert events_of(folder, "ready")[0]["bf16"] is True


def test_labels_reach_the_checkpoint_and_predictions_the_metrics(make_spec, train):
    spec = make_spec(
        "bert", "text-classification", args={"max_steps": 40}, class_weights="balanced"
    )
    done, folder = train(spec, FakeClassification(), labelled_rows)
    assert done is Outcome.FINISHED
    finished = folder.read_finished()
    assert finished is not None
    assert finished["metrics"]["accuracy"] == 1.0
    step = str(finished["best_step"])
    config = json.loads((folder.checkpoints / step / "config.json").read_text("utf-8"))
    assert config["id2label"] == {"0": "no", "1": "yes"}
    assert events_of(folder, "ready")[0]["new_modules"] == ["bert.pooler", "classifier"]


def test_an_epoch_shows_every_example_once_also_across_a_resume(make_spec, train, places):
    seen: list[tuple[int, ...]] = []

    class Notes(FakeCausal):
        def collator(self, tokenizer, settings, model):
            inner = super().collator(tokenizer, settings, model)

            def collate(rows):
                if model.training:
                    seen.extend(tuple(row["input_ids"]) for row in rows)
                return inner(rows)

            return collate

    class Stops(StopRequest):
        def asked(self) -> bool:
            # Trainer has one batch more in hand than it has trained on.
            return len(seen) >= 4 * 9

    spec = make_spec(args={"max_steps": 15, "eval_steps": 15}, group_by_length=True)
    done, folder = train(spec, Notes(), stop=Stops(Path("/nonexistent/stop")))
    assert done is Outcome.STOPPED
    (step,) = folder.steps()
    trained = seen[: 4 * step]
    seen.clear()
    assert run(folder.path, places, trainable=Notes(), load_rows=text_rows) == "finished"
    trained += seen
    assert len(trained) == 60
    for epoch in (trained[:20], trained[20:40], trained[40:]):
        assert len(set(epoch)) == 20


def test_without_held_out_rows_it_trains_and_says_nothing_of_quality(make_spec, train):
    done, folder = train(make_spec(), rows=lambda spec, places: (text_rows(spec, places)[0], None))
    assert done is Outcome.FINISHED
    finished = folder.read_finished()
    assert finished is not None
    assert finished["metrics"] == {}
    assert "nothing was measured" in folder.card.read_text("utf-8")
    assert not events_of(folder, "evaluation")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"args": {"metric_for_best_model": "chrf"}}, "no metric “chrf”"),
        ({"model": {"checkpoint": "folder:/nowhere/at/all"}}, "outside the folders"),
        ({"model": {"freeze_layers": 9}}, "the model has 2 layers"),
    ],
)
def test_what_does_not_fit_is_one_event_with_a_remedy(make_spec, train, changes, said):
    done, folder = train(make_spec(**changes))
    assert done is Outcome.FAILED
    (failed,) = events_of(folder, "failed")
    error = LoupeError(failed["message"], failed["remedy"], **failed["params"])
    assert said in str(error)
    assert folder.read_finished() is None


def test_a_missing_run_yaml_is_an_event_too(tmp_path, places):
    folder = tmp_path / "runs" / "empty"
    folder.mkdir(parents=True)
    assert run(folder, places) is Outcome.FAILED
    (failed,) = events_of(RunFolder(folder), "failed")
    assert failed["error"] == "InvalidInput"


def test_an_error_nobody_foresaw_is_told_too(make_spec, train, caplog):
    def broken(_spec, _places):
        raise ZeroDivisionError("seven")

    done, folder = train(make_spec(), rows=broken)
    assert done is Outcome.CRASHED
    (failed,) = events_of(folder, "failed")
    assert "seven" in failed["detail"]
    assert "Traceback" in caplog.text, "the log says where"


def test_out_of_memory_names_what_to_make_smaller(make_spec, train):
    def full(_spec, _places):
        raise RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")

    done, folder = train(make_spec(), rows=full)
    assert done is Outcome.FAILED
    assert events_of(folder, "failed")[0]["error"] == "OutOfMemory"


def test_two_processes_never_train_one_run(make_spec, write_run, places):
    folder = write_run(make_spec())
    with RunFolder(folder).lock(), pytest.raises(RunIsBusy):
        run(folder, places, trainable=FakeCausal(), load_rows=text_rows)
    assert not (folder / "events.jsonl").exists()


def test_samples_do_not_touch_the_runs_random_state(make_spec, train):
    class Silent(FakeCausal):
        def predict_samples(self, model, tokenizer, inputs, settings):
            return []

    spec = make_spec(model={"dropout": 0.1}, sample_inputs=SENTENCES[:2])
    _, sampled = train(spec)
    _, silent = train(spec, Silent())
    assert [e["loss_nats"] for e in events_of(sampled, "loss")] == [
        e["loss_nats"] for e in events_of(silent, "loss")
    ]


def test_the_loss_is_summed_over_tokens_not_averaged_over_batches(make_spec, train):
    losses = []
    for batch in (1, 4):
        spec = make_spec(args={"per_device_eval_batch_size": batch, "max_steps": 1})
        _, folder = train(spec)
        losses.append(events_of(folder, "evaluation")[0]["metrics"]["loss_nats"])
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)
    assert math.isfinite(losses[0])
