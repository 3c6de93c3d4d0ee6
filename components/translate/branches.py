"""What a person chose in the output: a token to look at, and a beginning of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from components.token_strip import clicked_index
from components.translate import keys
from components.translate.answers import Query, Result, ask, branch
from loupe.engine import ModelKey


@dataclass(frozen=True, slots=True)
class Branch:
    """A beginning chosen by a person. question: as first asked. query: the same with it."""

    key: ModelKey
    question: Query
    query: Query


@dataclass(frozen=True, slots=True)
class Picked:
    """A token of one output, by its position there."""

    key: ModelKey
    query: Query
    position: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the strips on the screen show: clicks are about that, not about the next run's.

    question: as first asked. positions: of the output's pieces. token_ids: of the alternatives'.
    """

    key: ModelKey
    question: Query
    result: Result
    positions: tuple[tuple[int, ...], ...] = ()
    token_ids: tuple[int, ...] = ()


def begin_with(ids: tuple[int, ...]) -> None:
    """Let the next question begin so, as a link says; no ids are the first answer."""
    go_back()
    st.session_state[keys.LINKED_BEGINNING] = ids


def current(key: ModelKey, first: Query) -> Query:
    """The question with the beginning that was chosen for it, if one was."""
    linked = st.session_state.pop(keys.LINKED_BEGINNING, ())
    if linked:
        st.session_state[keys.BRANCH] = Branch(key, first, replace(first, prefix=linked))
    held = st.session_state.get(keys.BRANCH)
    if isinstance(held, Branch) and (held.key, held.question) == (key, first):
        return held.query
    return first


def answer(key: ModelKey, question: Query) -> tuple[Result, Result]:
    """(what is shown, the answer to the question as it was first asked). Raises LoupeError."""
    first = ask(key, question)
    query = current(key, question)
    return (first if query == question else ask(key, query)), first


def is_branch(query: Query) -> bool:
    return bool(query.prefix)


def is_chosen(key: ModelKey) -> bool:
    """Whether a beginning is held for this checkpoint."""
    held = st.session_state.get(keys.BRANCH)
    return isinstance(held, Branch) and held.key == key


def go_back() -> None:
    """To the first answer."""
    st.session_state.pop(keys.BRANCH, None)
    st.session_state.pop(keys.PICKED, None)


def picked_position(key: ModelKey, result: Result) -> int | None:
    """The token of this output that was clicked last."""
    held = st.session_state.get(keys.PICKED)
    if not isinstance(held, Picked) or (held.key, held.query) != (key, result.query):
        return None
    return held.position if held.position < len(result.target.tokens) else None


def remember_output(
    key: ModelKey, question: Query, result: Result, positions: Sequence[tuple[int, ...]]
) -> None:
    st.session_state[keys.DRAWN] = Drawn(key, question, result, tuple(positions))


def remember_alternatives(token_ids: Sequence[int]) -> None:
    st.session_state[keys.DRAWN] = replace(_drawn(), token_ids=tuple(token_ids))


def pick_token() -> None:
    """A click on the output. On the same token again, its alternatives are put away."""
    drawn = _drawn()
    position = drawn.positions[clicked_index(keys.OUTPUT)][0]
    if picked_position(drawn.key, drawn.result) == position:
        st.session_state.pop(keys.PICKED, None)
    else:
        st.session_state[keys.PICKED] = Picked(drawn.key, drawn.result.query, position)


def pick_alternative() -> None:
    """A click on an alternative: the output goes on from there."""
    drawn = _drawn()
    position = picked_position(drawn.key, drawn.result)
    if position is None:
        return
    token_id = drawn.token_ids[clicked_index(keys.ALTERNATIVES)]
    query = branch(drawn.result, position, token_id)
    st.session_state[keys.BRANCH] = Branch(drawn.key, drawn.question, query)
    # The same place stays open, so that its other alternatives can be tried one after the other.
    st.session_state[keys.PICKED] = Picked(drawn.key, query, position)


def _drawn() -> Drawn:
    drawn = st.session_state[keys.DRAWN]
    assert isinstance(drawn, Drawn)
    return drawn
