"""What the strip draws: plain pieces, and how the record of a model's reading becomes them."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from math import exp
from typing import Literal

from components.numbers import LABELS as NUMBER_LABELS
from components.numbers import percent
from components.token_strip.measures import Measure, fraction
from loupe.traces import TokenKind, TokenRecord, TokenTrace

Kind = Literal["text", "special", "mask", "unknown", "unread"]

TOOLTIP_ALTERNATIVES = 5
"""How many of a position's most probable entries the tooltip draws."""

LABELS: Mapping[str, str] = {
    "strip": "Tokens of the text",
    "empty": "No text yet",
    "special": "special token",
    "mask": "mask",
    "unknown": "unknown to the vocabulary",
    "unread": "not read by the model",
    "whitespace": "whitespace",
    "hidden": "hidden word",
    "guess": "best guess",
    "shared": "{count} tokens share this",
    "token_id": "token id",
    "probability": "probability (model)",
    "sampled": "probability (after sampling)",
    "surprisal": "surprisal",
    "rank": "rank",
    "entropy": "entropy",
    "rest": "all others",
    **NUMBER_LABELS,
    "nats": "{value} nats",
}
"""Every word that the strip says itself, in English; a page hands in translations by these keys."""


@dataclass(frozen=True, slots=True)
class StripPiece:
    """One chip of the strip: what cannot be shown in smaller parts.

    text: what a person reads; whitespace in it is drawn as faint marks. It is never markup.
    tokens: as the vocabulary writes them, for the tooltip; several where they share a character.
    kind: "unread" is text that no token covers, so that the model never saw it.
    positions: where these tokens stand in the model's input.
    colour_value: 0 to 1 on the strip's scale; None leaves the chip without a colour. Of a chip with
        a caption it colours the caption.
    caption: a small line below the chip, such as what a mask is filled with.
    hidden: the text stands in the sentence but the model did not see it; it is struck through.
    rows: what the tooltip lists, (label, value). alternatives: (text, probability), drawn as bars.
    written: by the model, beside text that it was given.
    starts_word: a space stands before it. space_before: any other whitespace before it, drawn as
        faint marks. newline_after: how many line breaks follow it.
    """

    text: str
    tokens: tuple[str, ...] = ()
    kind: Kind = "text"
    positions: tuple[int, ...] = ()
    colour_value: float | None = None
    caption: str | None = None
    hidden: bool = False
    rows: tuple[tuple[str, str], ...] = ()
    alternatives: tuple[tuple[str, float], ...] = ()
    selected: bool = False
    clickable: bool = False
    written: bool = False
    starts_word: bool = False
    space_before: str = ""
    newline_after: int = 0


def pieces_from_trace(
    trace: TokenTrace,
    *,
    measure: Measure = Measure.PROBABILITY,
    clickable: bool = True,
    written_from: int | None = None,
    selected: Collection[int] = (),
    labels: Mapping[str, str] | None = None,
) -> tuple[StripPiece, ...]:
    """The pieces of a trace in reading order, every character of its text in exactly one place.

    Positions of one group become one piece, coloured by `measure`. A mask is coloured by, and
    captioned with, its most probable entry. Text that no token covers (cut off,
    or dropped by the tokenizer) becomes "unread" pieces. Special tokens are never clickable;
    `selected` are positions. written_from: the position from which on the model wrote the text;
    what stands before it is then not clickable.
    """
    words = {**LABELS, **(labels or {})}
    groups = _groups(trace)
    last_in_text = max((n for n, group in enumerate(groups) if group.span is not None), default=-1)
    writer = _Writer(trace.text)
    for number, group in enumerate(groups):
        if group.span is not None:
            shown = writer.take(*group.span)
        else:
            if number > last_in_text:
                writer.finish()
            shown = ""
        piece = _piece(group, shown, measure, trace.vocab_size, words)
        written = written_from is not None and group.positions[0] >= written_from
        writer.add(
            replace(
                piece,
                # A written end token can give way to another, as any written token.
                clickable=clickable
                and (written if written_from is not None else piece.kind != "special"),
                written=written,
                selected=any(position in selected for position in group.positions),
            )
        )
    writer.finish()
    return tuple(writer.pieces)


@dataclass(frozen=True, slots=True)
class _Group:
    positions: tuple[int, ...]
    records: tuple[TokenRecord, ...]
    span: tuple[int, int] | None


def _groups(trace: TokenTrace) -> list[_Group]:
    groups = []
    for _, members in groupby(enumerate(trace.tokens), key=lambda member: member[1].group):
        positions, records = zip(*members, strict=True)
        spans = [record.span for record in records if record.span is not None]
        span = (min(s for s, _ in spans), max(e for _, e in spans)) if spans else None
        groups.append(_Group(positions, records, span))
    return groups


@dataclass(slots=True)
class _Writer:
    """Walks through the text once and puts what lies between the tokens where it belongs."""

    text: str
    pieces: list[StripPiece] = field(default_factory=list)
    _at: int = 0
    _space: str = ""  # whitespace since the last piece that stands in the text

    def take(self, start: int, end: int) -> str:
        """The text of [start, end), less what was drawn already and less its leading whitespace."""
        start, end = max(start, self._at), max(end, self._at)
        self._skip_to(start)
        self._at = end
        taken = self.text[start:end]
        word = taken.lstrip()
        if word:
            self._space += taken[: len(taken) - len(word)]
            return word
        return taken  # a token of whitespace only is shown as such

    def add(self, piece: StripPiece) -> None:
        space, self._space = self._space, ""
        breaks = space.count("\n")
        if breaks and breaks == len(space) and self.pieces:
            last = self.pieces[-1]
            self.pieces[-1] = replace(last, newline_after=last.newline_after + breaks)
        elif space == " ":
            piece = replace(piece, starts_word=True)
        elif space:
            piece = replace(piece, starts_word=True, space_before=space)
        self.pieces.append(piece)

    def finish(self) -> None:
        """What follows the last token of the text."""
        self._skip_to(len(self.text))
        self._at = len(self.text)
        if breaks := self._space.count("\n") if self.pieces else 0:
            last = self.pieces[-1]
            self.pieces[-1] = replace(last, newline_after=last.newline_after + breaks)
            self._space = ""

    def _skip_to(self, start: int) -> None:
        between = self.text[self._at : start]
        unread = between.strip()
        if not unread:
            self._space += between
            return
        before, after = between.split(unread, 1)
        self._space += before
        self.add(StripPiece(text=_visible(unread), kind="unread"))
        self._space = after


def _piece(
    group: _Group, shown: str, measure: Measure, vocab_size: int, words: Mapping[str, str]
) -> StripPiece:
    first = group.records[0]
    kind: Kind = _KINDS[first.kind]
    # A position without a place in the text is shown by its own text, or as the vocabulary has it.
    text = shown or "".join(r.text for r in group.records).strip() or first.token
    guess = first.top[0] if first.kind is TokenKind.MASK and first.top else None
    return StripPiece(
        text=_visible(text),
        tokens=tuple(record.token for record in group.records),
        kind=kind,
        positions=group.positions,
        colour_value=min(exp(guess.log_prob), 1.0)
        if guess
        else fraction(group.records, measure, vocab_size),
        caption=guess.text if guess else None,
        hidden=first.hidden,
        rows=tuple(_rows(group, text, words)),
        alternatives=_alternatives(group.records),
    )


_KINDS: Mapping[TokenKind, Kind] = {
    TokenKind.TEXT: "text",
    TokenKind.SPECIAL: "special",
    TokenKind.UNKNOWN: "unknown",
    TokenKind.MASK: "mask",
}


def _log_prob(group: _Group) -> float | None:
    """Nats; of several tokens the sum, None where the model was not asked about one of them."""
    parts = [r.log_prob for r in group.records if r.log_prob is not None]
    return sum(parts) if len(parts) == len(group.records) else None


def _rows(group: _Group, text: str, words: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    first = group.records[0]
    if bars := _alternatives(group.records):
        drawn = sum(probability for _, probability in bars)
        yield words["rest"], percent(max(1.0 - drawn, 0.0), words)
    if first.hidden:
        yield words["hidden"], text
    log_prob = _log_prob(group)
    if log_prob is not None:
        yield words["probability"], percent(min(exp(log_prob), 1.0), words)
        if len(group.records) == 1 and first.stages:
            yield words["sampled"], percent(first.stages[-1][1], words)
        yield words["surprisal"], words["nats"].format(value=f"{max(-log_prob, 0.0):.2f}")
    if len(group.records) == 1:
        if first.rank is not None:
            yield words["rank"], str(first.rank)
        if first.entropy_nats is not None:
            yield words["entropy"], words["nats"].format(value=f"{first.entropy_nats:.2f}")
    yield words["token_id"], ", ".join(str(record.token_id) for record in group.records)


def _alternatives(records: Sequence[TokenRecord]) -> tuple[tuple[str, float], ...]:
    """Of one position; what several tokens of one character could have been cannot be read."""
    if len(records) > 1:
        return ()
    best = records[0].top[:TOOLTIP_ALTERNATIVES]
    return tuple((entry.text, min(exp(entry.log_prob), 1.0)) for entry in best)


def _visible(text: str) -> str:
    """The text, or the code points of a text that has no glyph (zero-width, control)."""
    invisible = all(unicodedata.category(c)[0] == "C" and not c.isspace() for c in text)
    return " ".join(f"U+{ord(c):04X}" for c in text) if invisible else text
