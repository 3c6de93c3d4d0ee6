"""The page Inspect a dataset, from top to bottom."""

from __future__ import annotations

import streamlit as st

from components.dataset import carried, recipe_state
from components.dataset.lens import Lens, pick_lens
from components.dataset.source import RUN, UPLOAD, Chosen, open_chosen
from components.error_box import show_error
from components.i18n import _
from components.inspect import keys, link, state
from components.inspect.asking import current_query
from components.inspect.before_after import effects_on_rows, is_awaited, narrowed
from components.inspect.cleaning import draw_cleaning
from components.inspect.columns import draw_columns
from components.inspect.findings import draw_findings
from components.inspect.keep import draw_keep
from components.inspect.model_view import draw_model_view
from components.inspect.tabs import TABS
from components.inspect.view import draw_view
from components.question_tabs import draw_tabs
from components.shell import FINE_TUNE
from loupe.data.opened import OpenedDataset, Split
from loupe.errors import LoupeError


def draw_page() -> None:
    """Everything below the title is drawn anew on each run; only what changed is computed."""
    carried.bring(keys.PAGE)
    link.apply()
    st.title(_("Inspect a dataset"))
    st.markdown(_("Open any text dataset, see what is in it, find its faults, and clean it."))
    found = open_chosen()
    if found is None:
        return
    chosen, opened = found
    left, right = st.columns([3, 2], vertical_alignment="center")
    with left:
        split = _pick_split(opened)
    with right:
        lens = pick_lens(opened)
    carried.keep()
    draw_tabs(
        TABS,
        {
            "rows": lambda: draw_view(opened, split, lens),
            "columns": lambda: draw_columns(opened, split, lens),
            "findings": lambda: draw_findings(opened, split, lens),
            "cleaning": lambda: draw_cleaning(chosen, opened, split, lens),
            "model": lambda: draw_model_view(split, lens),
            "keep": lambda: _keep(chosen, opened, split, lens),
        },
        key=keys.TABS,
    )


def _pick_split(opened: OpenedDataset) -> Split:
    names = [split.name for split in opened.splits]
    if st.session_state.get(keys.OPENED) != opened.fingerprint:
        st.session_state[keys.OPENED] = opened.fingerprint
        state.forget_view()
        state.take_linked_view()
    if st.session_state.get(keys.SPLIT) not in names:
        st.session_state[keys.SPLIT] = names[0]
    rows = {split.name: split.rows for split in opened.splits}
    name = st.segmented_control(
        _("Split"),
        names,
        key=keys.SPLIT,
        required=True,
        format_func=lambda name: f"{name} · {rows[name]:,}",
        on_change=state.forget_view,
        label_visibility="collapsed",
        persist_state="session",
    )
    return opened.split(name or names[0])


def _keep(chosen: Chosen, opened: OpenedDataset, split: Split, lens: Lens) -> None:
    try:
        effects = effects_on_rows(opened, lens)
        if is_awaited(opened, effects):
            return
        query = narrowed(current_query(), split, effects)
        shared = link.state_of(chosen, split.name, query, lens)
        draw_keep(split, query, None if chosen.kind in (UPLOAD, RUN) else shared)
        if recipe_state.recipe(opened.fingerprint).steps:
            st.caption(
                _(
                    "Values are the file’s own, and the link leaves the recipe out. “{tab}” saves "
                    "the recipe, and the rows that it makes."
                ).format(tab=_(TABS["cleaning"]))
            )
        st.page_link(FINE_TUNE.path, label=_("Fine-tune on this"), icon=FINE_TUNE.icon)
    except LoupeError as error:
        show_error(error, key=f"{keys.PAGE}_keep")
