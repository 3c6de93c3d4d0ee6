"""The tokens in the text, and what they come to in numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import streamlit as st

from components.i18n import _
from components.numbers import percent
from components.token_strip import LABELS, StripPiece, clicked_index, pieces_from_trace, token_strip
from components.tokenizer import keys
from components.tokenizer.defaults import STRIP_TOKENS, TABS
from components.tokenizer.stages import shortened, shown_bytes
from loupe.tokenization import CutText, Role, Token
from loupe.tokenization.costs import Costs, costs_of
from loupe.traces import TokenKind, TokenRecord, TokenTrace


def draw_strip(cut_text: CutText) -> None:
    """The first tokens, each with its id; a click on one opens the tab about its word."""
    shown = cut_text.tokens[:STRIP_TOKENS]
    pieces = strip_pieces(cut_text, shown)

    def open_word() -> None:
        positions = pieces[clicked_index(keys.STRIP)].positions
        word = next((cut_text.tokens[at].word for at in positions), None)
        if word is not None:
            st.session_state[keys.WORD] = word
            st.session_state[keys.TABS] = _(TABS["word"])

    token_strip(
        pieces,
        key=keys.STRIP,
        labels={name: _(words) for name, words in LABELS.items()},
        on_click=open_word,
    )
    if len(shown) < len(cut_text.tokens):
        st.caption(
            _("The first {shown} of {count} tokens are drawn; the downloads hold all.").format(
                shown=f"{len(shown):,}", count=f"{len(cut_text.tokens):,}"
            )
        )


def strip_pieces(cut_text: CutText, shown: tuple[Token, ...]) -> tuple[StripPiece, ...]:
    """The tokens as pieces of the text; what share a character are one."""
    end = max((token.span[1] for token in shown if token.span is not None), default=0)
    whole = len(shown) == len(cut_text.tokens)
    trace = TokenTrace(
        text=cut_text.text if whole else cut_text.text[:end],
        tokens=tuple(map(_record, shown)),
        vocab_size=cut_text.vocabulary_size,
        checkpoint=cut_text.name,
        revision=None,
        dtype="",
        device="",
    )
    words = {token.word for token in shown if token.word is not None}
    return tuple(
        replace(
            piece,
            text=shortened(piece.text),
            tokens=tuple(map(shortened, piece.tokens)),
            caption=_ids(shown[at] for at in piece.positions),
            clickable=bool(words & {shown[at].word for at in piece.positions}),
            rows=_rows([shown[at] for at in piece.positions]),
        )
        if piece.positions
        else replace(piece, text=shortened(piece.text))
        for piece in pieces_from_trace(
            trace, labels={name: _(words) for name, words in LABELS.items()}
        )
    )


def _ids(tokens: Iterable[Token]) -> str:
    first, *others = [str(token.token_id) for token in tokens]
    return f"{first} …" if len(others) > 1 else " ".join([first, *others])


def _rows(tokens: list[Token]) -> tuple[tuple[str, str], ...]:
    """What the tooltip lists."""
    rows = [(_("token id"), ", ".join(str(token.token_id) for token in tokens))]
    data = b"".join(token.data for token in tokens)
    if data:
        rows.append((_("bytes"), shown_bytes(data)))
    spans = [token.span for token in tokens if token.span is not None]
    if spans:
        start, end = min(a for a, _ in spans), max(b for _, b in spans)
        rows.append((_("characters"), f"{start + 1}–{end}" if end > start + 1 else f"{end}"))
    return tuple(rows)


def _record(token: Token) -> TokenRecord:
    kind = TokenKind.TEXT
    if token.is_unknown:
        kind = TokenKind.UNKNOWN
    elif token.role is not Role.TEXT:
        kind = TokenKind.SPECIAL
    return TokenRecord(token.token_id, token.piece, token.shown, kind, token.group, token.span)


def draw_counts(cut_text: CutText) -> None:
    """The numbers, and whether the stages and the way back hold."""
    costs = costs_of(cut_text)
    with st.container(horizontal=True, key=f"{keys.PAGE}_counts", gap="medium"):
        for label, value, means in _tiles(costs):
            st.metric(label, value, help=means, width="content")
    if costs.context_used is not None:
        st.caption(
            _(
                "With what is put around it {framed} of the {limit} tokens that this checkpoint "
                "reads at most: {share}."
            ).format(
                framed=f"{costs.framed:,}",
                limit=f"{costs.limit:,}",
                share=percent(costs.context_used),
            )
        )
    if costs.limit is not None and costs.framed > costs.limit:
        st.warning(
            _(
                "This checkpoint reads at most {limit} tokens; a model would lose what comes after "
                "them. Nothing is cut off here."
            ).format(limit=f"{costs.limit:,}"),
            icon=":material/warning:",
        )
    _say_agreement(cut_text)


def _tiles(costs: Costs) -> list[tuple[str, str, str]]:
    framed = costs.framed - costs.tokens
    return [
        (
            _("Tokens"),
            f"{costs.tokens:,}",
            _("Of the text; {framed} more are put around it.").format(framed=framed),
        ),
        (
            _("Characters a token"),
            _number(costs.characters_per_token),
            _("{characters} characters, {bytes} bytes; {ratio} bytes a token.").format(
                characters=f"{costs.characters:,}",
                bytes=f"{costs.bytes:,}",
                ratio=_number(costs.bytes_per_token),
            ),
        ),
        (
            _("Unknown"),
            percent(costs.unknown_share),
            _("{count} tokens stand for text that the vocabulary has no piece for.").format(
                count=f"{costs.unknown:,}"
            ),
        ),
        (
            _("Vocabulary"),
            f"{costs.vocabulary_size:,}",
            _("Entries, special ones included."),
        ),
    ]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _say_agreement(cut_text: CutText) -> None:
    good, bad, open_ = (
        ":green[:material/check:]",
        ":red[:material/error:]",
        ":orange[:material/info:]",
    )
    if cut_text.agreement is None:
        said = open_ + " " + _("This tokenizer is written in Python and does not show its stages.")
    elif cut_text.agreement.holds:
        said = good + " " + _("Stage by stage gives what the library gives at once.")
    else:
        said = bad + " " + _("Stage by stage gives something else than the library at once.")
    back = (
        good + " " + _("Decoding gives the text back exactly.")
        if cut_text.comes_back
        else open_ + " " + _("Decoding gives another text.")
    )
    st.caption(f"{said}  \n{back}")
