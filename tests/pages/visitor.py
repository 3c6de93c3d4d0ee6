"""Drives the pages as a browser would, and reads what they drew."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import streamlit as st
from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import (
    Block,
    InitialValue,
    Selectbox,
    UnknownElement,
    Widget,
)

from components.fill_mask import keys
from components.resources import PROJECT

APP = PROJECT / "app.py"
START_PAGE = "app.py"
FILL_MASK_PAGE = "pages/fill_mask.py"
# Far above what a run takes: two busy cores.
RUN_TIMEOUT_S = 60.0


def open_page(
    path: str = FILL_MASK_PAGE,
    *,
    params: Mapping[str, Any] | None = None,
    session: Mapping[str, Any] | None = None,
    context: Mapping[str, Any] | None = None,
) -> AppTest:
    """A new visitor on a page. params: the address's query; session: values set beforehand."""
    at = AppTest.from_file(str(APP), default_timeout=RUN_TIMEOUT_S)
    if path != START_PAGE:
        at.switch_page(path)
    at.query_params = dict(params or {})
    at.context = {"url": "http://localhost:8501/fill_mask", **(context or {})}
    for key, value in (session or {}).items():
        at.session_state[key] = value
    return at.run()


def ask(checkpoint: str, text: str = "Paris is the capital of [MASK].", **session: Any) -> AppTest:
    """A new visitor on Fill mask with this checkpoint and text."""
    return open_page(session={keys.CHECKPOINT: checkpoint, keys.TEXT: text, **session})


def what_the_browser_sends(box: Selectbox[Any]) -> WidgetState:
    """A selectbox's state, for boxes that take new options too, which AppTest cannot serialise.

    As the browser does it: it holds a text, not an option. That is what was typed, or the label of
    what was chosen, or what the server sent when the script had set the value.
    """
    held: dict[str, str | None] = box.root._runner.__dict__.setdefault("_held_by_browser", {})
    if box.proto.set_value:
        held[box.id] = box.proto.raw_value
    elif box.id not in held:
        chosen = box.options and box.proto.HasField("default")
        held[box.id] = box.options[box.proto.default] if chosen else None
    if not isinstance(box._value, InitialValue):
        label = None if box._value is None else box.format_func(box._value)
        held[box.id] = label if label in box.options else box._value
    state = WidgetState(id=box.id)
    text = held[box.id]
    if text is not None:
        state.string_value = text
    return state


def nodes(block: Block) -> Iterator[Any]:
    """Everything below a block, blocks and elements, in the order in which it was drawn."""
    return (node for node in block if node is not block)


def by_key(at: AppTest, key: str) -> Any | None:
    """The element or container with this key, or None."""
    return next((n for n in nodes(at._tree) if getattr(n, "key", None) == key), None)


def controls(at: AppTest) -> list[str]:
    """The keys of all that can be operated in the main area; tabs count as one, links not."""
    return [
        str(node.key)
        for node in nodes(at.main)
        if isinstance(node, Widget)
        or node.type == "tab_container"
        or (isinstance(node, UnknownElement) and node.type == "bidi_component")
    ]


def error_boxes(at: AppTest) -> list[Block]:
    return [
        node
        for node in nodes(at._tree)
        if isinstance(node, Block) and (node.key or "").startswith("error_")
    ]


def texts_in(block: Block) -> list[str]:
    """What st.text drew in a block: never read as Markdown."""
    return [str(node.value) for node in nodes(block) if node.type == "text"]


def markdown_in(block: Block) -> list[str]:
    """What Streamlit reads as Markdown or HTML in a block."""
    kinds = {"markdown", "caption", "html", "latex", "title", "header", "subheader"}
    return [str(node.value) for node in nodes(block) if node.type in kinds]


def strip(at: AppTest, key: str = keys.STRIP) -> dict[str, Any] | None:
    """What the browser gets for the token strip of this key; None where no strip is drawn."""
    node = by_key(at, key)
    return None if node is None else dict(json.loads(node.proto.json))


def pieces(at: AppTest, key: str = keys.STRIP) -> list[dict[str, Any]]:
    drawn = strip(at, key)
    assert drawn is not None, "no strip is drawn"
    return list(drawn["pieces"])


def click_piece(at: AppTest, index: int, key: str = keys.STRIP) -> AppTest:
    """Click one piece of the strip."""
    return click_inside(at, key, "clicked", index)


def click_inside(at: AppTest, key: str, event: str, index: int) -> AppTest:
    """A click in a component: the message its browser code sends, and the run it causes."""
    node = by_key(at, key)
    assert node is not None, f"no {key} is drawn"
    states = at._tree.get_widget_states()
    drawn = json.loads(node.proto.json).get("drawn")
    value = {"index": index, "drawn": drawn, "click": 1}
    payload = json.dumps([{"event": event, "value": value}])
    states.widgets.append(
        WidgetState(id=_make_trigger_id(node.proto.id, "events"), json_trigger_value=payload)
    )
    return at._run(states)


def figures(at: AppTest) -> list[dict[str, Any]]:
    """The plotly figures as the browser gets them."""
    return [json.loads(node.proto.spec) for node in nodes(at._tree) if node.type == "plotly_chart"]


def has_answer(at: AppTest) -> bool:
    """Whether a strip and at least one mask's bars are drawn."""
    return strip(at) is not None and bool(figures(at))


def params_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def shown_link(at: AppTest) -> str:
    """The link that the tab “Save or share?” offers."""
    (url,) = (code.value for code in at.code if code.value.startswith("http"))
    return str(url)


def offered_files(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What each download button drawn from now on holds, by its key."""
    held: dict[str, Any] = {}
    real = st.delta_generator.DeltaGenerator.download_button

    def download_button(self: Any, label: str, data: Any, **options: Any) -> Any:
        held[options["key"]] = data
        return real(self, label, data, **options)

    monkeypatch.setattr(st, "download_button", lambda *a, **o: download_button(st._main, *a, **o))
    return held


def open_tab(at: AppTest, question: str) -> AppTest:
    """Open a tab by its label, as a click does."""
    at.session_state[keys.TABS] = question
    return at.run()
