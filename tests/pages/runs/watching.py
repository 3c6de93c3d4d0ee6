"""What a visitor of the page Runs sees and does."""

from __future__ import annotations

from typing import Any

from streamlit.testing.v1 import AppTest

from components.runs import keys
from components.runs.page import TABS
from tests.pages.visitor import by_key, markdown_in, nodes, open_page, strip, texts_in

PAGE = "pages/runs.py"


def visit(run: str | None = None, *, tab: str | None = None, **params: str) -> AppTest:
    """A new visitor. run: in the address. tab: an id of TABS."""
    session = {keys.TABS: TABS[tab]} if tab else {}
    asked = {keys.RUN: run, **params} if run else params
    at = open_page(
        PAGE, params=asked, session=session, context={"url": "http://localhost:8501/runs"}
    )
    assert not at.exception, at.exception
    return at


def items(at: AppTest) -> dict[str, dict[str, Any]]:
    """The list, by the runs' names."""
    drawn = strip(at, keys.LIST)
    assert drawn is not None, "no list is drawn"
    return {item["id"]: item for item in drawn["items"]}


def said(at: AppTest) -> list[str]:
    """All sentences of the main area, as they are seen: without what keeps Markdown out."""
    drawn = [*texts_in(at.main), *markdown_in(at.main), *_progress(at)]
    return [sentence.replace("\\", "").replace("\u2060", "") for sentence in drawn]


def _progress(at: AppTest) -> list[str]:
    return [str(node.proto.text) for node in nodes(at.main) if node.type == "progress"]


def has(at: AppTest, *words: str) -> bool:
    """Whether one sentence holds all the words."""
    return any(all(word in sentence for word in words) for sentence in said(at))


def buttons(at: AppTest) -> set[str]:
    return {button.label for button in at.button if button.label}


def links(at: AppTest) -> list[tuple[str, str]]:
    """(page, query) of the links in the main area."""
    return [
        (node.proto.page, node.proto.query_string)
        for node in nodes(at.main)
        if node.type == "page_link"
    ]


def table(at: AppTest, key: str) -> list[list[str]]:
    """The texts of a row table."""
    drawn = strip(at, key)
    assert drawn is not None, f"no {key} is drawn"
    return [
        ["".join(piece["text"] for piece in cell["pieces"]) for cell in row["cells"]]
        for row in drawn["rows"]
    ]


def click(at: AppTest, name: str) -> AppTest:
    return at.button(key=f"{keys.PAGE}_{name}").click().run()


__all__ = ["PAGE", "buttons", "by_key", "click", "has", "items", "links", "said", "table", "visit"]
