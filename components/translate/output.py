"""The answer: what was read, what was written, and what else could stand at one place."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp

import streamlit as st

from components.i18n import _
from components.numbers import percent, signed
from components.token_strip import (
    LABELS,
    Legend,
    Measure,
    StripPiece,
    pieces_from_trace,
    scale_of,
    token_strip,
)
from components.translate import branches, keys
from components.translate.answers import Query, Result
from components.translate.ask import chosen_measure
from components.translate.modes import Mode
from loupe.engine import ModelKey
from loupe.tasks.translation import Ending
from loupe.traces import TokenKind, TokenRecord

ALTERNATIVES_SHOWN = 8
SOURCE_IN_VIEW = 80  # tokens
SOURCE_PX = 190


def draw_output(mode: Mode, key: ModelKey, result: Result, first: Result) -> None:
    """Source, output and the picked token's alternatives. first: the answer nobody changed."""
    words = {name: _(text) for name, text in LABELS.items()}
    st.caption(_("What the model read"))
    # A long source scrolls by itself, so that the answer stays in sight.
    is_long = len(result.source.tokens) > SOURCE_IN_VIEW
    with st.container(height=SOURCE_PX if is_long else "content", border=is_long):
        token_strip(
            pieces_from_trace(result.source, clickable=False, labels=words),
            key=keys.SOURCE,
            labels=words,
        )
    st.markdown(f"**{_(mode.output)}**")
    _draw_written(key, first.query, result, words)
    st.text(" · ".join(facts_of(result)))
    if result.kept:
        st.text(
            _("The checkpoint’s own settings took part: {settings}").format(
                settings=", ".join(f"{name} = {value}" for name, value in result.kept)
            )
        )
    position = branches.picked_position(key, result)
    if position is not None:
        _draw_alternatives(result, position, words)
    if branches.is_branch(result.query):
        _draw_way_back(result, first)


def _draw_written(key: ModelKey, question: Query, result: Result, words: Mapping[str, str]) -> None:
    measure = chosen_measure()
    position = branches.picked_position(key, result)
    pieces = pieces_from_trace(
        result.target,
        measure=measure,
        written_from=0,
        selected=() if position is None else (position,),
        labels=words,
    )
    branches.remember_output(key, question, result, [piece.positions for piece in pieces])
    if position is None:
        st.caption(_("Click a token to see what else could stand there."))
    token_strip(
        pieces,
        key=keys.OUTPUT,
        scale=scale_of(measure),
        legend=legend_of(measure),
        labels=words,
        on_click=branches.pick_token,
    )


def legend_of(measure: Measure) -> Legend:
    """The line below a strip in this measure."""
    if measure is Measure.PROBABILITY:
        return Legend(_("probability (model)"), _("0 %"), _("100 %"))
    if measure is Measure.SURPRISAL:
        return Legend(_("surprisal (model)"), _("0 nats"), _("12 nats and more"))
    if measure is Measure.RANK:
        return Legend(_("rank (model)"), _("1 to 10"), _("beyond 1,000"))
    return Legend(_("entropy (model)"), _("0 nats"), _("all equally likely"))


def facts_of(result: Result) -> list[str]:
    """How long an output is, how probable, and why it ended."""
    tokens = result.target.tokens
    parts = [
        _("{count} tokens").format(count=f"{len(tokens):,}"),
        _("ln p {value} in all").format(value=signed(result.log_prob)),
        _ending(result),
    ]
    if result.target.dtype != "float32":
        parts.append(_("computed in {dtype}").format(dtype=result.target.dtype))
    return parts


def _ending(result: Result) -> str:
    if result.ending is Ending.EOS:
        return _("the model chose to end here")
    if result.ending is Ending.PREFIX:
        return _("you chose to end here")
    if result.ending is Ending.FORCED_EOS:
        return _("cut at {count} tokens, where the checkpoint demands an end").format(
            count=f"{result.limit:,}"
        )
    return _("cut at {count} tokens: it may lack its end").format(count=f"{result.limit:,}")


def _draw_alternatives(result: Result, position: int, words: Mapping[str, str]) -> None:
    """Each as a chip with its probability; a click decodes the rest anew."""
    token = result.target.tokens[position]
    pieces, ids = alternative_pieces(token, words)
    branches.remember_alternatives(ids)
    with st.container(border=True):
        st.caption(
            _(
                "What else could stand at token {number}, with its probability (model). "
                "Click one: what stands before it stays, the rest is decoded anew."
            ).format(number=position + 1)
        )
        token_strip(pieces, key=keys.ALTERNATIVES, labels=words, on_click=branches.pick_alternative)
        if token.rest_prob is not None and token.entropy_nats is not None:
            shown = sum(exp(entry.log_prob) for entry in token.top[:ALTERNATIVES_SHOWN])
            st.caption(
                _("All others together {rest}. Entropy {entropy} nats.").format(
                    rest=percent(max(0.0, 1 - shown)), entropy=f"{token.entropy_nats:.2f}"
                )
            )


def alternative_pieces(
    token: TokenRecord, words: Mapping[str, str]
) -> tuple[tuple[StripPiece, ...], tuple[int, ...]]:
    """(the chips, best first and the token itself last where it is not among them, their ids)."""
    entries = [
        (entry.token_id, entry.token, entry.text, entry.log_prob, entry.rank)
        for entry in token.top[:ALTERNATIVES_SHOWN]
    ]
    if token.token_id not in {token_id for token_id, *_rest in entries}:
        assert token.log_prob is not None
        assert token.rank is not None
        entries.append((token.token_id, token.token, token.text, token.log_prob, token.rank))
    pieces = tuple(
        StripPiece(
            text=text or written,
            tokens=(written,),
            colour_value=min(exp(log_prob), 1.0),
            caption=percent(exp(log_prob), words),
            rows=(
                (words["rank"], f"{rank:,}"),
                (words["surprisal"], words["nats"].format(value=f"{max(-log_prob, 0.0):.2f}")),
                (words["token_id"], str(token_id)),
            ),
            selected=token_id == token.token_id,
            clickable=token_id != token.token_id,
            written=token_id == token.token_id and token.kind is not TokenKind.SPECIAL,
            starts_word=True,
        )
        for token_id, written, text, log_prob, rank in entries
    )
    return pieces, tuple(token_id for token_id, *_rest in entries)


def _draw_way_back(result: Result, first: Result) -> None:
    with st.container(border=True):
        st.text(
            _("You chose the beginning ({count} tokens). The first answer was:").format(
                count=len(result.query.prefix)
            )
        )
        st.text(first.text)
        st.text(
            _("ln p {first} in all, this one {value}").format(
                first=signed(first.log_prob), value=signed(result.log_prob)
            )
        )
        _draw_back_button()


def draw_way_back(key: ModelKey) -> None:
    """Where there is no answer: a beginning that cannot be continued would stay for good."""
    if branches.is_chosen(key):
        _draw_back_button()


def _draw_back_button() -> None:
    st.button(
        _("Back to the first answer"),
        key=keys.BACK,
        icon=":material/undo:",
        on_click=branches.go_back,
    )
