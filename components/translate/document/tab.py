"""The tab from top to bottom: what is given, then progress, or the result and its references."""

from __future__ import annotations

import streamlit as st

from components.error_box import show_error
from components.i18n import _
from components.translate import keys
from components.translate.document import work
from components.translate.document.ask import Given, ask_document
from components.translate.document.progress import follow
from components.translate.document.references import draw_references
from components.translate.document.table import draw_result
from components.translate.document.wording import wording
from components.translate.document.work import Setting
from loupe.engine import ModelKey
from loupe.engine.seq2seq.sentences import LineBreaks
from loupe.errors import Cancelled, LoupeError


def draw_document(key: ModelKey, setting: Setting) -> None:
    """Everything about the document of this mode."""
    mode = setting.mode
    words = wording(mode)
    given = ask_document(mode)
    asked = work.current(mode)
    running = asked is not None and asked.is_running
    st.button(
        _(words.button),
        key=f"{keys.DOCUMENT}_start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=running or given is None,
        on_click=work.start,
        args=(key, setting, given or Given("", LineBreaks.END)),
    )
    work.show_failure(mode)
    if asked is None:
        return
    work.remember_in_address(asked)
    if running:
        follow(asked)
        return
    try:
        result = asked.ticket.result(timeout_s=0)
    except Cancelled:
        st.text(_("Cancelled. What had been done was dropped."))
        return
    except LoupeError as error:
        show_error(error, key=f"{keys.PAGE}_document")
        return
    if asked.key.ref != key.ref:
        st.text(_(words.made_by).format(name=asked.key.ref.label))
    draw_result(asked, result)
    draw_references(asked, result)
