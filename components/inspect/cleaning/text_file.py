"""A text to read and to download; a long one is cut where it is read, never in the file."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import streamlit as st

from components.i18n import _
from components.inspect import keys

_LINES = 300
_LINE_PX = 21
_MOST_PX = 420
_KEY = keys.RECIPE + "_texts"
_KEPT = 4


def draw_text_file(text: str, name: str, *, language: str, mime: str, key: str) -> None:
    """name: of the file. language: by which it is coloured."""
    st.download_button(
        _("Download {name}").format(name=name),
        text,
        file_name=name,
        mime=mime,
        key=key,
        on_click="ignore",
        icon=":material/download:",
    )
    lines = text.splitlines()
    # A recipe that names a hundred thousand rows would keep a browser busy.
    shown = text if len(lines) <= _LINES else "\n".join(lines[:_LINES])
    height = min(_MOST_PX, 60 + _LINE_PX * min(len(lines), _LINES))
    st.code(shown, language=language, height=height)
    if len(lines) > _LINES:
        st.caption(
            _("The first {shown} of {count} lines; the file has all.").format(
                shown=_LINES, count=f"{len(lines):,}"
            )
        )


def written(asked: Hashable, write: Callable[[], str]) -> str:
    """The text for what is asked, written once and kept for a while."""
    held: dict[Hashable, str] = st.session_state.setdefault(_KEY, {})
    if asked not in held:
        text = write()
        st.session_state[_KEY] = {**dict(list(held.items())[1 - _KEPT :]), asked: text}
        return text
    return held[asked]
