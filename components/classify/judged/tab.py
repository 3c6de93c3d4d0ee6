"""The tab from top to bottom: the data, which labels are which, then progress, or the outcome."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from components import resources
from components.awaited import awaited
from components.classify import keys, work
from components.classify.judged.labels import draw_judged_texts, start_texts
from components.classify.judged.match import ask_match
from components.classify.judged.rows import (
    LabelledSentences,
    LabelledTexts,
    read_sentences,
    read_texts,
)
from components.classify.judged.tags import draw_judged_sentences, start_sentences
from components.classify.modes import CLASSIFY, MODES, TAG, Mode
from components.dataset import carried, lens, recipe_state
from components.dataset import keys as dataset_keys
from components.dataset.lens import ROLE_NAMES
from components.dataset.source import SAMPLE, open_chosen
from components.error_box import show_error
from components.i18n import _
from components.waiting import wait_for
from loupe.data.lens import LENSES
from loupe.data.opened import OpenedDataset, Split
from loupe.data.spec import Role
from loupe.engine import ModelKey, Ticket
from loupe.errors import InvalidInput, LoupeError
from loupe.tasks import text_classification, token_classification
from loupe.tasks.text_classification.query import Meaning

# The last split is most often one that a model was not trained on.
_HELD_OUT = ("test", "validation")
COUNTS = (200, 1_000, 5_000)


def draw_judged(mode: Mode, key: ModelKey) -> None:
    """Everything about labelled rows."""
    carried.bring(keys.PAGE)
    _bring_sample(mode)
    try:
        begin = _ask(mode, key)
    except LoupeError as error:
        show_error(error, key=f"{keys.PAGE}_judge")
        begin = None
    place = keys.judged(mode)
    asked = work.held(place)
    asked_for = st.button(
        _("Judge the checkpoint"),
        key=f"{place}_start",
        type="primary",
        icon=":material/rule:",
        disabled=begin is None or (asked is not None and asked.is_running),
    )
    # Not as a callback, which has what was chosen at the run before.
    if asked_for and begin is not None:
        begin()
        st.rerun()
    work.show_failure(place)
    if asked is None:
        return
    result = work.answer_of(place, asked, _("{done} of {total} rows"))
    if result is None:
        return
    st.divider()
    st.text(
        _("{checkpoint} on {data}").format(checkpoint=asked.key.ref.label, data=asked.asked.name)
    )
    try:
        if mode is CLASSIFY:
            draw_judged_texts(asked, result)
        else:
            draw_judged_sentences(asked, result)
    except LoupeError as error:
        show_error(error, key=f"{keys.PAGE}_outcome")


def _bring_sample(mode: Mode) -> None:
    """The bundled data that fit the mode, where nobody has chosen others."""
    examples = {other.sample for other in MODES.values() if other.sample}
    state = st.session_state
    is_sample = state.get(dataset_keys.KIND, SAMPLE) == SAMPLE
    if is_sample and state.get(dataset_keys.SAMPLE, mode.sample) in examples - {mode.sample}:
        state[dataset_keys.SAMPLE] = mode.sample
    state.setdefault(dataset_keys.SAMPLE, mode.sample)


def _ask(mode: Mode, key: ModelKey) -> Callable[[], None] | None:
    """What the button does; None while something is missing, which is drawn. Raises LoupeError."""
    found = open_chosen()
    if found is None:
        return None
    chosen, opened = found
    roles = _ask_columns(mode, opened)
    split, count = _ask_rows(mode, opened)
    if recipe_state.recipe(opened.fingerprint).steps:
        st.caption(
            _("The recipe of Inspect a dataset is not applied: rows are judged as they stand.")
        )
    missing = [role for role in LENSES[mode.task] if role not in roles]
    if missing:
        raise InvalidInput(
            "No column is chosen for {role}.", "Choose one.", role=_(ROLE_NAMES[missing[0]])
        )
    name = _("{data}, split “{split}”").format(data=chosen.name, split=split.name)
    if mode is CLASSIFY:
        return _ask_texts(key, name, split, roles, count)
    return _ask_sentences(key, name, split, roles, count)


def _ask_columns(mode: Mode, opened: OpenedDataset) -> dict[Role, str]:
    lens.settle(opened)
    if lens.current().id != mode.task:
        lens.take_as(opened, mode.task)
    names = opened.splits[0].table.schema.names
    for column, role in zip(st.columns(2), LENSES[mode.task], strict=True):
        with column:
            lens.ask_role(mode.task, role, names)
    carried.keep()
    return lens.current().roles


def _ask_rows(mode: Mode, opened: OpenedDataset) -> tuple[Split, int]:
    """Which split, and how many of its rows."""
    splits = {split.name: split for split in opened.splits}
    # Other data begin with what was most probably held out, whatever was chosen of those before.
    if st.session_state.get(keys.SPLIT_OF) != opened.fingerprint:
        st.session_state[keys.SPLIT_OF] = opened.fingerprint
        st.session_state[keys.SPLIT] = next((name for name in _HELD_OUT if name in splits), "")
    if st.session_state[keys.SPLIT] not in splits:
        st.session_state[keys.SPLIT] = list(splits)[-1]
    left, right = st.columns(2)
    name = left.selectbox(_("Split"), list(splits), key=keys.SPLIT, persist_state="session")
    split = splits[name]
    most = (text_classification if mode is CLASSIFY else token_classification).MAX_TEXTS
    counts = [count for count in COUNTS if count < min(split.rows, most)]
    counts.append(min(split.rows, most))
    if st.session_state.get(keys.ROWS) not in counts:
        st.session_state[keys.ROWS] = next((c for c in counts if c == COUNTS[1]), counts[-1])
    # Without the total: the browser holds on to the words it shows.
    count = right.selectbox(
        _("Rows"),
        counts,
        key=keys.ROWS,
        format_func=lambda number: f"{number:,}",
        persist_state="session",
    )
    if count < split.rows:
        st.caption(
            _("{count} of {total} rows, evenly apart; only these are read and checked.").format(
                count=f"{count:,}", total=f"{split.rows:,}"
            )
        )
    return split, int(count)


def _ask_texts(
    key: ModelKey, name: str, split: Split, roles: dict[Role, str], count: int
) -> Callable[[], None] | None:
    labels, meaning = wait_for(text_classification.submit_labels(resources.pool(), key))
    if meaning is Meaning.NUMBER:
        raise InvalidInput(
            "{name} measures: it gives a number, not labels that can be right or wrong.",
            "Choose a checkpoint that gives labels.",
            name=key.ref.label,
        )

    def read(_ticket: Ticket[LabelledTexts]) -> LabelledTexts:
        return read_texts(split, roles, count, multi_label=meaning is Meaning.EACH)

    asked = (split.fingerprint, tuple(roles.items()), count, meaning)
    rows = awaited(keys.LABELLED, asked, read, lambda _progress: _("Reading the rows…"))
    if rows is None:
        return None
    match = ask_match(CLASSIFY, key.ref, rows.names, labels)
    if match is None:
        return None
    return lambda: start_texts(key, name, rows, match)


def _ask_sentences(
    key: ModelKey, name: str, split: Split, roles: dict[Role, str], count: int
) -> Callable[[], None] | None:
    labels = wait_for(token_classification.submit_labels(resources.pool(), key))

    def read(_ticket: Ticket[LabelledSentences]) -> LabelledSentences:
        return read_sentences(split, roles, count)

    asked = (split.fingerprint, tuple(roles.items()), count)
    rows = awaited(keys.LABELLED, asked, read, lambda _progress: _("Reading the rows…"))
    if rows is None:
        return None
    tags = sorted({tag for sentence in rows.tags for tag in sentence})
    token_classification.refuse_mixed(tags, labels)
    of_data = token_classification.names_of(tags)
    of_model = token_classification.names_of(labels)
    match = ask_match(TAG, key.ref, of_data, of_model)
    if match is None:
        return None
    names = {one: None if place is None else of_model[place] for one, place in match.items()}
    return lambda: start_sentences(key, name, rows, labels, names)
