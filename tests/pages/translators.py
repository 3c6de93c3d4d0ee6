"""Visitors of the page Translate and summarise."""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from components.translate import keys
from components.translate.modes import Mode
from tests.pages.visitor import (
    by_key,
    click_inside,
    markdown_in,
    open_page,
    texts_in,
)

PAGE = "pages/translate.py"
CONTROLS_MAX = 6
TEXT = "The cat sleeps."
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"
REMOTE_IMAGE = "![pixel](https://elsewhere.example/pixel.png)"
PASTED = "translate English to French: How are you?"


def ask(mode: Mode, checkpoint: str, text: str = TEXT, **values: Any) -> AppTest:
    """A new visitor on the page in one mode, with this checkpoint and text; short outputs."""
    return open_page(
        PAGE,
        session={
            keys.MODE: mode.id,
            keys.checkpoint(mode): checkpoint,
            keys.TEXT: text,
            keys.max_new_tokens(mode): 12,
            **values,
        },
        context={"url": "http://localhost:8501/translate"},
    )


def strip(at: AppTest, key: str = keys.OUTPUT) -> list[dict[str, Any]] | None:
    node = by_key(at, key)
    return None if node is None else list(json.loads(node.proto.json)["pieces"])


def pieces(at: AppTest, key: str = keys.OUTPUT) -> list[dict[str, Any]]:
    found = strip(at, key)
    assert found is not None, "no strip is drawn"
    return found


def label_of(at: AppTest, key: str) -> str:
    node = by_key(at, key)
    assert node is not None
    return str(node.proto.popover.label)


def click(at: AppTest, key: str, index: int) -> AppTest:
    """Click a piece."""
    return click_inside(at, key, "clicked", index)


def shown(at: AppTest) -> Any:
    """The result whose tokens stand on the screen."""
    return at.session_state[keys.DRAWN].result


def open_question(at: AppTest, mode: Mode, tab: str) -> AppTest:
    at.session_state[keys.tabs(mode)] = mode.tabs[tab]
    return at.run()


def said(at: AppTest) -> str:
    return "\n".join([*texts_in(at.main), *markdown_in(at.main)])


def table(at: AppTest, column: str) -> Any:
    """The table with this column."""
    found = [frame.value for frame in at.dataframe if column in frame.value]
    assert len(found) == 1, f"{len(found)} tables have a column {column}"
    return found[0]


def done(at: AppTest, mode: Mode) -> Any:
    """Start the document and wait for its result, which the next run shows."""
    at.button(key=f"{keys.DOCUMENT}_start").click().run()
    result = at.session_state[keys.work(mode)].ticket.result(30)
    at.run()
    assert not at.exception
    return result
