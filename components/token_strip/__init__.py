"""The token strip: the tokens of a text, drawn in reading order so that they still read as text.

One chip a piece; a click or Enter on it reports its index, a tooltip shows what the model thought.
All texts are untrusted: the browser code writes them as text nodes only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from components.clicks import fingerprint_of
from components.colours import INK, Scale, Theme, table
from components.numbers import percent
from components.token_strip.measures import Measure, scale_of
from components.token_strip.pieces import LABELS, StripPiece, pieces_from_trace

__all__ = [
    "LABELS",
    "Legend",
    "Measure",
    "StripPiece",
    "clicked_index",
    "pieces_from_trace",
    "scale_of",
    "token_strip",
]

_HERE = Path(__file__).parent
_HTML = """
<div class="strip">
  <div class="tokens" role="group"></div>
  <div class="legend" hidden></div>
  <div class="tip" role="tooltip" id="tip" popover="manual"></div>
</div>
"""
_mount = st.components.v2.component(
    "token_strip",
    html=_HTML,
    css=(_HERE / "strip.css").read_text(encoding="utf-8"),
    js=(_HERE / "strip.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, slots=True)
class Legend:
    """The line below the strip: what the scale's two ends and the scale itself mean."""

    title: str
    low: str
    high: str


def token_strip(
    pieces: Sequence[StripPiece],
    *,
    key: str,
    scale: Scale = Scale.PROBABILITY,
    legend: Legend | None = None,
    locked: bool = False,
    labels: Mapping[str, str] | None = None,
    on_click: Callable[[], None] | None = None,
) -> int | None:
    """Draw the pieces; the index of the piece clicked for this run of the script, or None.

    The index counts the pieces that the reader saw: act on it before drawing others, best in
    `on_click`, which runs before the script does so again; `clicked_index(key)` is the index there.
    locked: clicks are refused, while the model is at work; tooltips stay.
    labels: translations of LABELS.
    """
    words = {**LABELS, **(labels or {})}
    assert words.keys() == LABELS.keys(), words.keys() - LABELS.keys()

    data = strip_data(pieces, scale, legend, locked, words)

    def clicked(value: Any) -> int | None:
        return None if locked else _checked_index(value, pieces, data["drawn"])

    def report() -> None:
        if on_click is not None and clicked(st.session_state[key].get("clicked")) is not None:
            on_click()

    result = _mount(
        key=key,
        data=data,
        on_clicked_change=report,
    )
    return clicked(result.get("clicked"))


def clicked_index(key: str) -> int:
    """The index of the piece that was clicked; for use inside an `on_click`."""
    return int(st.session_state[key]["clicked"]["index"])


def strip_data(
    pieces: Sequence[StripPiece],
    scale: Scale,
    legend: Legend | None,
    locked: bool,
    words: Mapping[str, str],
) -> dict[str, Any]:
    """What the browser gets: JSON, and every word already in the reader's language."""
    return {
        "pieces": [_piece_data(piece, words) for piece in pieces],
        "drawn": fingerprint_of(tuple(pieces)),
        "themes": {
            theme.value: {"ink": INK[theme], "colours": table(scale, theme)} for theme in Theme
        },
        "legend": None
        if legend is None
        else {"title": legend.title, "low": legend.low, "high": legend.high},
        "locked": locked,
        "labels": {"strip": words["strip"], "empty": words["empty"]},
    }


def _piece_data(piece: StripPiece, words: Mapping[str, str]) -> dict[str, Any]:
    data = {
        "text": piece.text,
        "kind": piece.kind,
        "value": piece.colour_value,
        "caption": piece.caption,
        "hidden": piece.hidden,
        "written": piece.written,
        "selected": piece.selected,
        "clickable": piece.clickable,
        "space": piece.starts_word,
        "marks": piece.space_before or None,
        "breaks": piece.newline_after or None,
        "count": len(piece.tokens) if len(piece.tokens) > 1 else None,
        "aria": _spoken(piece, words),
        "tip": _tip_data(piece, words),
    }
    # A strip may hold thousands of pieces: what a piece does not have is left out.
    return {name: value for name, value in data.items() if value is not None and value is not False}


def _tip_data(piece: StripPiece, words: Mapping[str, str]) -> dict[str, Any] | None:
    notes = [] if piece.kind == "text" else [words[piece.kind]]
    if len(piece.tokens) > 1:
        notes.append(words["shared"].format(count=len(piece.tokens)))
    if not (piece.tokens or notes or piece.rows or piece.alternatives):
        return None
    return {
        "tokens": piece.tokens,
        "notes": notes,
        "rows": piece.rows,
        "bars": [(text, p, percent(p, words)) for text, p in piece.alternatives],
    }


def _spoken(piece: StripPiece, words: Mapping[str, str]) -> str:
    """What a screen reader says: the token, what it is, and its caption."""
    text = words["whitespace"] if piece.text.isspace() else piece.text
    parts = [f"{words['hidden']}: {text}" if piece.hidden else text]
    if piece.kind != "text":
        parts.append(words[piece.kind])
    if piece.caption is not None:
        parts.append(
            f"{words['guess']}: {piece.caption}" if piece.kind == "mask" else piece.caption
        )
    return ", ".join(parts)


def _checked_index(value: Any, pieces: Sequence[StripPiece], drawn: str) -> int | None:
    """The index in what the browser sent; a message of another shape is no click.

    Nor is one on pieces that were on the screen before these: its index means another token.
    """
    index = value.get("index") if isinstance(value, Mapping) else None
    if index is None or value.get("drawn") != drawn:
        return None
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < len(pieces):
        return None
    return index if pieces[index].clickable else None
