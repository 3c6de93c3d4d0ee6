"""Which checkpoint: one box that offers what is here and takes any name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

import streamlit as st

from components import resources
from components.error_box import show_error
from components.i18n import _
from loupe.checkpoints.catalogue import find
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.errors import InvalidRef

# Between a checkpoint's name and what else its label says; no hub id and no name has it.
_SEPARATOR = " · "


def pick_checkpoint(
    task: str, auto_class: str, *, key: str, default: CheckpointRef, label: str | None = None
) -> CheckpointRef | None:
    """Draw the box. None where what was typed names no checkpoint; the error is then drawn here.

    task: whose starters and catalogue are offered. auto_class: the head of what the cache holds.
    """
    return pick_offered(resources.offered(task, auto_class), key=key, default=default, label=label)


def pick_offered(
    offers: Iterable[resources.Offer], *, key: str, default: CheckpointRef, label: str | None = None
) -> CheckpointRef | None:
    """The same for any offers."""
    offered = {str(offer.ref): offer for offer in offers}
    st.session_state.setdefault(key, str(default))
    _settle(key, offered)
    chosen = st.selectbox(
        label or _("Checkpoint"),
        list(offered),
        key=key,
        format_func=lambda option: checkpoint_label(option, offered.get(option)),
        accept_new_options=True,
        placeholder=_("Choose one, or type a hub id or a folder"),
        help=_(
            "Type any hub id (owner/name), paste its address, or give the path of a folder. "
            "Starters are small, made for trying things out, and need no download; a toy shows "
            "how such models work and does no work itself."
        ),
        persist_state="session",
    )
    try:
        return read_checkpoint(chosen or "")
    except InvalidRef as error:
        show_error(error, key=key)
        return None


def _settle(key: str, offered: Mapping[str, resources.Offer]) -> None:
    """Read a label from before as the checkpoint it names.

    The browser sends back the label that it shows, and labels change while it is shown: a download
    ends, or the language is another one.
    """
    held = st.session_state[key]
    if not held or held in offered or _SEPARATOR not in held:
        return
    try:
        read_checkpoint(held)
    except InvalidRef:
        with suppress(InvalidRef):
            st.session_state[key] = str(read_checkpoint(held.split(_SEPARATOR, 1)[0]))


def read_checkpoint(text: str) -> CheckpointRef:
    """A starter's name means the starter, also without its kind before it. Raises InvalidRef."""
    if text.strip() in resources.places().starter_names():
        return CheckpointRef(Kind.STARTER, text.strip())
    return CheckpointRef.parse(text)


def checkpoint_label(option: str, offer: resources.Offer | None) -> str:
    """One line about an option: name, size, languages, and whether it is here."""
    if offer is None:  # typed by hand
        return option
    if offer.ref.kind is Kind.STARTER:
        kind = _("toy starter") if offer.is_toy else _("starter")
        return _SEPARATOR.join([offer.ref.label, kind, _("on this machine")])
    if offer.ref.kind is Kind.RUN:
        return _SEPARATOR.join([str(offer.ref), _("own run")])
    parts = [offer.ref.label]
    entry = find(offer.ref)
    if entry is not None:
        parts += [f"{entry.download_mb:,} MB", ", ".join(entry.languages[:3])]
    parts.append(_("on this machine") if offer.is_here else _("to be downloaded"))
    return _SEPARATOR.join(parts)
