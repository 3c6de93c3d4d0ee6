"""Waits for what the page computes in the background, as its own timer does."""

from __future__ import annotations

import time
from typing import Any

from streamlit.testing.v1 import AppTest

from components.classify.modes import Mode
from tests.pages.classifiers import ask, open_question

WAIT_S = 60.0


def settled(at: AppTest) -> AppTest:
    """Run the page until nothing is being read or computed."""
    deadline = time.monotonic() + WAIT_S
    while any(str(button.key).endswith("_cancel") for button in at.button):
        assert time.monotonic() < deadline, "it does not end"
        at.run()
    return at


def visit(mode: Mode, checkpoint: str, tab: str, text: str = "A cat.", **session: Any) -> AppTest:
    """A new visitor on one tab."""
    at = ask(mode, checkpoint, text, **session)
    return settled(open_question(at, mode, tab))


def press(at: AppTest, key: str) -> AppTest:
    """Press a button and wait for what it begins."""
    at.button(key=key).click().run()
    return settled(at)
