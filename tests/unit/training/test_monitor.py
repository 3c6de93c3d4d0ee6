from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from loupe.training.job import Outcome, run
from loupe.training.monitor import (
    LONGEST_INTERVAL_S,
    SCHEMA_VERSION,
    Monitor,
    gpu_numbers,
    interval_s,
)
from loupe.training.phases import Phase, Standing
from tests.unit.training.fake_tasks import FakeCausal, text_rows

FIELDS = {
    "schema_version",
    "time_s",
    "step",
    "total_steps",
    "phase",
    "rss_bytes",
    "cpu_percent",
    "threads",
    "gpu_bytes",
    "gpu_total_bytes",
    "gpu_percent",
}


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_it_says_at_once_and_at_the_end_where_the_run_stands(tmp_path):
    path = tmp_path / "machine.jsonl"
    standings = iter([Standing(Phase.READING, 0, None), Standing(Phase.TRAINING, 7, 20)])
    written = threading.Event()

    def standing() -> Standing:
        found = next(standings)
        written.set()
        return found

    with Monitor(path, standing, now=lambda: 5.0):
        written.wait(10)
    first, last = lines_of(path)
    assert set(first) == FIELDS
    assert (first["step"], first["total_steps"], first["phase"]) == (0, None, "reading data")
    assert (last["step"], last["total_steps"], last["phase"]) == (7, 20, "training")
    assert first["time_s"] == 5.0
    own = psutil.Process(os.getpid()).memory_info().rss
    assert own / 2 < last["rss_bytes"] < own * 2
    assert last["threads"] >= 2
    assert last["cpu_percent"] >= 0


def test_a_day_takes_no_more_than_some_thousand_lines():
    assert [interval_s(s) for s in (0, 60, 600)] == [1, 1, 1]
    assert interval_s(1200) == 2
    elapsed, lines = 0.0, 0
    while elapsed < 24 * 3600:
        elapsed += interval_s(elapsed)
        lines += 1
    assert interval_s(elapsed) == LONGEST_INTERVAL_S
    assert lines < 10_500


def test_a_fault_in_it_ends_neither_it_nor_the_run(tmp_path, capsys):
    path = tmp_path / "nowhere" / "machine.jsonl"
    with Monitor(path, lambda: Standing(Phase.TRAINING, 1, 2)):
        pass
    assert "FileNotFoundError" in capsys.readouterr().err
    assert not path.parent.exists()


def test_a_line_that_was_cut_short_spoils_no_other(tmp_path):
    path = tmp_path / "machine.jsonl"
    path.write_text('{"schema_version": 1, "ti')
    with Monitor(path, lambda: Standing(Phase.TRAINING, 1, 2)):
        pass
    torn, *whole = path.read_text().splitlines()
    assert torn == '{"schema_version": 1, "ti'
    assert len(whole) == 2
    assert all(set(json.loads(line)) == FIELDS for line in whole)


def test_it_never_wakes_a_gpu(monkeypatch):
    touched: list[str] = []
    cuda = SimpleNamespace(
        is_initialized=lambda: False, mem_get_info=lambda: touched.append("memory")
    )
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    assert set(gpu_numbers().values()) == {None}
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace())  # still being imported
    assert set(gpu_numbers().values()) == {None}
    assert touched == []


@pytest.mark.parametrize("load", [37, None])
def test_a_gpu_in_use_is_counted_whole(monkeypatch, load):
    def utilization() -> Any:
        if load is None:
            raise ModuleNotFoundError("pynvml")
        return load

    cuda = SimpleNamespace(
        is_initialized=lambda: True,
        mem_get_info=lambda: (60, 100),
        utilization=utilization,
    )
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    assert gpu_numbers() == {"gpu_bytes": 40, "gpu_total_bytes": 100, "gpu_percent": load}


def test_a_run_tells_its_phases_and_steps_as_it_goes(make_spec, write_run, places, monkeypatch):
    seen: list[Standing] = []
    asked: list[Any] = []

    class Notes(Monitor):
        def __init__(self, path, standing, now):
            asked.append(standing)
            super().__init__(path, standing, now)

    class Watched(FakeCausal):
        def metrics(self, evaluation, tokenizer, labels):
            seen.append(asked[0]())
            return super().metrics(evaluation, tokenizer, labels)

        def predict_samples(self, model, tokenizer, inputs, settings):
            seen.append(asked[0]())
            return super().predict_samples(model, tokenizer, inputs, settings)

        def encode(self, rows, tokenizer, settings, labels):
            seen.append(asked[0]())
            return super().encode(rows, tokenizer, settings, labels)

        def collator(self, tokenizer, settings, model):
            inner = super().collator(tokenizer, settings, model)

            def collate(rows):
                if model.training:
                    seen.append(asked[0]())
                return inner(rows)

            return collate

    monkeypatch.setattr("loupe.training.job.Monitor", Notes)
    folder = write_run(make_spec(args={"max_steps": 2, "eval_steps": 2}))
    assert run(folder, places, trainable=Watched(), load_rows=text_rows) is Outcome.FINISHED
    assert seen[0] == Standing(Phase.PREPARING, 0, None)
    told = [(standing.phase, standing.step) for standing in seen]
    assert (Phase.TRAINING, 0) in told
    assert (Phase.EVALUATING, 2) in told
    assert (Phase.SAMPLING, 2) in told
    assert told[-2:] == [(Phase.JUDGING, 2), (Phase.SAMPLING, 2)]
    assert all(standing.total_steps == 2 for standing in seen[2:])
    last = lines_of(folder / "machine.jsonl")[-1]
    assert (last["step"], last["total_steps"]) == (2, 2)
    assert "machine monitor" not in {thread.name for thread in threading.enumerate()}
    assert last["schema_version"] == SCHEMA_VERSION
