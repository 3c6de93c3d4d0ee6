"""What a chip's colour may say about the tokens that stand there."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from math import exp, log

from components.colours import Scale, surprisal_fraction
from loupe.traces import TokenRecord

# A rank gets the scale's colours in steps of ten, as Gehrmann et al. 2019 (GLTR) draw it.
RANK_STEPS = (10, 100, 1000)


class Measure(StrEnum):
    """Named as in the records; each is drawn on one of the two scales."""

    PROBABILITY = "probability"
    SURPRISAL = "surprisal"
    RANK = "rank"
    ENTROPY = "entropy"


def scale_of(measure: Measure) -> Scale:
    """More colour is more probable, or more of what makes a token hard to foretell."""
    return Scale.PROBABILITY if measure is Measure.PROBABILITY else Scale.SURPRISAL


def fraction(records: Sequence[TokenRecord], measure: Measure, vocab_size: int) -> float | None:
    """Where the tokens of one piece stand on the scale, 0 to 1; None where one was not scored.

    Of several, probability and surprisal are those of all together, rank is the worst, and entropy
    that of the first. Entropy is full where every entry of the vocabulary is as probable.
    """
    log_probs = [record.log_prob for record in records if record.log_prob is not None]
    if len(log_probs) < len(records):
        return None
    log_prob = min(sum(log_probs), 0.0)  # rounding may leave 1e-9 above
    if measure is Measure.PROBABILITY:
        return exp(log_prob)
    if measure is Measure.SURPRISAL:
        return surprisal_fraction(-log_prob)
    if measure is Measure.RANK:
        worst = max(record.rank or 1 for record in records)
        return sum(worst > step for step in RANK_STEPS) / len(RANK_STEPS)
    entropy = records[0].entropy_nats
    return None if entropy is None else min(max(entropy / log(max(vocab_size, 2)), 0.0), 1.0)
