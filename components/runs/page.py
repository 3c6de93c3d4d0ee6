"""The page Runs, from top to bottom."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components import resources
from components.error_box import show_error
from components.i18n import _
from components.question_tabs import draw_tabs
from components.runs import address, keys
from components.runs.acting import draw_refusal
from components.runs.asked import draw_asked
from components.runs.comparing import draw_comparison
from components.runs.going import draw_going
from components.runs.head import draw_head
from components.runs.keeping import draw_keep
from components.runs.listing import draw_list
from components.runs.printed import draw_printed
from components.runs.quality import draw_quality
from components.runs.saying import draw_saying
from components.runs.trying import draw_trying
from components.shell import FINE_TUNE
from loupe.errors import LoupeError
from loupe.runs.summary import RunSummary

# How often an empty page looks whether somebody has begun a run.
_EMPTY_TICK_S = 3.0
TABS = {
    "going": "How is it going?",
    "saying": "What does it say?",
    "quality": "How good is it?",
    "trying": "Try it",
    "asked": "What was asked?",
    "printed": "What did it print?",
    "keep": "Keep it",
}


def draw_page() -> None:
    """Shows what the store and the runs' files say; nothing of the session is needed for it."""
    st.title(_("Runs"))
    st.session_state.pop(keys.REDRAW, None)
    draw_refusal()
    runs = resources.runs().list()
    if not runs:
        _draw_empty()
        return
    compared = address.compared(runs)
    chosen = address.chosen_run(runs) if compared is None else None
    listed, shown = st.columns([1, 2.6], gap="large")
    with listed:
        if len(runs) > 1 and compared is None:
            st.button(
                _("Compare runs"),
                key=f"{keys.PAGE}_compare",
                icon=":material/compare_arrows:",
                on_click=_compare,
                args=(chosen, runs),
            )
        draw_list(runs, chosen)
    with shown:
        if compared is not None:
            draw_comparison(runs, compared)
        elif chosen is not None:
            _draw_run(chosen)


def _draw_empty() -> None:
    st.text(_("No run yet. Begin one from a form; it then trains here, and you can watch it."))
    st.page_link(FINE_TUNE.path, label=_(FINE_TUNE.label), icon=FINE_TUNE.icon)

    @st.fragment(run_every=_EMPTY_TICK_S, key=f"{keys.PAGE}_empty")
    def look() -> None:
        if resources.runs().list():
            st.rerun()

    look()


def _draw_run(run_id: str) -> None:
    try:
        run = resources.runs().summary(run_id)
    except LoupeError as error:
        show_error(error, key=keys.PAGE)
        return
    draw_head(run)
    draw_tabs(
        TABS,
        {
            "going": lambda: draw_going(run),
            "saying": lambda: draw_saying(run),
            "quality": lambda: draw_quality(run),
            "trying": lambda: draw_trying(run),
            "asked": lambda: draw_asked(run),
            "printed": lambda: draw_printed(run),
            "keep": lambda: draw_keep(run),
        },
        key=keys.TABS,
    )


def _compare(chosen: str | None, runs: Sequence[RunSummary]) -> None:
    """The run that is shown, and the newest others of its task."""
    first = next((run for run in runs if run.id == chosen), runs[0])
    others = [run.id for run in runs if run.task == first.task and run.id != first.id]
    address.compare([first.id, *others[:1]])
