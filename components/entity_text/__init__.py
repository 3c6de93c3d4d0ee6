"""A text with the names that were found in it: each underlaid and with its label beside it.

All texts and labels are untrusted: the browser code writes them as text nodes only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from components.colours import KINDS, Theme, kind_colours

__all__ = ["LINES", "EntityMark", "entity_data", "entity_text"]

# How the line below a mark is drawn. With KINDS it tells more kinds apart than colours alone; for
# eyes that see no colour there are only these, so what tells any two apart is the label beside it.
LINES = ("solid", "dashed", "dotted", "double")

_HERE = Path(__file__).parent
_HTML = '<div class="entities"><div class="text" role="group"></div></div>'
_mount = st.components.v2.component(
    "entity_text",
    html=_HTML,
    css=(_HERE / "entity.css").read_text(encoding="utf-8"),
    js=(_HERE / "entity.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, slots=True)
class EntityMark:
    """One marked part of the text.

    span: code points, [start, end). label: written beside it, and what tells kinds apart. kind: a
    number; equal kinds look alike, and where there are many, so do some that differ. note: said in
    the tooltip. is_odd: something is wrong with it, so it gets a dashed frame.
    """

    span: tuple[int, int]
    label: str
    kind: int
    note: str = ""
    is_odd: bool = False


def entity_text(text: str, marks: Sequence[EntityMark], *, key: str, label: str) -> None:
    """Draw the text; label: what a screen reader calls it. Marks do not overlap, left to right."""
    _mount(key=key, data=entity_data(text, marks, label))


def entity_data(text: str, marks: Sequence[EntityMark], label: str) -> dict[str, Any]:
    """What the browser gets: pieces of the text in order, so that it never counts code points."""
    parts: list[dict[str, Any]] = []
    at = 0
    for mark in marks:
        start, end = mark.span
        assert at <= start < end <= len(text), f"{mark.span} after {at} of {len(text)}"
        if at < start:
            parts.append({"text": text[at:start]})
        parts.append(
            {
                "text": text[start:end],
                "label": mark.label,
                "colour": mark.kind % KINDS,
                "line": LINES[mark.kind % len(LINES)],
                "note": mark.note,
                **({"odd": True} if mark.is_odd else {}),
            }
        )
        at = end
    if at < len(text):
        parts.append({"text": text[at:]})
    return {
        "parts": parts,
        "label": label,
        "themes": {
            theme.value: [[colour.fill, colour.line] for colour in kind_colours(theme)]
            for theme in Theme
        },
    }
