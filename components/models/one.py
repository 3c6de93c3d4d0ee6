"""One checkpoint: what it is, the way to it, and everything that can be asked about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from components import resources
from components.checkpoint_access import is_usable
from components.error_box import show_error
from components.i18n import _
from components.models import keys, words
from components.models.build import draw_build
from components.models.card import draw_card
from components.models.deleting import draw_deleting
from components.models.files import draw_files
from components.models.running import draw_running
from components.models.trying import draw_links
from components.plain_label import plain_label
from components.question_tabs import draw_tabs
from loupe.checkpoints.catalogue import find
from loupe.checkpoints.inventory import Condition, Entry, describe, fault_in, locate
from loupe.checkpoints.ref import CheckpointRef
from loupe.errors import LoupeError, NotOnThisMachine

TABS = {
    "build": "How is it built?",
    "running": "Does it run here?",
    "files": "Which files is it?",
    "card": "What does its author say?",
    "deleting": "How do I get rid of it?",
}
# What can only be asked of a checkpoint whose files are in order.
_OF_WHOLE = ("build", "running")


def draw_model(ref: CheckpointRef) -> None:
    """Everything about one; what is not here is offered for download."""
    try:
        entry = describe(ref, resources.places())
        folder = _folder(ref)
    except LoupeError as error:
        _draw_gone(ref, error)
        return
    st.subheader(plain_label(ref.label))
    st.text(" · ".join(_facts(entry)))
    _draw_what_for(entry)
    if entry.condition in (Condition.ABSENT, Condition.PICKLED, Condition.INCOMPLETE):
        # Draws the way to it: a download, or a conversion.
        is_usable(ref, key=keys.ACCESS)
    if entry.condition is Condition.DAMAGED and folder is not None:
        _draw_fault(ref, folder)
    draw_links(entry)
    if entry.condition is not Condition.ABSENT:
        _draw_tabs(entry, folder)


def _draw_fault(ref: CheckpointRef, folder: Path) -> None:
    fault = fault_in(folder, ref.label)
    if fault is not None:
        show_error(fault, key=f"{keys.PAGE}_fault")


def _folder(ref: CheckpointRef) -> Path | None:
    """None where there are no files of it, or only parts without a name in the cache.

    Raises CheckpointNotFound, OutsideRoots, UnsupportedCheckpoint.
    """
    try:
        return locate(ref, resources.places())
    except NotOnThisMachine:
        return None


def _draw_gone(ref: CheckpointRef, error: LoupeError) -> None:
    st.subheader(plain_label(ref.label))
    show_error(error, key=keys.PAGE)


def _facts(entry: Entry) -> list[str]:
    """One line; the table has most of it too, and may be scrolled away."""
    facts = [words.where(entry), words.tasks(entry), words.size_of(entry)]
    if entry.parameters is not None:
        facts.append(_("{count} parameters").format(count=words.parameters(entry)))
    if entry.base is not None:
        facts.append(_("changes {base}").format(base=entry.base))
    if entry.licence:
        facts.append(_("licence {licence}").format(licence=entry.licence))
    if entry.languages:
        facts.append(words.languages(entry))
    return [fact for fact in facts if fact != words.NONE]


def _draw_what_for(entry: Entry) -> None:
    """The catalogue's sentences; beside the offer of a download they stand anyway."""
    known = find(entry.ref)
    if known is None or entry.condition is Condition.ABSENT:
        return
    st.text(_(known.good_at))
    if known.watch_out:
        st.text(_(known.watch_out))


def _draw_tabs(entry: Entry, folder: Path | None) -> None:
    """The same tabs for all whose files are in order, so that the open one stays open."""
    draw: dict[str, Callable[[], None]] = {"deleting": lambda: draw_deleting(entry)}
    if folder is not None:
        draw |= {
            "build": lambda: draw_build(entry, folder),
            "running": lambda: draw_running(entry, folder),
            "files": lambda: draw_files(entry, folder),
            "card": lambda: draw_card(entry, folder),
        }
    is_broken = entry.condition in (Condition.DAMAGED, Condition.INCOMPLETE)
    asked = [name for name in TABS if name in draw and not (is_broken and name in _OF_WHOLE)]
    draw_tabs(
        {name: TABS[name] for name in asked},
        {name: draw[name] for name in asked},
        # Of its own for those that lack some: Streamlit keeps the open one by its place.
        key=f"{keys.TABS}_broken" if is_broken else keys.TABS,
    )
