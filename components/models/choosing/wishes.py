"""The short form: what a model is wanted for. Ids here, words where they are drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from components import resources
from components.i18n import _
from components.models import keys, words
from loupe.checkpoints.catalogue import load_catalogue
from loupe.checkpoints.choosing import LicenceWish, Wish
from loupe.tasks.translation.language_names import language_name

GB = 1_000_000_000
TRANSLATION = "translation"
# (English, tokens of the longest). A token is about three quarters of an English word.
LENGTHS: Mapping[str, tuple[str, int]] = {
    "sentence": ("a sentence or two", 64),
    "paragraph": ("a paragraph", 256),
    "page": ("a page", 800),
    "document": ("a long document", 8_000),
}
# (English, rows).
ROWS: Mapping[str, tuple[str, int]] = {
    "none": ("none", 0),
    "few": ("fewer than 100", 50),
    "hundreds": ("100 to 1,000", 500),
    "thousands": ("1,000 to 100,000", 10_000),
    "many": ("more than 100,000", 200_000),
}
LICENCES: Mapping[LicenceWish, str] = {
    LicenceWish.ANY: "any",
    LicenceWish.COMMERCIAL: "usable commercially",
    LicenceWish.PERMISSIVE: "permissive: no sharing alike",
}
# Beside those of the catalogue: languages that its multilingual models learned too.
MORE_LANGUAGES = ("hi", "id", "ja", "ko", "pl", "ru", "sv", "sw", "th", "tr", "uk", "ur", "vi")
_DEFAULTS = {
    keys.WISH_TASK: "text-classification",
    keys.WISH_LANGUAGE: "en",
    keys.WISH_TARGET: "fr",
    keys.WISH_LENGTH: "paragraph",
    keys.WISH_ROWS: "hundreds",
    keys.WISH_LICENCE: LicenceWish.ANY.value,
}


def languages() -> list[str]:
    """Codes, in the order of their English names."""
    known = {code for entry in load_catalogue() for code in entry.languages if len(code) == 2}
    return sorted({*known, *MORE_LANGUAGES}, key=language_name)


def _choices() -> dict[str, list[str]]:
    return {
        keys.WISH_TASK: list(words.TASKS),
        keys.WISH_LANGUAGE: languages(),
        keys.WISH_TARGET: languages(),
        keys.WISH_LENGTH: list(LENGTHS),
        keys.WISH_ROWS: list(ROWS),
        keys.WISH_LICENCE: [one.value for one in LicenceWish],
    }


def fill(asked: Mapping[str, str]) -> None:
    """Set the form to what a link says, by the boxes' keys; what is no choice is left out."""
    choices = _choices()
    for key, value in asked.items():
        if value in choices[key]:
            st.session_state[key] = value


def draw_wishes() -> Wish:
    """Six boxes, seven for a translation."""
    for key, value in _DEFAULTS.items():
        st.session_state.setdefault(key, value)
    choices = _choices()
    first, second, third = st.columns(3)
    with first:
        task = _box(_("Task"), keys.WISH_TASK, choices, lambda name: _(words.TASKS[name]))
    with second:
        is_translation = task == TRANSLATION
        label = _("From") if is_translation else _("Language of the texts")
        language = _box(label, keys.WISH_LANGUAGE, choices, lambda code: _(language_name(code)))
    with third:
        if is_translation:
            target = _box(_("To"), keys.WISH_TARGET, choices, lambda c: _(language_name(c)))
            length = None
        else:
            target, length = None, _length(choices)
    first, second, third = st.columns(3)
    with first:
        rows = _box(
            _("Labelled rows of your own"), keys.WISH_ROWS, choices, lambda name: _(ROWS[name][0])
        )
    with second:
        licence = _box(
            _("Licence"),
            keys.WISH_LICENCE,
            choices,
            lambda name: _(LICENCES[LicenceWish(name)]),
        )
    with third:
        memory_gb = _memory()
    if is_translation:
        with st.columns(3)[0]:
            length = _length(choices)
    assert length is not None
    return Wish(
        task=task,
        language=language,
        length_tokens=LENGTHS[length][1],
        memory_bytes=int(memory_gb * GB),
        target=target,
        licence=LicenceWish(licence),
        labelled_rows=ROWS[rows][1],
    )


def _length(choices: Mapping[str, list[str]]) -> str:
    return _box(_("Length of a text"), keys.WISH_LENGTH, choices, lambda name: _(LENGTHS[name][0]))


def _box(
    label: str, key: str, choices: Mapping[str, list[str]], named: Callable[[str], str]
) -> str:
    chosen = st.selectbox(label, choices[key], key=key, format_func=named, persist_state="session")
    assert chosen is not None
    return chosen


def _memory() -> float:
    """What the loaded models may take here, to begin with; another machine's is typed."""
    budget = resources.pool().memory_budget_bytes
    st.session_state.setdefault(keys.WISH_MEMORY, max(0.1, round(budget / GB, 1)))
    return float(
        st.number_input(
            _("Memory for it, GB"),
            min_value=0.1,
            max_value=10_000.0,
            step=1.0,
            format="%.1f",
            key=keys.WISH_MEMORY,
            help=_("What models may take on this machine; for another machine, type its own."),
            persist_state="session",
        )
    )
