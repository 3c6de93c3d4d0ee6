"""A zip of a checkpoint: made in the background, then to be taken."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import background
from components.runs import zipping
from loupe.errors import CheckpointNotFound
from loupe.runs.export import ExportProgress
from loupe.runs.state import Status
from tests.pages.runs.made_runs import MadeRun
from tests.pages.runs.watching import buttons, has, visit
from tests.pages.visitor import error_boxes, offered_files, texts_in

Make = Callable[..., MadeRun]
KEY = "runs_zip_one_400"
WAIT_S = 20.0


def settled(at: AppTest) -> AppTest:
    deadline = time.monotonic() + WAIT_S
    while background.is_working():
        assert time.monotonic() < deadline, "it does not end"
        time.sleep(0.02)
    return at.run()


@pytest.fixture
def run(make: Make) -> MadeRun:
    return make().finished().state(Status.FINISHED)


def test_a_zip_is_made_and_taken(run: MadeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def export(folder: Any, step: int, _places: Any, target: Path, **options: Any) -> Path:
        asked.append((folder.id, step))
        options["on_progress"](ExportProgress(3, 7))
        target.write_bytes(b"zipped")
        return target

    monkeypatch.setattr(zipping, "export", export)
    held = offered_files(monkeypatch)
    at = visit("one", tab="keep")
    assert "runs_zip_one" not in held
    at = settled(at.button(key=f"{KEY}_make").click().run())
    assert asked == [("one", 400)]
    assert held["runs_zip_one"]() == b"zipped"
    assert "Make the zip again" in buttons(at)
    assert (run.folder.path / "exports" / "one-step-400.zip").is_file()
    other = visit("one", tab="keep")
    assert "Make the zip again" in buttons(other), "another browser can take it too"


def test_a_zip_from_before_the_threshold_is_said_to_be(
    run: MadeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipping, "export", lambda *_a, **_o: None)
    target = zipping.zip_path(run.folder, 400)
    target.parent.mkdir()
    target.write_bytes(b"zipped")
    assert not has(visit("one", tab="keep"), "before the threshold was chosen")
    run.folder.decision.write_text("{}", "utf-8")
    assert has(visit("one", tab="keep"), "before the threshold was chosen")


@pytest.mark.usefixtures("run")
def test_its_making_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = threading.Event()

    def export(*_paths: Any, cancelled: Callable[[], bool], **_options: Any) -> None:
        begun.set()
        deadline = time.monotonic() + WAIT_S
        while not cancelled() and time.monotonic() < deadline:
            time.sleep(0.01)

    monkeypatch.setattr(zipping, "export", export)
    at = visit("one", tab="keep")
    at.button(key=f"{KEY}_make").click().run()
    assert begun.wait(WAIT_S)
    at.run()
    assert "Make the zip" not in buttons(at)
    at = settled(at.button(key=f"{KEY}_cancel").click().run())
    assert "Make the zip" in buttons(at)
    assert not error_boxes(at)


@pytest.mark.usefixtures("run")
def test_what_goes_wrong_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def export(*_paths: Any, **_options: Any) -> None:
        raise CheckpointNotFound("It is not whole.", "Choose another step.")

    monkeypatch.setattr(zipping, "export", export)
    at = visit("one", tab="keep")
    at = settled(at.button(key=f"{KEY}_make").click().run())
    (box,) = error_boxes(at)
    assert "It is not whole." in texts_in(box)
    assert "Make the zip" in buttons(at), "it can be tried again"
