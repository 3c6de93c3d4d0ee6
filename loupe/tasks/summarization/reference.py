"""How near a summary is to a reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

from loupe.data.text_metrics import rouge_can_read
from loupe.engine.seq2seq.words import word_texts
from loupe.errors import EmptyText

_KINDS = ("rouge1", "rouge2", "rougeL")


@dataclass(frozen=True, slots=True)
class Rouge:
    """One of ROUGE's three numbers, each 0 to 1."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class RougeScores:
    """ROUGE-1, ROUGE-2 and ROUGE-L, and how they were counted, for comparison with others'."""

    rouge1: Rouge
    rouge2: Rouge
    rouge_l: Rouge
    signature: str


def score_reference(summary: str, reference: str) -> RougeScores:
    """ROUGE (Lin 2004) by rouge-score, without stemming.

    Its own words are Latin letters and digits; where the reference has none, words are those of
    Loupe in any script, and the signature says so. Raises EmptyText without a reference.
    """
    if not reference.strip():
        raise EmptyText("There is no reference to compare with.", "Type or paste one.")
    from rouge_score.rouge_scorer import RougeScorer  # type: ignore[import-untyped]

    own_words = not rouge_can_read(reference)
    scorer = RougeScorer(list(_KINDS), tokenizer=_AnyScript() if own_words else None)
    found = scorer.score(reference, summary)
    one, two, longest = (
        Rouge(float(s.precision), float(s.recall), float(s.fmeasure))
        for s in (found[kind] for kind in _KINDS)
    )
    words = "any-script" if own_words else "latin"
    signature = f"rouge-score:{version('rouge-score')}|stemmer:no|words:{words}"
    return RougeScores(one, two, longest, signature)


def score_references(
    summaries: Sequence[str], references: Sequence[str]
) -> tuple[RougeScores, tuple[RougeScores, ...]]:
    """(the mean over all pairs, the scores of each). At least one pair.

    Where some references have Latin letters and others none, the signature names both ways to tell
    words apart. Raises EmptyText where a reference is empty.
    """
    each = tuple(score_reference(*pair) for pair in zip(summaries, references, strict=True))
    signatures = sorted({one.signature for one in each})
    first, *others = signatures
    mean = RougeScores(
        _mean([one.rouge1 for one in each]),
        _mean([one.rouge2 for one in each]),
        _mean([one.rouge_l for one in each]),
        "+".join([first, *(other.rpartition(":")[2] for other in others)]),
    )
    return mean, each


def _mean(scores: Sequence[Rouge]) -> Rouge:
    count = len(scores)
    return Rouge(
        sum(one.precision for one in scores) / count,
        sum(one.recall for one in scores) / count,
        sum(one.f1 for one in scores) / count,
    )


class _AnyScript:
    """rouge-score's interface of a tokenizer."""

    def tokenize(self, text: str) -> list[str]:
        return word_texts(text)
