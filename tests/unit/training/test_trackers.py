from __future__ import annotations

import threading

import pytest
from tensorboard.backend.event_processing.event_accumulator import (  # type: ignore[import-untyped]
    EventAccumulator,
)

from loupe.errors import InvalidInput
from loupe.training.events import read_events
from loupe.training.job import Outcome, run
from loupe.training.run_folder import RunFolder
from loupe.training.trackers import available_trackers, check_trackers
from tests.unit.training.fake_tasks import FakeCausal, text_rows


def scalars(folder: RunFolder, tag: str) -> list[tuple[int, float]]:
    """(step, value) of all event files of the run."""
    found = EventAccumulator(str(folder.tensorboard))
    found.Reload()
    return [(event.step, event.value) for event in found.Scalars(tag)]


def test_tensorboard_gets_losses_and_metrics_at_their_steps(make_spec, write_run, places):
    path = write_run(make_spec(args={"report_to": ("tensorboard",)}))
    assert run(path, places, trainable=FakeCausal(), load_rows=text_rows) is Outcome.FINISHED
    folder = RunFolder(path)
    events = read_events(folder.events)[0]
    losses = [(e["step"], e["loss_nats"]) for e in events if e["event"] == "loss"]
    judged = [(e["step"], e["metrics"]["loss_nats"]) for e in events if e["event"] == "evaluation"]
    assert [step for step, _ in judged] == [0, 10, 20]
    for tag, expected in (("train/loss", losses), ("eval/loss_nats", judged)):
        found = scalars(folder, tag)
        assert [step for step, _ in found] == [step for step, _ in expected]
        assert [v for _, v in found] == pytest.approx([v for _, v in expected], rel=1e-6)
    assert not (path / "checkpoints" / "runs").exists()
    assert not (path / "runs").exists(), "only where the folder says it is"


def test_a_resumed_run_shows_no_step_twice(make_spec, write_run, places):
    class Ends(FakeCausal):
        """A process that is killed at the second evaluation after the start."""

        asked = 0

        def metrics(self, evaluation, tokenizer, labels):
            self.asked += 1
            if self.asked == 3:
                raise OSError("killed")
            return super().metrics(evaluation, tokenizer, labels)

    path = write_run(make_spec(args={"report_to": ("tensorboard",)}))
    assert run(path, places, trainable=Ends(), load_rows=text_rows) is Outcome.CRASHED
    folder = RunFolder(path)
    assert folder.steps() == (10,)
    assert scalars(folder, "train/loss")[-1][0] == 20
    assert run(path, places, trainable=FakeCausal(), load_rows=text_rows) is Outcome.FINISHED
    steps = [step for step, _ in scalars(folder, "train/loss")]
    assert steps == [1, *range(2, 21, 2)]
    names = {thread.name for thread in threading.enumerate()}
    assert not any("tensorboard" in name.lower() for name in names), "its writer is closed"


def test_without_report_to_nothing_is_tracked(make_spec, write_run, places):
    path = write_run(make_spec(args={"max_steps": 2}))
    assert run(path, places, trainable=FakeCausal(), load_rows=text_rows) is Outcome.FINISHED
    assert not RunFolder(path).tensorboard.exists()


@pytest.mark.parametrize("name", ["tensorbord", "wandb", "all", "none", ""])
def test_a_tracker_that_is_not_here_is_refused_before_anything_is_read(
    name, make_spec, write_run, places
):
    path = write_run(make_spec(args={"report_to": ("tensorboard", name)}))
    assert run(path, places, trainable=FakeCausal(), load_rows=text_rows) is Outcome.FAILED
    failed = read_events(RunFolder(path).events)[0][-1]
    said = (failed["message"] + failed["remedy"]).format(**failed["params"])
    assert said.startswith(f"args.report_to: “{name}” is not installed")
    assert "Installed are: " in said
    assert "tensorboard" in failed["params"]["available"]
    assert not RunFolder(path).tensorboard.exists()


def test_what_is_installed_is_accepted():
    assert "tensorboard" in available_trackers()
    check_trackers(())
    check_trackers(available_trackers())
    with pytest.raises(InvalidInput):
        check_trackers(("nothing",))
