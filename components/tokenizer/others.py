"""The tab "Other tokenizers?": several tokenizers on the characters of one text."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from itertools import groupby

import pandas as pd
import streamlit as st

from components import resources
from components.checkpoint_access import is_usable
from components.checkpoint_picker import checkpoint_label, read_checkpoint
from components.error_box import show_error
from components.i18n import _
from components.numbers import percent
from components.token_axis import AxisCell, AxisRow, token_axis
from components.tokenizer import keys
from components.tokenizer.defaults import AXIS_CHARACTERS, COMPARED_MAX, DEFAULT_COMPARED
from components.tokenizer.work import cut_with
from loupe.checkpoints.ref import CheckpointRef
from loupe.errors import InvalidRef, LoupeError
from loupe.tokenization import CutText
from loupe.tokenization.costs import Costs, costs_of


def draw_others(cut_text: CutText, ref: CheckpointRef) -> None:
    """Ask for them, draw all cuts one below the other, and their counts."""
    cuts = [(ref, cut_text), *_cuts(_usable(pick_others(ref)), cut_text.text)]
    shown = cut_text.text[:AXIS_CHARACTERS]
    token_axis(
        shown,
        [AxisRow(f"{ref.label} · {cut.model}", axis_cells(cut, len(shown))) for ref, cut in cuts],
        key=f"{keys.PAGE}_axis",
        label=_("The text, character by character, and below it the tokens of each"),
    )
    if len(shown) < len(cut_text.text):
        st.caption(
            _("The first {shown} of {count} characters are drawn; the table counts all.").format(
                shown=f"{len(shown):,}", count=f"{len(cut_text.text):,}"
            )
        )
    _draw_table([(ref, costs_of(cut)) for ref, cut in cuts])


def pick_others(first: CheckpointRef) -> list[CheckpointRef]:
    """The box; those chosen that can be named. Names that mean nothing are said here."""
    offered = {str(offer.ref): offer for offer in resources.offered_tokenizers()}
    st.session_state.setdefault(keys.OTHERS, default_others(first))
    chosen = st.multiselect(
        _("Compare with"),
        list(dict.fromkeys([*offered, *st.session_state[keys.OTHERS]])),
        key=keys.OTHERS,
        format_func=lambda option: checkpoint_label(option, offered.get(option)),
        accept_new_options=True,
        max_selections=COMPARED_MAX - 1,
        placeholder=_("Choose some, or type a hub id or a folder"),
        persist_state="session",
    )
    found = []
    for name in chosen:
        try:
            found.append(read_checkpoint(name))
        except InvalidRef as error:
            show_error(error, key=f"{keys.OTHERS}_{name}")
    return [ref for ref in dict.fromkeys(found) if ref != first]


def default_others(first: CheckpointRef) -> list[str]:
    """What is compared with `first` before anybody chooses."""
    return [str(ref) for ref in DEFAULT_COMPARED if ref != first]


def chosen_others(first: CheckpointRef) -> list[CheckpointRef]:
    """Those that can be named, of what the tab about them holds."""
    found = []
    for name in st.session_state.get(keys.OTHERS, default_others(first)):
        with suppress(InvalidRef):
            found.append(read_checkpoint(name))
    return [ref for ref in dict.fromkeys(found) if ref != first]


def _usable(refs: Sequence[CheckpointRef]) -> list[CheckpointRef]:
    """Those that can be used; for the rest the way to that is drawn."""
    return [
        ref
        for number, ref in enumerate(refs)
        if is_usable(ref, key=f"{keys.OTHERS}_{number}", needs_weights=False)
    ]


def _cuts(refs: Sequence[CheckpointRef], text: str) -> list[tuple[CheckpointRef, CutText]]:
    """What is wrong with one is drawn, and does not stop the others."""
    found = []
    for ref in refs:
        try:
            found.append((ref, cut_with(ref, text, with_stages=False)))
        except LoupeError as error:
            show_error(error, key=f"{keys.OTHERS}_{ref}")
    return found


def axis_cells(cut_text: CutText, end: int) -> tuple[AxisCell, ...]:
    """The tokens before the character `end`; those that share a character are one cell."""
    cells: list[AxisCell] = []
    at = 0
    for _group, members in groupby(cut_text.tokens, key=lambda token: token.group):
        tokens = list(members)
        spans = [token.span for token in tokens if token.span is not None]
        if not spans:
            continue
        start = max(at, min(start for start, _ in spans))
        stop = min(max(stop for _, stop in spans), end)
        if start >= stop:
            continue
        at = stop
        cells.append(
            AxisCell(
                (start, stop),
                "  ".join(f"{token.piece} ({token.token_id})" for token in tokens),
                len(tokens),
                any(token.is_unknown for token in tokens),
            )
        )
    return tuple(cells)


def _draw_table(costs: Sequence[tuple[CheckpointRef, Costs]]) -> None:
    st.dataframe(
        costs_table(costs),
        hide_index=True,
        key=f"{keys.PAGE}_others_table",
        column_config={
            "checkpoint": _("checkpoint"),
            "tokens": st.column_config.NumberColumn(_("tokens"), format="localized"),
            "characters": st.column_config.NumberColumn(_("characters a token"), format="%.2f"),
            "bytes": st.column_config.NumberColumn(_("bytes a token"), format="%.2f"),
            "unknown": _("unknown"),
            "context": _("context used"),
            "vocabulary": st.column_config.NumberColumn(_("vocabulary"), format="localized"),
        },
    )
    st.caption(
        _(
            "Tokens are those of the text; what is put around it counts for the context. A larger "
            "vocabulary needs fewer tokens and more weights."
        )
    )


def costs_table(costs: Sequence[tuple[CheckpointRef, Costs]]) -> pd.DataFrame:
    """One row a tokenizer."""
    return pd.DataFrame(
        [
            {
                "checkpoint": ref.label,
                "tokens": one.tokens,
                "characters": one.characters_per_token,
                "bytes": one.bytes_per_token,
                "unknown": percent(one.unknown_share),
                "context": "–" if one.context_used is None else percent(one.context_used),
                "vocabulary": one.vocabulary_size,
            }
            for ref, one in costs
        ]
    )
