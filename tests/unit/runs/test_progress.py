"""What the files of a run say, read on from where one stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loupe.runs.progress import ProgressReader
from loupe.training.events import EventWriter, JsonLines
from loupe.training.run_folder import RunFolder

READY: dict[str, Any] = {
    "device": "cpu",
    "bf16": False,
    "parameters": 100,
    "trainable_parameters": 40,
    "train_rows": 9,
    "validation_rows": 3,
    "total_steps": 20,
    "packing": False,
    "new_modules": ["classifier"],
}


class Run:
    """Writes a run's files as its process does; the clock goes on by a second a line."""

    def __init__(self, path: Path) -> None:
        path.mkdir()
        self.folder = RunFolder(path)
        self.now_s = 1000.0
        self._event = EventWriter(self.folder.events, self._tick)

    def _tick(self) -> float:
        self.now_s += 1.0
        return self.now_s

    def event(self, name: str, /, **fields: Any) -> None:
        self._event(name, **fields)

    def loss(self, step: int, **fields: Any) -> None:
        usual = {"loss_nats": 1.0 / step, "tokens": 10 * step, "elapsed_s": float(step)}
        self.event("loss", step=step, **{**usual, **fields})

    def evaluation(self, step: int, **metrics: float) -> None:
        self.event("evaluation", step=step, metrics=metrics, elapsed_s=float(step))

    def samples(self, step: int, when: str, answer: str) -> None:
        self.line(
            self.folder.samples,
            {"schema_version": 1, "step": step, "when": when, "samples": [{"input": answer}]},
        )
        self.event("samples", step=step, when=when)

    def machine(self, step: int, phase: str = "training") -> None:
        line = {"schema_version": 1, "time_s": self._tick(), "step": step, "phase": phase}
        self.line(self.folder.machine, {**line, "rss_bytes": 5, "cpu_percent": 99.5})

    def line(self, path: Path, record: dict[str, Any]) -> None:
        lines = JsonLines(path)
        lines.write(record)
        lines.close()

    def begin(self) -> None:
        self.event("started", pid=1, name="n", task="text-classification")
        self.event("phase", phase="reading data")
        self.event("ready", **READY)

    def close(self) -> None:
        self._event.close()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    made = Run(tmp_path / "run")
    yield made
    made.close()


def test_a_folder_without_files_says_nothing(tmp_path: Path) -> None:
    progress = ProgressReader(RunFolder(tmp_path / "gone")).read()
    assert progress.step == 0
    assert progress.total_steps is None
    assert progress.losses == ()
    assert progress.failure is None


def test_each_read_adds_what_is_new_and_nothing_twice(run: Run) -> None:
    reader = ProgressReader(run.folder)
    run.begin()
    run.loss(2)
    first = reader.read()
    assert [point.step for point in first.losses] == [2]
    assert reader.read() is first, "nothing is new, so nothing is made anew"
    run.loss(4)
    run.evaluation(4, accuracy=0.5)
    second = reader.read()
    assert [point.step for point in second.losses] == [2, 4]
    assert second.losses[1].loss_nats == 0.25
    assert second.evaluations[0].metrics == {"accuracy": 0.5}
    assert second.evaluations[0].tokens == 40
    assert [point.step for point in first.losses] == [2], "what was handed out does not change"


def test_the_phase_ends_with_the_first_word_of_training(run: Run) -> None:
    reader = ProgressReader(run.folder)
    run.event("started", pid=1, name="n", task="fill-mask")
    run.event("phase", phase="reading data")
    assert reader.read().phase == "reading data"
    assert reader.read().ready is None
    run.event("ready", **READY)
    progress = reader.read()
    assert progress.phase is None
    assert progress.ready is not None
    assert progress.ready.new_modules == ("classifier",)
    assert progress.total_steps == 20


def test_a_line_cut_short_is_read_when_it_is_whole(run: Run) -> None:
    reader = ProgressReader(run.folder)
    run.begin()
    whole = json.dumps(
        {"schema_version": 1, "event": "loss", "time_s": 1, "step": 6, "loss_nats": 0.5}
    )
    with run.folder.events.open("a") as file:
        file.write(whole[:30])
    assert reader.read().losses == ()
    with run.folder.events.open("a") as file:
        file.write(whole[30:] + "\n")
    assert [point.step for point in reader.read().losses] == [6]


@pytest.mark.parametrize(
    "line",
    [
        "no JSON",
        "[1]",
        '{"event": "loss", "step": 1}',
        '{"schema_version": 2, "event": "loss", "step": 1, "time_s": 1}',
        '{"schema_version": 1, "event": "loss", "time_s": 1}',
        '{"schema_version": 1, "event": "loss", "step": "many", "time_s": 1}',
        '{"schema_version": 1, "event": "of another Loupe", "step": 1, "time_s": 1}',
    ],
)
def test_a_line_that_says_nothing_is_passed_over(run: Run, line: str) -> None:
    run.begin()
    with run.folder.events.open("a") as file:
        file.write(line + "\n")
    run.loss(3)
    progress = ProgressReader(run.folder).read()
    assert [point.step for point in progress.losses] == [3]
    assert progress.failure is None


def test_a_resume_undoes_what_came_after_its_checkpoint(run: Run) -> None:
    run.begin()
    for step in (2, 4, 6):
        run.loss(step)
    run.evaluation(4, accuracy=0.5)
    run.samples(4, "during", "kept")
    run.evaluation(6, accuracy=0.9)
    run.samples(6, "during", "undone")
    reader = ProgressReader(run.folder)
    assert reader.read().step == 6
    run.begin()
    run.event("resumed", step=4)
    progress = reader.read()
    assert [point.step for point in progress.losses] == [2, 4]
    assert [point.step for point in progress.evaluations] == [4]
    assert [moment.step for moment in progress.samples] == [4]
    assert progress.resumed == (4,)
    assert progress.step == 4
    run.loss(6, tokens=20, elapsed_s=2.0)
    again = reader.read().losses[-1]
    assert again.tokens == 40 + 20, "a new process counts from nothing"
    assert again.elapsed_s == 6.0 + 2.0, "time that was undone was spent all the same"
    run.samples(6, "during", "new")
    moments = reader.read().samples
    assert [(moment.step, moment.samples[0]["input"]) for moment in moments] == [
        (4, "kept"),
        (6, "new"),
    ]


def test_from_step_0_everything_is_undone(run: Run) -> None:
    run.begin()
    run.evaluation(0, accuracy=0.1)
    run.samples(0, "before", "old")
    run.loss(2)
    run.begin()
    run.event("resumed", step=0)
    progress = ProgressReader(run.folder).read()
    assert progress.losses == ()
    assert progress.evaluations == ()
    assert progress.samples == ()
    run.samples(0, "before", "new")
    assert ProgressReader(run.folder).read().samples[0].samples[0]["input"] == "new"


def test_samples_count_once_their_event_is_there(run: Run) -> None:
    run.begin()
    record = {"schema_version": 1, "step": 3, "when": "during", "samples": [{"input": "a"}]}
    run.line(run.folder.samples, record)
    reader = ProgressReader(run.folder)
    assert reader.read().samples == ()
    run.event("samples", step=3, when="during")
    assert [moment.step for moment in reader.read().samples] == [3]


def test_a_failure_is_over_when_the_run_begins_again(run: Run) -> None:
    run.begin()
    params = {"step": 3}
    run.event("failed", error="NonFiniteLoss", message="{step} ran off", remedy="r", params=params)
    reader = ProgressReader(run.folder)
    failure = reader.read().failure
    assert failure is not None
    assert failure.message.format(**failure.params) == "3 ran off"
    assert failure.detail is None
    run.begin()
    assert reader.read().failure is None


def test_the_machines_lines_say_the_step_between_two_points(run: Run) -> None:
    run.begin()
    run.loss(2)
    run.machine(3)
    reader = ProgressReader(run.folder)
    progress = reader.read()
    assert progress.step == 3
    assert progress.machine[-1].cpu_percent == 99.5
    assert progress.machine[-1].gpu_bytes is None
    run.begin()
    run.event("resumed", step=2)
    assert reader.read().step == 2, "the line is of the process before"


def test_what_is_left_grows_less_with_the_clock(run: Run) -> None:
    run.begin()
    run.loss(2, remaining_s=60.0)
    progress = ProgressReader(run.folder).read()
    told_s = progress.losses[-1].time_s
    assert progress.remaining_s(told_s) == 60.0
    assert progress.remaining_s(told_s + 10) == 50.0
    assert progress.remaining_s(told_s + 100) == 0.0
    run.begin()
    assert ProgressReader(run.folder).read().remaining_s(told_s) is None


def test_a_run_of_the_same_name_is_read_from_its_beginning(run: Run, tmp_path: Path) -> None:
    run.begin()
    run.loss(2)
    run.loss(4)
    reader = ProgressReader(run.folder)
    assert reader.read().step == 4
    for file in run.folder.path.iterdir():
        file.unlink()
    run.folder.path.rmdir()
    other = Run(tmp_path / "run")
    other.event("started", pid=2, name="n", task="fill-mask")
    progress = reader.read()
    assert progress.losses == ()
    assert progress.ready is None
    assert progress.phase == "starting"
    other.close()


def test_a_finished_run_says_so(run: Run) -> None:
    run.begin()
    run.loss(20, remaining_s=5.0)
    run.event("finished", step=20, best_step=12, metrics={}, elapsed_s=20.0, early=True)
    progress = ProgressReader(run.folder).read()
    assert progress.is_finished
    assert progress.ended_early
    assert progress.best_step == 12
    assert progress.remaining_s(0.0) is None
    assert not progress.is_stopped
