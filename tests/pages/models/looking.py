"""What a visitor of the page Models sees and does."""

from __future__ import annotations

import time
from typing import Any

from streamlit.testing.v1 import AppTest

from components.models import keys
from components.models.one import TABS
from components.models.views import VIEWS
from tests.pages.runs.watching import has, links, said
from tests.pages.visitor import by_key, click_inside, error_boxes, nodes, open_page, strip, texts_in

PAGE = "pages/models.py"
STARTER = "starter:fill-mask-en"
WAIT_S = 60.0


def visit(
    model: str | None = None, *, tab: str = "build", view: str = "there", **session: Any
) -> AppTest:
    """A new visitor. model: in the address. tab, view: ids of TABS and VIEWS."""
    at = open_page(
        PAGE,
        params={keys.MODEL: model} if model else {},
        session={
            keys.TABS: TABS[tab],
            f"{keys.TABS}_broken": TABS[tab],
            keys.VIEWS: VIEWS[view],
            **session,
        },
        context={"url": "http://localhost:8501/models"},
    )
    assert not at.exception, at.exception
    return settled(at)


def settled(at: AppTest) -> AppTest:
    """Run the page, as its own timer does, until nothing is under way in the background."""
    deadline = time.monotonic() + WAIT_S
    while any(str(button.key).endswith("_cancel") for button in at.button):
        assert time.monotonic() < deadline, "it does not end"
        at.run()
        assert not at.exception, at.exception
    return at


def rows(at: AppTest, key: str = keys.TABLE) -> list[list[str]]:
    """The texts of a row table."""
    drawn = strip(at, key)
    assert drawn is not None, f"no {key} is drawn"
    return [
        ["".join(piece["text"] for piece in cell["pieces"]) for cell in row["cells"]]
        for row in drawn["rows"]
    ]


def names(at: AppTest) -> list[str]:
    return [row[0] for row in rows(at)]


def column(at: AppTest, name: str, key: str = keys.TABLE) -> list[str]:
    drawn = strip(at, key)
    assert drawn is not None
    place = [one["name"] for one in drawn["columns"]].index(name)
    return [row[place] for row in rows(at, key)]


def choose(at: AppTest, name: str) -> AppTest:
    """Click a row's number."""
    return settled(click_inside(at, keys.TABLE, "row", names(at).index(name)))


def sort_by(at: AppTest, name: str) -> AppTest:
    drawn = strip(at, keys.TABLE)
    assert drawn is not None
    place = [one["name"] for one in drawn["columns"]].index(name)
    return click_inside(at, keys.TABLE, "column", place)


def shown(at: AppTest) -> str:
    """The model that is looked at."""
    (head,) = at.main.subheader
    return str(head.value).replace("\\", "").replace("\u2060", "")


def in_address(at: AppTest) -> str | None:
    """The model that a reload would show."""
    value = at.query_params.get(keys.MODEL)
    return value[0] if isinstance(value, list) else value


def click(at: AppTest, name: str) -> AppTest:
    return settled(at.button(key=f"{keys.PAGE}_{name}").click().run())


def buttons(at: AppTest) -> set[str]:
    return {str(button.key) for button in at.button if button.key}


def errors(at: AppTest) -> list[str]:
    return [" ".join(texts_in(box)) for box in error_boxes(at)]


__all__ = [
    "PAGE",
    "STARTER",
    "buttons",
    "by_key",
    "choose",
    "click",
    "column",
    "errors",
    "has",
    "in_address",
    "links",
    "names",
    "nodes",
    "rows",
    "said",
    "settled",
    "shown",
    "sort_by",
    "strip",
    "visit",
]
