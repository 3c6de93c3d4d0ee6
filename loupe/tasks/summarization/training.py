"""Summarisation's side of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datasets import Dataset

from loupe.data.examples import mean_loss_nats
from loupe.data.pair_training import PairTraining, texts_of
from loupe.data.seq2seq import references_of
from loupe.data.spec import Role
from loupe.data.text_metrics import chrf_and_bleu, rouge, rouge_can_read
from loupe.data.trainable import BestMetric, Evaluation, Trainable

# ROUGE ranks checkpoints where at least this share of the first summaries has Latin letters.
_LEAST_READABLE = 0.5
_LOOKED_AT = 200


class SummarizationTraining(PairTraining):
    """Judged by ROUGE-L against all references of a row."""

    task = "summarization"
    output = "summary"

    def best_metric(self, train: Dataset, labels: tuple[str, ...] | None) -> BestMetric:
        """ROUGE-L; chrF for languages that rouge-score does not read."""
        targets = train[Role.TARGET.value][:_LOOKED_AT]
        readable = sum(rouge_can_read(" ".join(references_of(target))) for target in targets)
        name = "rougeL" if readable >= _LEAST_READABLE * len(targets) else "chrf"
        return BestMetric(name, greater_is_better=True)

    def metrics(
        self, evaluation: Evaluation, tokenizer: Any, labels: tuple[str, ...] | None
    ) -> Mapping[str, float]:
        """loss_nats, rouge1, rouge2, rougeL (0 to 1), chrf and bleu (0 to 100)."""
        texts = texts_of(evaluation, tokenizer)
        scores = {**rouge(*texts), **chrf_and_bleu(*texts)}
        return {"loss_nats": mean_loss_nats(evaluation), **scores}


TRAINABLE: Trainable = SummarizationTraining()
