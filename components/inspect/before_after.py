"""The rows before and after the recipe: all of them, those it keeps, those it removes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import streamlit as st

from components.dataset import recipe_state
from components.dataset.effects import Effects, effects_of
from components.dataset.lens import Lens
from components.i18n import _, phrase
from components.inspect import keys, state
from components.inspect.some_rows import draw_changes
from loupe.data.opened import OpenedDataset, Split
from loupe.data.recipe.part import Part, Renamed
from loupe.data.view import Rows, ViewQuery

SHOWN = {state.ALL: "All rows", state.KEPT: "Kept", state.REMOVED: "Removed"}
_KEY = keys.SHOWN


def effects_on_rows(opened: OpenedDataset, lens: Lens) -> Effects | None:
    """None without a recipe that does something, or while its effects are computed."""
    if recipe_state.recipe(opened.fingerprint).is_empty:
        return None
    return effects_of(opened, lens)


def is_awaited(opened: OpenedDataset, effects: Effects | None) -> bool:
    """Whether the rows that are asked for are not known yet."""
    has_recipe = not recipe_state.recipe(opened.fingerprint).is_empty
    return has_recipe and effects is None and _chosen() != state.ALL


def draw_switch(split: Split, effects: Effects | None) -> None:
    """All rows, kept or removed ones, with their numbers."""
    if effects is None:
        return
    st.session_state.setdefault(_KEY, state.ALL)
    counts = {
        state.ALL: split.rows,
        state.KEPT: len(effects.ids(split.name, kept=True)),
        state.REMOVED: len(effects.ids(split.name, kept=False)),
    }
    st.segmented_control(
        _("By the recipe"),
        list(SHOWN),
        key=_KEY,
        required=True,
        format_func=lambda name: f"{_(SHOWN[name])} · {counts[name]:,}",
        on_change=state.to_first_page,
        label_visibility="collapsed",
        persist_state="session",
    )


def narrowed(query: ViewQuery, split: Split, effects: Effects | None) -> ViewQuery:
    """The query, of the rows alone that the switch asks for."""
    chosen = _chosen()
    if effects is None or chosen == state.ALL:
        return query
    ids = effects.ids(split.name, kept=chosen == state.KEPT)
    only = Rows(name=chosen, digest=state.add_row_set(ids))
    return query.model_copy(update={"filters": (*query.filters, only)})


def draw_what_becomes(split: Split, row: int, effects: Effects | None) -> None:
    """Of one row: which step removes it, or the values that it has after the recipe."""
    if effects is None:
        return
    index = int(effects.removed(split.name)[row])
    if index >= 0:
        title = phrase(effects.trace.effects[index].title)
        st.text(_("Removed by step {number}: {title}.").format(number=index + 1, title=title))
        return
    for name, part in effects.trace.parts.items():
        if part.origin != split.name or not len(_place(part, row)):
            continue
        if name != split.name:
            st.text(_("The recipe moves this row to {split}.").format(split=name))
        changes = [("", *change) for change in changed_values(split, part, row)]
        if changes:
            st.text(_("What the recipe changes:"))
            draw_changes(changes, key=f"{keys.WHOLE}_changes")


def changed_values(split: Split, after: Part, row: int) -> Iterator[tuple[str, object, object]]:
    """(column as the file calls it, before, after) of the values that differ."""
    before = Part.of(split.name, split.dataset)
    old = _row(before, np.arange(len(before)) == row)
    new = _row(after, after.ids == row)
    for column, value in old.items():
        name: str = column
        for change in after.changes:
            if isinstance(change, Renamed):
                name = change.new.get(name, name)
        if name in new and new[name] != value:
            yield column, value, new[name]


def _row(part: Part, mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> dict[str, object]:
    return dict(zip(part.names, next(part.values(part.names, mask)), strict=True))


def _place(part: Part, row: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.flatnonzero(part.ids == row)


def _chosen() -> str:
    found: str = st.session_state.get(_KEY) or state.ALL
    return found
