"""The ranked list: each model with what speaks for it and against it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components import resources
from components.amounts import count
from components.i18n import _, phrase
from components.models import keys, words
from components.models.choosing.wishes import draw_wishes
from components.models.measuring import of_this_machine
from components.models.views import VIEWS
from components.plain_label import plain_label
from loupe.checkpoints.choosing import Advice, Candidate, Ranking, Way, candidate_of, rank
from loupe.checkpoints.inventory import Condition
from loupe.checkpoints.ref import CheckpointRef
from loupe.errors import Phrase

SHOWN = 5


def draw_choosing() -> None:
    """A form, then the best few, then the others behind a click."""
    wish = draw_wishes()
    ranking = rank(wish, candidates())
    for note in ranking.notes:
        st.text(phrase(note))
    for place, advice in enumerate(ranking.advices[:SHOWN], start=1):
        _draw_advice(place, advice)
    _draw_rest(ranking)
    st.caption(
        _(
            "Ranked by rules that count what is known: facts of the catalogue and of the files "
            "here, and what was measured on this machine. Try the first few on texts of your own."
        )
    )


def candidates() -> list[Candidate]:
    """Everything that is here and whole, and everything that the catalogue knows."""
    entries = resources.inventory().entries
    sizes = {str(entry.ref): entry.parameters for entry in entries}
    measured = of_this_machine()
    usable = (Condition.WHOLE, Condition.PICKLED, Condition.ABSENT)
    return [
        candidate_of(entry, measured, sizes.get(entry.base or ""))
        for entry in entries
        if entry.condition in usable
    ]


def _draw_advice(place: int, advice: Advice) -> None:
    one = advice.candidate
    with st.container(border=True, key=f"{keys.PAGE}_advice_{place}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{place}. {plain_label(one.ref.label)}**  \n{_head(advice)}", width="stretch"
            )
            st.button(
                _("Look at it"),
                key=f"{keys.PAGE}_look_{place}",
                icon=":material/arrow_forward:",
                type="tertiary",
                on_click=_look,
                args=(one.ref,),
            )
        with st.container(gap="xxsmall"):
            _draw_reasons(advice.faults, ":red[:material/block:]")
            _draw_reasons(advice.pros, ":green[:material/add:]")
            _draw_reasons(advice.cons, ":orange[:material/remove:]")


def _head(advice: Advice) -> str:
    one = advice.candidate
    parts = []
    if advice.way is Way.FINE_TUNE:
        parts.append(_("to be trained"))
    if one.parameters is not None:
        parts.append(_("{count} parameters").format(count=count(one.parameters)))
    if one.licence:
        parts.append(_("licence {licence}").format(licence=plain_label(one.licence)))
    return " · ".join(parts)


def _draw_reasons(reasons: Sequence[Phrase], icon: str) -> None:
    """Their words quote cards of models, so only the sign is Markdown."""
    for reason in reasons:
        with st.container(horizontal=True, wrap=False, gap="xsmall", vertical_alignment="top"):
            st.markdown(icon, width="content")
            st.text(phrase(reason), width="stretch")


def _draw_rest(ranking: Ranking) -> None:
    rest = ranking.advices[SHOWN:]
    if rest:
        with st.expander(_("The others ({count})").format(count=len(rest))):
            for place, advice in enumerate(rest, start=SHOWN + 1):
                reason = next(iter((*advice.faults, *advice.cons)), None)
                said = f"{place}. {advice.candidate.ref.label}"
                st.text(said if reason is None else f"{said} · {phrase(reason)}")
    if ranking.left_out:
        names = ", ".join(
            f"{one.ref.label} ({one.licence or words.NONE})" for one in ranking.left_out
        )
        with st.expander(
            _("Left out for their licence ({count})").format(count=len(ranking.left_out))
        ):
            st.text(names)


def _look(ref: CheckpointRef) -> None:
    st.query_params.from_dict({keys.MODEL: str(ref)})
    st.session_state[keys.VIEWS] = _(VIEWS["there"])
