"""From a wish to a checkpoint: the ranking's first for some tasks, and facts to choose by."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st

from components import resources
from components.amounts import size
from components.i18n import _
from components.models import words
from components.models.choosing.tab import candidates
from loupe.checkpoints.choosing import Way, Wish, rank
from loupe.checkpoints.inventory import Entry

# A paragraph of English, some hundred labelled rows, a laptop.
LANGUAGE, TARGET, LENGTH_TOKENS, ROWS, MEMORY_BYTES = "en", "fr", 200, 300, 8_000_000_000
TASKS = ("text-classification", "token-classification", "text-generation", "translation")
# Bytes a weight: to use it in two precisions; to train it in float32 with Adam (the weight, its
# gradient and two means).
FLOAT32, HALF, TRAINED = 4, 2, 16
SHOWN = 8
_NOTHING = "–"

# What a table has beside the names: heading in English, and how it is read from an entry.
Column = tuple[str, Callable[[Entry], str]]
_SIZES: Mapping[str, Column] = {
    "weights": ("weights", words.parameters),
    "float32": ("to use, float32", lambda entry: _memory(entry, FLOAT32)),
    "half": ("to use, half precision", lambda entry: _memory(entry, HALF)),
    "trained": ("to train", lambda entry: _memory(entry, TRAINED)),
}
_CONTEXTS: Mapping[str, Column] = {
    "context": (
        "reads at most, tokens",
        lambda entry: f"{entry.context_tokens:,}" if entry.context_tokens else _NOTHING,
    ),
}
_LICENCES: Mapping[str, Column] = {
    "licence": ("licence", lambda entry: entry.licence or _NOTHING),
    "languages": ("languages", words.languages),
}


def first_choices(key: str) -> None:
    """Draws what the ranking puts first for some tasks."""
    offered = candidates()
    rows = []
    for task in TASKS:
        target = TARGET if task == "translation" else None
        wish = Wish(task, LANGUAGE, LENGTH_TOKENS, MEMORY_BYTES, target, labelled_rows=ROWS)
        best = rank(wish, offered).advices[0]
        rows.append(
            {
                "task": _(words.TASKS[task]),
                "first": best.candidate.ref.label,
                "way": _("to be trained") if best.way is Way.FINE_TUNE else _("as it is"),
            }
        )
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        key=key,
        column_config={"task": _("task"), "first": _("ranked first"), "way": _("how")},
    )
    st.caption(
        _(
            "For a paragraph of English, {rows} labelled rows and {memory} of memory, by what is "
            "known of the models here and in the catalogue."
        ).format(rows=ROWS, memory=size(MEMORY_BYTES))
    )


def sizes(key: str) -> None:
    """Draws what some models take."""
    _draw(key, _SIZES)


def contexts(key: str) -> None:
    """Draws how much some models read."""
    _draw(key, _CONTEXTS)


def licences(key: str) -> None:
    """Draws what may be done with some."""
    _draw(key, _LICENCES)


def shown() -> list[Entry]:
    """Whole models, those on this machine first."""
    entries = [e for e in resources.inventory().entries if e.parameters and not e.is_adapter]
    return sorted(entries, key=lambda entry: not entry.is_here)[:SHOWN]


def _memory(entry: Entry, bytes_a_weight: int) -> str:
    return size((entry.parameters or 0) * bytes_a_weight)


def _draw(key: str, columns: Mapping[str, Column]) -> None:
    entries = shown()
    table = {"name": [entry.ref.label for entry in entries]}
    for name, (_heading, read) in columns.items():
        table[name] = [read(entry) for entry in entries]
    st.dataframe(
        pd.DataFrame(table),
        hide_index=True,
        key=key,
        column_config={
            "name": _("model"),
            **{name: _(heading) for name, (heading, _read) in columns.items()},
        },
    )
