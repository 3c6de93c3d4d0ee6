"""Own runs stand first in the box of checkpoints, and bring their own decision along."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from components import resources
from components.classify import keys
from loupe.runs.decision import Decision, write_decision
from loupe.runs.state import Status
from loupe.training.run_folder import MARKER
from tests.pages.classifiers import CLASSIFY, TEXT, ask, has_answer
from tests.pages.runs.made_runs import make_run, two_classes
from tests.pages.visitor import error_boxes, texts_in


@pytest.fixture
def run(tmp_path: Path, tiny_root: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A finished run whose checkpoint is the tiny classifier; no thread trains."""
    monkeypatch.setattr(resources, "start_shared_queue", lambda _make: None)
    made = make_run(tmp_path / "state" / "runs", "mine").finished(400).checkpoint(400)
    made.state(Status.FINISHED)
    step = made.folder.checkpoints / "400"
    for file in (tiny_root / "sentiment").iterdir():
        shutil.copy(file, step)
    # A checkpoint is whole where its files have the sizes that its marker names.
    sizes = {file.name: file.stat().st_size for file in step.iterdir() if file.name != MARKER}
    marker = {"schema_version": 1, "step": 400, "files": sizes}
    (step / MARKER).write_text(json.dumps(marker), "utf-8")
    outcome = two_classes([("a", 0, 0.1)])
    renamed = type(outcome)(("negative", "positive"), outcome.rows)
    write_decision(made.folder.decision, Decision("negative", 0.001), renamed)
    return "run:mine"


def test_own_runs_come_first_and_the_starter_is_chosen(run: str) -> None:
    offered = resources.offered(CLASSIFY.task, CLASSIFY.auto_class)
    assert [str(offer.ref) for offer in offered][:2] == [run, str(CLASSIFY.checkpoint)]


def test_the_decision_of_a_run_is_used_and_said(run: str) -> None:
    at = ask(CLASSIFY, run, TEXT)
    assert not at.exception
    assert error_boxes(at) == []
    assert has_answer(at)
    assert at.selectbox(key=keys.checkpoint(CLASSIFY)).value is not None
    said = texts_in(at.main)
    assert any("given: “negative”" in text and "this run’s own" in text for text in said)
