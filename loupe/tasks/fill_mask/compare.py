"""Two checkpoints on the same text, and where they differ."""

from __future__ import annotations

import math
from dataclasses import dataclass

from loupe.tasks.fill_mask.query import FillMaskQuery, FillMaskResult, Span, WordScore
from loupe.traces import Alternative, TokenRecord


@dataclass(frozen=True, slots=True)
class ComparedWord:
    """One word at one mask under two checkpoints.

    log_prob_a, log_prob_b: nats, the chain over its pieces there (one piece: the model's own
    probability). pieces_a, pieces_b: how many pieces each tokenizer makes of it.
    """

    word: str
    log_prob_a: float
    log_prob_b: float
    pieces_a: int
    pieces_b: int
    unknown_a: bool
    unknown_b: bool

    @property
    def difference(self) -> float:
        """Probability under b minus probability under a."""
        return math.exp(self.log_prob_b) - math.exp(self.log_prob_a)


@dataclass(frozen=True, slots=True)
class Comparison:
    """For one mask, the words that either checkpoint ranks high, by size of the difference."""

    span: Span
    entropy_a: float
    entropy_b: float
    words: tuple[ComparedWord, ...]


def shared_words(a: FillMaskResult, b: FillMaskResult, top: int) -> tuple[str, ...]:
    """The words to score under both: the `top` whole words of each at every mask."""
    words = (
        entry.text
        for result in (a, b)
        for mask in result.masks
        for entry in [e for e in mask.top if is_plain_word(e)][:top]
    )
    return tuple(dict.fromkeys(words))


def compare(a: FillMaskResult, b: FillMaskResult) -> tuple[Comparison, ...]:
    """Put two answers side by side. Both must be to one query, with words to score.

    Masks are matched by their place in the text, and words by their spelling without case where
    a tokenizer has none.
    """
    assert _question(a.query) == _question(b.query)
    scores_b = {(score.span, score.word): score for score in b.words}
    masks_a = {mask.span: mask for mask in reversed(a.masks)}
    masks_b = {mask.span: mask for mask in reversed(b.masks)}
    comparisons = []
    for span in sorted({score.span for score in a.words}):
        pairs = [
            (score, scores_b[span, score.word])
            for score in a.words
            if score.span == span and (span, score.word) in scores_b
        ]
        words = sorted((_compared(*pair) for pair in pairs), key=lambda w: -abs(w.difference))
        if span in masks_b:
            entropies = _entropy(masks_a[span]), _entropy(masks_b[span])
            comparisons.append(Comparison(span, *entropies, tuple(words)))
    return tuple(comparisons)


def _question(query: FillMaskQuery) -> tuple[str, tuple[Span, ...], tuple[str, ...]]:
    return query.text, query.hidden_spans, query.words


def _entropy(mask: TokenRecord) -> float:
    assert mask.entropy_nats is not None
    return mask.entropy_nats


def _compared(a: WordScore, b: WordScore) -> ComparedWord:
    return ComparedWord(
        word=a.word,
        log_prob_a=a.log_prob,
        log_prob_b=b.log_prob,
        pieces_a=len(a.pieces),
        pieces_b=len(b.pieces),
        unknown_a=a.unknown,
        unknown_b=b.unknown,
    )


def is_plain_word(entry: Alternative) -> bool:
    """Whether an entry can stand in a text as it is shown.

    Not a piece that continues another, a special token, or a sign for a space or a byte.
    """
    return entry.token[:1] not in "[<" and not entry.text.startswith(("…", "⟨", "␣", "↵", "→", "∅"))
