"""Anybody's text as the label of a button or a tab, which Streamlit reads as Markdown."""

from __future__ import annotations

_SIGNS = frozenset("\\`*_{}[]<>()#+-.!|~$&")
# After a colon it keeps names of emoji and icons from being read, and nobody sees it.
_WORD_JOINER = "\u2060"


def plain_label(text: str, most: int = 80) -> str:
    """The text as one line, drawn as it is; cut after `most` characters."""
    line = " ".join(text.split())
    if len(line) > most:
        line = line[:most] + "…"
    escaped = "".join(f"\\{sign}" if sign in _SIGNS else sign for sign in line)
    return escaped.replace(":", f":{_WORD_JOINER}")
