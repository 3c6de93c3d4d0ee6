"""Several cuts of one text, one below the other on its characters, so that they can be compared.

Each character has a column of its own; a token covers those it was cut from. Blocks break where the
window ends. All texts are untrusted: the browser code writes them as text nodes only.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import regex
import streamlit as st

from components.colours import Theme, kind_colours

__all__ = ["AxisCell", "AxisRow", "axis_data", "graphemes", "token_axis"]

_HERE = Path(__file__).parent
_mount = st.components.v2.component(
    "token_axis",
    html='<div class="axis" role="group"></div>',
    css=(_HERE / "axis.css").read_text(encoding="utf-8"),
    js=(_HERE / "axis.js").read_text(encoding="utf-8"),
)
# What a character is drawn as that has no look of its own.
_SIGNS = {" ": "␣", "\n": "↵", "\r": "␍", "\t": "→", "\u00a0": "⍽"}


@dataclass(frozen=True, slots=True)
class AxisCell:
    """Tokens that share characters. span: code points. note: said in the tooltip.

    count: how many tokens they are. is_unknown: the vocabulary has no piece for them.
    """

    span: tuple[int, int]
    note: str
    count: int = 1
    is_unknown: bool = False


@dataclass(frozen=True, slots=True)
class AxisRow:
    """One cut. label: whose; cells: left to right, apart."""

    label: str
    cells: tuple[AxisCell, ...]


def token_axis(text: str, rows: Sequence[AxisRow], *, key: str, label: str) -> None:
    """Draw `text` and its cuts. label: what a screen reader calls the whole."""
    _mount(key=key, data=axis_data(text, rows, label))


def graphemes(text: str) -> list[tuple[int, int]]:
    """What a person takes for one character each: spans in code points."""
    return [match.span() for match in regex.finditer(r"\X", text)]


def axis_data(text: str, rows: Sequence[AxisRow], label: str) -> dict[str, Any]:
    """What the browser gets: columns instead of code points."""
    columns = graphemes(text)
    column_of = [0] * (len(text) + 1)  # of each code point
    for number, (start, end) in enumerate(columns):
        column_of[start:end] = [number] * (end - start)
    return {
        "characters": [_visible(text[start:end]) for start, end in columns],
        "is_right_to_left": _is_right_to_left(text),
        "label": label,
        "rows": [
            {
                "label": row.label,
                "cells": [
                    {
                        "from": column_of[cell.span[0]],
                        "to": column_of[cell.span[1] - 1] + 1,
                        "text": text[slice(*cell.span)],
                        "note": cell.note,
                        "count": cell.count,
                        "unknown": cell.is_unknown,
                    }
                    for cell in row.cells
                ],
            }
            for row in rows
        ],
        "themes": {
            theme.value: [[colour.fill, colour.line] for colour in kind_colours(theme)[:2]]
            for theme in Theme
        },
    }


def _visible(character: str) -> str:
    if character in _SIGNS:
        return _SIGNS[character]
    if character == "\r\n":
        return "↵"
    is_hidden = all(unicodedata.category(part)[0] in "CZ" for part in character)
    return f"{ord(character[0]):X}" if is_hidden else character


def _is_right_to_left(text: str) -> bool:
    """By the first letter that has a direction."""
    directions = (unicodedata.bidirectional(character) for character in text)
    return next((way for way in directions if way in ("L", "R", "AL")), "L") != "L"
