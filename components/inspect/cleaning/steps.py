"""The steps of the recipe in their order, each with what it does to the data."""

from __future__ import annotations

import streamlit as st

from components.dataset import recipe_state
from components.dataset.effects import Effects
from components.error_box import show_error
from components.i18n import _, phrase
from components.inspect import keys
from components.inspect.findings import show_rows
from components.inspect.some_rows import draw_changes, draw_some_rows, place_in_words
from components.plain_label import plain_label
from loupe.data.opened import OpenedDataset
from loupe.data.recipe.recipe import AnyStep
from loupe.data.recipe.trace import Effect

_KEY = keys.RECIPE
_TITLE_CHARACTERS = 200


def draw_steps(opened: OpenedDataset, effects: Effects | None) -> None:
    """effects: None while they are computed."""
    steps = recipe_state.recipe(opened.fingerprint).steps
    if not steps:
        st.text(_("No step yet. Add one here, or let the tab before this one offer some."))
        return
    for index, step in enumerate(steps):
        with st.container(border=True, key=f"{_KEY}_step_{index}"):
            _draw_controls(opened, index, step, last=len(steps) - 1)
            if effects is not None:
                _draw_effect(opened, effects, index)


def _draw_controls(opened: OpenedDataset, index: int, step: AnyStep, last: int) -> None:
    key = f"{_KEY}_{index}"
    # The switch mirrors the recipe, in which steps change their places.
    st.session_state[f"{key}_on"] = step.enabled
    with st.container(horizontal=True, vertical_alignment="center"):
        st.toggle(
            plain_label(f"{index + 1}. {phrase(step.title())}", _TITLE_CHARACTERS),
            key=f"{key}_on",
            on_change=_switch,
            args=(opened.fingerprint, index, f"{key}_on"),
            width="stretch",
            wrap=True,
        )
        st.button(
            _("Up"),
            key=f"{key}_up",
            icon=":material/arrow_upward:",
            type="tertiary",
            disabled=index == 0,
            on_click=recipe_state.move,
            args=(opened.fingerprint, index, -1),
        )
        st.button(
            _("Down"),
            key=f"{key}_down",
            icon=":material/arrow_downward:",
            type="tertiary",
            disabled=index == last,
            on_click=recipe_state.move,
            args=(opened.fingerprint, index, 1),
        )
        st.button(
            _("Remove"),
            key=f"{key}_remove",
            icon=":material/delete:",
            type="tertiary",
            on_click=recipe_state.remove,
            args=(opened.fingerprint, index),
        )


def _switch(fingerprint: str, index: int, key: str) -> None:
    recipe_state.switch(fingerprint, index, bool(st.session_state[key]))


def _draw_effect(opened: OpenedDataset, effects: Effects, index: int) -> None:
    fault = effects.faults.get(index)
    if fault is not None:
        show_error(fault, key=f"{_KEY}_{index}")
        return
    effect = effects.trace.effects[index]
    said = [phrase(effect.message)]
    if effect.enabled:
        said += _counts(effect)
    st.text(" · ".join(said))
    if not (effect.diffs or effect.removed):
        return
    examples = st.expander(
        _("What it changes") if effect.diffs else _("Which rows it removes"),
        key=f"{_KEY}_{index}_examples_{opened.fingerprint}",
        on_change="rerun",
    )
    if examples.open:
        with examples:
            _draw_examples(opened, effects, effect)


def _counts(effect: Effect) -> list[str]:
    """The splits that have another number of rows than before."""
    found = []
    for name, after in effect.rows_after.items():
        before = effect.rows_before.get(name, 0)
        if before != after:
            found.append(f"{name} {before:,} → {after:,}")
    return found


def _draw_examples(opened: OpenedDataset, effects: Effects, effect: Effect) -> None:
    index = effect.number - 1
    if effect.diffs:
        draw_changes(
            [
                (place_in_words((diff.split, diff.row)), diff.column, diff.before, diff.after)
                for diff in effect.diffs
            ],
            key=f"{_KEY}_{index}_diffs",
        )
    if not effect.removed:
        return
    with st.container(horizontal=True):
        for place, split in enumerate(opened.splits):
            ids = (effects.removed(split.name) == index).nonzero()[0]
            if len(ids):
                label = _("Show {count} in {split}")
                st.button(
                    plain_label(label.format(count=f"{len(ids):,}", split=split.name)),
                    key=f"{_KEY}_{index}_show_{place}",
                    icon=":material/table_rows:",
                    on_click=show_rows,
                    args=(split.name, _("removed by step {number}").format(number=index + 1), ids),
                )
    draw_some_rows(opened, effect.removed, key=f"{_KEY}_{index}_removed")
