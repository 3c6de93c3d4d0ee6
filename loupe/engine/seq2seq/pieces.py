"""A document in pieces of which the model reads each at once, and how they are put together."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from loupe.engine.fitting import count_tokens
from loupe.engine.loaded import LoadedModel
from loupe.engine.parts import Watch
from loupe.engine.seq2seq.sentences import Segment, Span, fit
from loupe.engine.seq2seq.texts import source_ids

# Where a packed piece is longer than its sentences said, the next attempt fills so much.
_LESS = 0.9


@dataclass(frozen=True, slots=True)
class Pack:
    """Sentences that follow each other, read as one. segments: at least one. text: of them all."""

    segments: tuple[Segment, ...]
    text: str

    @property
    def span(self) -> Span:
        """In the document, code points."""
        return self.segments[0].span[0], self.segments[-1].span[1]

    @property
    def cuts_sentence(self) -> bool:
        """Whether it begins or ends within a sentence that is too long to be read at once."""
        first, last = self.segments[0].part, self.segments[-1].part
        return first[0] > 1 or last[0] < last[1]


def tokens_around(loaded: LoadedModel, prefix: str, language: str | None = None) -> int:
    """Tokens of a source that are not its text: the prefix, and what the tokenizer adds."""
    return len(source_ids(loaded, [prefix + "a"], language)[0]) - 1


def fit_all(
    loaded: LoadedModel, segments: Sequence[Segment], limit: int, watch: Watch | None = None
) -> list[Segment]:
    """The segments, those of more than `limit` tokens in parts. Raises Cancelled."""
    found: list[Segment] = []
    for segment in segments:
        if watch is not None:
            # Counting the tokens of a book takes seconds.
            watch.raise_if_cancelled()
        found.extend(fit(segment, lambda piece: count_tokens(loaded, piece), limit))
    return found


def pack(
    loaded: LoadedModel,
    text: str,
    segments: Sequence[Segment],
    limit: int,
    watch: Watch | None = None,
) -> list[Pack]:
    """Segments that follow each other in packs of at most `limit` tokens, as few as can be.

    They are filled alike, so that the last is not a leftover of one sentence. segments: of `text`,
    each of at most `limit` tokens by itself. Raises Cancelled.
    """
    if not segments:
        return []
    costs = []
    for segment in segments:
        if watch is not None:
            watch.raise_if_cancelled()
        # A word has other tokens behind a space than at the beginning, where tokens hold spaces.
        costs.append(
            max(count_tokens(loaded, piece) for piece in (segment.text, f" {segment.text}"))
        )
    room = limit
    while True:
        packs = [_pack_of(text, segments[a:b]) for a, b in _alike(costs, room)]
        too_long = any(
            len(one.segments) > 1 and count_tokens(loaded, one.text) > limit for one in packs
        )
        if not too_long or room <= 1:
            return packs
        room = int(room * _LESS)


def _pack_of(text: str, segments: Sequence[Segment]) -> Pack:
    parts = [segments[0].text]
    for before, after in itertools.pairwise(segments):
        # Nothing stands between sentences of scripts without spaces.
        parts.append(" " if text[before.span[1] : after.span[0]] else "")
        parts.append(after.text)
    return Pack(tuple(segments), "".join(parts))


def _alike(costs: Sequence[int], room: int) -> list[Span]:
    """The fewest runs of at most `room` each, with the largest of them as small as it can be."""
    filled = _runs(costs, room)
    low, high = max(costs), room
    if low > high:
        return filled
    fewest = len(filled)
    while low < high:
        middle = (low + high) // 2
        if len(_runs(costs, middle)) <= fewest:
            high = middle
        else:
            low = middle + 1
    return _runs(costs, low)


def _runs(costs: Sequence[int], room: int) -> list[Span]:
    """Runs [start, end) filled one after the other; one that is too large by itself is alone."""
    runs: list[Span] = []
    start = total = 0
    for i, cost in enumerate(costs):
        if i > start and total + cost > room:
            runs.append((start, i))
            start, total = i, 0
        total += cost
    runs.append((start, len(costs)))
    return runs
