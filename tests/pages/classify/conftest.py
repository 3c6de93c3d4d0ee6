"""Visitors of the page Classify and tag."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.classify.modes import CLASSIFY, TAG, Mode
from loupe.tasks import text_classification, token_classification
from tests.pages.classifiers import NAME_OF, TEXT, ask


@pytest.fixture
def folder(tiny_root: Path) -> Any:
    return lambda name: f"folder:{tiny_root / name}"


# Those whose checkpoints are bundled; labels of one's own have a file of tests to themselves.
BUNDLED = (CLASSIFY, TAG)


@pytest.fixture(params=BUNDLED, ids=lambda mode: mode.id)
def mode(request: pytest.FixtureRequest) -> Mode:
    assert isinstance(request.param, Mode)
    return request.param


@pytest.fixture
def at(mode: Mode, folder: Any) -> AppTest:
    """A visitor with an answer, in either mode."""
    return ask(mode, folder(NAME_OF[mode.id]), TEXT)


@pytest.fixture
def predicted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that a model was asked about, in order."""
    asked: list[str] = []
    for task in (text_classification, token_classification):

        def predict(loaded: Any, query: Any, real: Any = task.predict) -> Any:
            asked.append(query.text)
            return real(loaded, query)

        monkeypatch.setattr(task, "predict", predict)
    return asked
