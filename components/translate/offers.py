"""Summarisers that could be downloaded, since none is bundled."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components import resources
from components.i18n import _
from components.translate import keys
from components.translate.modes import TRANSLATE, Mode
from loupe.checkpoints.catalogue import CatalogueEntry, find
from loupe.checkpoints.ref import CheckpointRef, Kind

# Where the catalogue is empty, there is still a name to begin with.
_LAST_RESORT = CheckpointRef(Kind.HUB, "google-t5/t5-small")
# Of the languages of the bundled translator.
_SAME_PAIR = CheckpointRef(Kind.HUB, "Helsinki-NLP/opus-mt-en-fr")


def default_checkpoint(mode: Mode) -> CheckpointRef:
    """The bundled one; else one of the catalogue, those on this machine first."""
    if mode.checkpoint is not None:
        return mode.checkpoint
    return next((offer.ref for offer, _entry in _known(mode)), _LAST_RESORT)


def default_second(mode: Mode) -> CheckpointRef:
    """What the first is compared with unless another is chosen: of the catalogue, here or not."""
    known = [offer.ref for offer, _entry in _known(mode)]
    if mode is TRANSLATE:
        return next((ref for ref in known if ref == _SAME_PAIR), _LAST_RESORT)
    first = default_checkpoint(mode)
    return next((ref for ref in known if ref != first), _LAST_RESORT)


def draw_offers(mode: Mode) -> None:
    """Say that none is bundled, and list what the catalogue has; choosing a row chooses it."""
    st.text(
        _(
            "No summariser is bundled with Loupe. Choose one here and download it, or give the "
            "folder of one of yours above."
        )
    )
    known = _known(mode)
    table = pd.DataFrame(
        {
            "name": [offer.ref.label for offer, _entry in known],
            "size": [entry.download_mb for _offer, entry in known],
            "languages": [", ".join(entry.languages) for _offer, entry in known],
            "good_at": [_(entry.good_at) for _offer, entry in known],
        }
    )

    def choose() -> None:
        rows = st.session_state[keys.OFFERED]["selection"]["rows"]
        if rows and rows[0] < len(known):
            st.session_state[keys.checkpoint(mode)] = str(known[rows[0]][0].ref)

    st.dataframe(
        table,
        hide_index=True,
        key=keys.OFFERED,
        on_select=choose,
        selection_mode="single-row",
        column_config={
            "name": _("checkpoint"),
            "size": st.column_config.NumberColumn(_("MB")),
            "languages": _("languages"),
            "good_at": _("good at"),
        },
    )


def _known(mode: Mode) -> list[tuple[resources.Offer, CatalogueEntry]]:
    """What the catalogue names for this task. The cache may hold models of others as well."""
    return [
        (offer, entry)
        for offer in resources.offered(mode.task, mode.auto_class)
        if (entry := find(offer.ref)) is not None and mode.task in entry.tasks
    ]
