"""How near written texts are to references, by the libraries that papers report."""

from __future__ import annotations

from collections.abc import Sequence

# rouge-score reads Latin letters and digits only; a text without any scores 0 whatever it says.
_ROUGE = ("rouge1", "rouge2", "rougeL")


def chrf_and_bleu(
    hypotheses: Sequence[str], references: Sequence[Sequence[str]]
) -> dict[str, float]:
    """chrF (Popović 2015) and BLEU (Papineni et al. 2002), 0 to 100, over the whole corpus.

    references: one or several an example. sacrebleu's defaults: chrF2 without words, BLEU by 13a.
    """
    import sacrebleu

    most = max(len(row) for row in references)
    # sacrebleu wants the first references of all, the second of all, ...; None where there is none.
    streams = [[row[i] if i < len(row) else None for row in references] for i in range(most)]
    texts = list(hypotheses)
    return {
        "chrf": float(sacrebleu.corpus_chrf(texts, streams).score),  # type: ignore[arg-type]
        "bleu": float(sacrebleu.corpus_bleu(texts, streams).score),  # type: ignore[arg-type]
    }


def rouge(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, float]:
    """ROUGE-1, ROUGE-2 and ROUGE-L (Lin 2004): mean F1 from 0 to 1, by the best reference each.

    Without stemming; only Latin letters and digits count.
    """
    from rouge_score.rouge_scorer import RougeScorer  # type: ignore[import-untyped]

    scorer = RougeScorer(list(_ROUGE))
    scores = [
        scorer.score_multi(list(row), text)
        for text, row in zip(hypotheses, references, strict=True)
    ]
    return {name: sum(s[name].fmeasure for s in scores) / len(scores) for name in _ROUGE}


def rouge_can_read(text: str) -> bool:
    """Whether rouge-score finds a word in it."""
    from rouge_score.tokenize import tokenize  # type: ignore[import-untyped]

    return bool(tokenize(text, None))


def row_chrf(hypothesis: str, references: Sequence[str]) -> float:
    """chrF of one text against its nearest reference, 0 to 100."""
    import sacrebleu

    return float(sacrebleu.sentence_chrf(hypothesis, list(references)).score)
