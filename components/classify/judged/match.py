"""Which label of the data is which of the model's: by name, else as a person says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from components.classify import keys
from components.classify.modes import Mode
from components.error_box import show_error
from components.i18n import _
from components.plain_label import plain_label
from loupe.checkpoints.ref import CheckpointRef
from loupe.data.matching import match_labels
from loupe.errors import InvalidInput

# More boxes nobody fills; so many unknown names are another column's, or another task's.
ASKED_MAX = 24
_NAMED_MAX = 8
_LEFT_OUT = -1


def ask_match(
    mode: Mode, ref: CheckpointRef, data: Sequence[str], model: Sequence[str]
) -> Mapping[str, int | None] | None:
    """Each label of the data → its place among the model's, None for one that is left out.

    None while a label is without a place, which is said and asked. model: names, which may repeat.
    """
    matched = dict(match_labels(data, model))
    unknown = [name for name in data if matched[name] is None]
    if not unknown:
        st.caption(_("The labels of the data are the model’s, by their names."))
        return matched
    if len(unknown) > ASKED_MAX:
        show_error(_no_such_labels(unknown, model), key=f"{keys.PAGE}_match")
        return None
    chosen = {name: st.session_state.get(_key(mode, ref, name)) for name in unknown}
    if None in chosen.values():
        show_error(
            _to_be_chosen([n for n in unknown if chosen[n] is None]), key=f"{keys.PAGE}_match"
        )
    for name in unknown:
        st.selectbox(
            _("“{label}” of the data is").format(label=plain_label(name)),
            [*range(len(model)), _LEFT_OUT],
            index=None,
            key=_key(mode, ref, name),
            format_func=lambda place: _("left out") if place == _LEFT_OUT else model[place],
            placeholder=_("Choose a label of the model"),
            persist_state="session",
        )
    if None in chosen.values():
        return None
    found = {n: None if place == _LEFT_OUT else place for n, place in chosen.items()}
    return {**matched, **found}


def _key(mode: Mode, ref: CheckpointRef, name: str) -> str:
    return keys.match(mode, f"{ref}_{name}")


def _to_be_chosen(unknown: Sequence[str]) -> InvalidInput:
    return InvalidInput(
        "The model has no label of these names: {names}.",
        "Say for each which label of the model it is, or leave it out.",
        names=_listed(unknown),
    )


def _no_such_labels(unknown: Sequence[str], model: Sequence[str]) -> InvalidInput:
    return InvalidInput(
        "{count} labels of the data are none of the model’s: {names}. The model’s are: {labels}.",
        "Choose another column, other data, or a checkpoint that was trained on such labels.",
        count=len(unknown),
        names=_listed(unknown),
        labels=_listed(model),
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"“{name}”" for name in names[:_NAMED_MAX])
    return shown + (", …" if len(names) > _NAMED_MAX else "")
