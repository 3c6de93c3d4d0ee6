"""Which checkpoint: one box that offers what is here and takes any name."""

from __future__ import annotations

import streamlit as st

from components import resources
from components.error_box import show_error
from components.i18n import _
from loupe.checkpoints.catalogue import CatalogueEntry
from loupe.checkpoints.hub import find_cached
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.errors import InvalidRef


def pick_checkpoint(
    task: str, *, key: str, default: CheckpointRef, label: str | None = None
) -> CheckpointRef | None:
    """Draw the box. None where what was typed names no checkpoint; the error is then drawn here."""
    offered = {str(ref): ref for ref in _offered(task)}
    st.session_state.setdefault(key, str(default))
    chosen = st.selectbox(
        label or _("Checkpoint"),
        list(offered),
        key=key,
        format_func=_label,
        accept_new_options=True,
        placeholder=_("Choose one, or type a hub id or a folder"),
        help=_(
            "Type any hub id (owner/name), paste its address, or give the path of a folder. "
            "Starters are small, made for trying things out, and need no download."
        ),
        persist_state="session",
    )
    try:
        return _read(chosen or "")
    except InvalidRef as error:
        show_error(error, key=key)
        return None


def _read(text: str) -> CheckpointRef:
    """A starter's name means the starter, also without its kind before it."""
    if text.strip() in resources.places().starter_names():
        return CheckpointRef(Kind.STARTER, text.strip())
    return CheckpointRef.parse(text)


def _offered(task: str) -> list[CheckpointRef]:
    """Starters first, then what the catalogue knows: what is here before what is not."""
    starters = [CheckpointRef(Kind.STARTER, name) for name in resources.places().starter_names()]
    known = [entry.ref for entry in _known(task)]
    return starters + sorted(known, key=lambda ref: not _is_here(ref))


def _known(task: str) -> list[CatalogueEntry]:
    return [entry for entry in resources.catalogue() if task in entry.tasks]


def _is_here(ref: CheckpointRef) -> bool:
    return ref.kind is not Kind.HUB or find_cached(ref, resources.places().hub_cache) is not None


def _label(option: str) -> str:
    """One line about an option: name, size, languages, and whether it is here."""
    try:
        ref = CheckpointRef.parse(option)
    except InvalidRef:
        return option
    if ref.kind is Kind.STARTER:
        return f"{ref.label} · {_('starter')} · {_('on this machine')}"
    parts = [ref.label]
    entry = next((e for e in resources.catalogue() if e.ref == ref), None)
    if entry is not None:
        parts += [f"{entry.download_mb:,} MB", ", ".join(entry.languages[:3])]
    if ref.kind is Kind.HUB:
        parts.append(_("on this machine") if _is_here(ref) else _("to be downloaded"))
    return " · ".join(parts)
