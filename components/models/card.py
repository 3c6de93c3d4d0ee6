"""The tab "What does its author say?": the model card and the configuration, as plain text.

Neither is ever read as Markdown or HTML: a card may hold pictures that would be fetched.
"""

from __future__ import annotations

import re
from pathlib import Path

import streamlit as st

from components import resources
from components.error_box import show_error
from components.i18n import _
from components.models import keys
from loupe.checkpoints.card import CARD_NAME, read_card
from loupe.checkpoints.configs import CONFIG_LIMIT_BYTES, CONFIG_NAME
from loupe.checkpoints.inventory import Entry
from loupe.checkpoints.links import check_links
from loupe.checkpoints.ref import Kind
from loupe.errors import DamagedCheckpoint, OutsideRoots

# Longer ones are cut: a browser has to draw them.
CHARACTERS_MAX = 100_000
LINKS_MAX = 40
_LINK = re.compile(r"https?://[^\s<>()\[\]\"'`|\\]+")


def draw_card(entry: Entry, folder: Path) -> None:
    """Card, its links, and config.json."""
    card, roots = _card(entry, folder)
    try:
        check_links(card, roots)
        text = read_card(card)
    except OutsideRoots as error:
        show_error(error, key=f"{keys.PAGE}_card")
        text = ""
    except OSError:
        st.text(_("There is no model card ({file}) with it.").format(file=CARD_NAME))
        text = ""
    if text:
        _draw_text(text, "markdown", f"{keys.PAGE}_card")
        _draw_links(text)
    if folder.is_dir():
        _draw_config(folder)


def _card(entry: Entry, folder: Path) -> tuple[Path, tuple[Path, ...]]:
    """The card, and the folders that a link to it may lead into.

    That of a run, and of a .gguf file, lies beside what was checked when it was located.
    """
    places = resources.places()
    roots = {
        Kind.RUN: (places.runs,),
        Kind.HUB: (places.hub_cache,),
        Kind.STARTER: (places.starters,),
        Kind.FOLDER: places.roots,
    }[entry.ref.kind]
    if entry.ref.kind is Kind.RUN:
        return places.runs / entry.ref.id / CARD_NAME, roots
    return (folder if folder.is_dir() else folder.parent) / CARD_NAME, roots


def links_in(text: str) -> tuple[str, ...]:
    """The addresses in a card, each once, in order."""
    found = (match[0].rstrip(".,;:!?*_") for match in _LINK.finditer(text))
    return tuple(dict.fromkeys(found))


def _draw_links(text: str) -> None:
    found = links_in(text)
    if not found:
        return
    with st.expander(_("Addresses in it ({count})").format(count=len(found))):
        st.caption(_("Shown as text: nothing of them was fetched."))
        st.code("\n".join(found[:LINKS_MAX]), language=None)
        if len(found) > LINKS_MAX:
            st.caption(_("The first {count}.").format(count=LINKS_MAX))


def _draw_config(folder: Path) -> None:
    path = folder / CONFIG_NAME
    st.text(CONFIG_NAME)
    try:
        if path.stat().st_size > CONFIG_LIMIT_BYTES:
            raise OSError(f"larger than {CONFIG_LIMIT_BYTES} bytes")
        text = path.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        show_error(
            DamagedCheckpoint(
                "The file {file} cannot be read.",
                "Download or copy the checkpoint again.",
                file=CONFIG_NAME,
                detail=str(error),
            ),
            key=f"{keys.PAGE}_config",
        )
        return
    _draw_text(text, "json", f"{keys.PAGE}_config")


def _draw_text(text: str, language: str, key: str) -> None:
    with st.container(key=key):
        st.code(text[:CHARACTERS_MAX], language=language, wrap_lines=True, height=420)
    if len(text) > CHARACTERS_MAX:
        st.caption(_("Cut after {count} characters.").format(count=f"{CHARACTERS_MAX:,}"))
