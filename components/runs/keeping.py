"""The tab "Keep it": a zip, the model card, and what the run takes on the disk."""

from __future__ import annotations

import streamlit as st

from components import resources
from components.i18n import _
from components.runs import keys, words
from components.runs.zipping import draw_zip
from loupe.runs.summary import RunSummary
from loupe.training.run_folder import RunFolder

_CARD_PX = 420


def draw_keep(run: RunSummary) -> None:
    """From what most people come for to what is only good to know."""
    folder = resources.runs().folder(run.id)
    draw_zip(run, folder)
    _draw_disk(folder)
    _draw_card(folder)


def _draw_disk(folder: RunFolder) -> None:
    st.subheader(_("Where does it lie?"))
    steps = ", ".join(f"{step:,}" for step in folder.steps()) or _("none")
    st.text(
        _("{size} on the disk; checkpoints of the steps {steps}.").format(
            size=words.size(resources.run_size(folder.id)), steps=steps
        )
    )
    st.code(str(folder.path), language=None)


def _draw_card(folder: RunFolder) -> None:
    """As plain text: it quotes data and samples."""
    st.subheader(_("Model card"))
    if not folder.card.is_file():
        st.text(_("It is written when the run has finished."))
        return
    text = folder.card.read_text("utf-8", "replace")
    st.code(text, language=None, wrap_lines=True, height=_CARD_PX)
    st.download_button(
        _("Download the card"),
        text,
        file_name=f"{folder.id}-README.md",
        mime="text/markdown",
        key=f"{keys.PAGE}_card",
        on_click="ignore",
        icon=":material/download:",
    )
