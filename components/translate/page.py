"""The page Translate and summarise, from top to bottom."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from components import resources, session
from components.checkpoint_access import is_usable
from components.checkpoint_picker import pick_checkpoint
from components.error_box import show_error
from components.i18n import _
from components.translate import keys, link
from components.translate.ask import ask_settings, ask_text, pick_mode
from components.translate.document.work import adopt, settle_address
from components.translate.modes import SUMMARISE, TRANSLATE
from components.translate.offers import default_checkpoint, draw_offers
from components.translate.summarising import draw_summary
from components.translate.translating import draw_translation
from loupe.checkpoints.hub import find_cached
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.engine import ModelKey
from loupe.errors import LoupeError


def draw_page() -> None:
    """Everything below the title is drawn anew on each run; only what changed is computed."""
    link.apply()
    lost = adopt()
    st.title(_("Translate and summarise"))
    st.markdown(_("See every token an encoder-decoder writes, and what else it could have said."))
    if lost is not None:
        show_error(lost, key=f"{keys.PAGE}_not_kept")
    _draw()
    settle_address()


def _draw() -> None:
    mode = pick_mode()
    ref = pick_checkpoint(
        mode.task, mode.auto_class, key=keys.checkpoint(mode), default=default_checkpoint(mode)
    )
    # What a checkpoint offers is known once it is loaded; the boxes below need not wait for that.
    direction_place = st.container()
    text = ask_text(mode)
    num_beams, max_new_tokens = ask_settings(mode)
    if ref is None:
        return
    if mode is SUMMARISE and _is_to_be_downloaded(ref):
        draw_offers(mode)
    if not is_usable(ref, key=keys.checkpoint(mode)):
        return
    key = ModelKey(
        ref,
        mode.auto_class,
        device=st.session_state.get(session.DEVICE, "auto"),
        dtype=st.session_state.get(session.DTYPE, "auto"),
    )
    if mode is TRANSLATE:
        draw_translation(key, text, num_beams, max_new_tokens, direction_place)
    else:
        draw_summary(key, text, num_beams, max_new_tokens)


def _is_to_be_downloaded(ref: CheckpointRef) -> bool:
    with suppress(LoupeError):
        return ref.kind is Kind.HUB and find_cached(ref, resources.places().hub_cache) is None
    return False
