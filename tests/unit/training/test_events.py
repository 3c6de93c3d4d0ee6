from __future__ import annotations

import json
import math
from typing import Any

import pytest

from loupe.training.events import EventWriter, plain, read_events, without_undone


def test_what_is_written_is_read(tmp_path):
    with EventWriter(tmp_path / "e", now=lambda: 7.0) as events:
        events("phase", phase="reading data")
        events("stopped", step=3)
    read, offset = read_events(tmp_path / "e")
    assert read[1] == {"schema_version": 1, "event": "stopped", "time_s": 7.0, "step": 3}
    assert offset == (tmp_path / "e").stat().st_size


def test_a_reader_goes_on_where_it_was(tmp_path):
    with EventWriter(tmp_path / "e") as events:
        events("stopped", step=1)
        first, offset = read_events(tmp_path / "e")
        events("stopped", step=2)
    second, _ = read_events(tmp_path / "e", offset)
    assert [e["step"] for e in first + second] == [1, 2]


def test_a_torn_last_line_is_left_for_later(tmp_path):
    path = tmp_path / "e"
    with EventWriter(path) as events:
        events("stopped", step=1)
    whole = path.stat().st_size
    with path.open("a") as file:
        file.write('{"schema_version": 1, "event": "sto')
    read, offset = read_events(path)
    assert [e["step"] for e in read] == [1]
    assert offset == whole


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_kill_while_writing_loses_that_line_and_no_other(tmp_path, cut):
    path = tmp_path / "e"
    with EventWriter(path) as events:
        events("stopped", step=1)
        events("stopped", step=2)
    path.write_bytes(path.read_bytes()[:-cut])
    with EventWriter(path) as events:
        events("stopped", step=3)
    assert [e["step"] for e in read_events(path)[0]] == [1, 3]


def test_each_line_is_on_disk_at_once(tmp_path):
    events = EventWriter(tmp_path / "e")
    events("stopped", step=1)
    assert len(read_events(tmp_path / "e")[0]) == 1
    events.close()


def test_lines_of_a_newer_version_and_rubbish_are_passed_over(tmp_path):
    path = tmp_path / "e"
    newer = {"schema_version": 2, "event": "loss"}
    version_1 = {"schema_version": 1, "event": "loss", "time_s": 0.5, "step": 4, "loss_nats": 2.5}
    path.write_text("\n".join([json.dumps(newer), "\x00\x00", "[]", json.dumps(version_1), ""]))
    assert read_events(path)[0] == [version_1]


def test_a_missing_file_has_no_events(tmp_path):
    assert read_events(tmp_path / "none") == ([], 0)


def test_what_a_resume_undid_does_not_count():
    def line(event: str, step: int) -> dict[str, Any]:
        return {"event": event, "step": step}

    lines = [line("loss", 1), line("checkpoint", 2), line("loss", 3), line("resumed", 2)]
    lines += [line("loss", 3), line("loss", 4)]
    kept = [(e["event"], e["step"]) for e in without_undone(lines)]
    assert kept == [("loss", 1), ("checkpoint", 2), ("resumed", 2), ("loss", 3), ("loss", 4)]


def test_a_run_killed_before_its_first_checkpoint_begins_anew():
    first: list[dict[str, Any]] = [
        {"event": "phase"},
        {"event": "evaluation", "step": 0},
        {"event": "loss", "step": 2},
    ]
    lines = [*first, {"event": "resumed", "step": 0}, *first]
    kept = [e["event"] for e in without_undone(lines)]
    assert kept == ["phase", "resumed", "phase", "evaluation", "loss"]


def test_numbers_that_are_none_become_null():
    assert plain({"a": math.nan, "b": (math.inf, 1.5), "c": True, "d": "x"}) == {
        "a": None,
        "b": [None, 1.5],
        "c": True,
        "d": "x",
    }


def test_an_unknown_event_is_our_own_mistake(tmp_path):
    with EventWriter(tmp_path / "e") as events, pytest.raises(AssertionError):
        events("lost")
