"""Translation's side of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datasets import Dataset

from loupe.data.examples import mean_loss_nats
from loupe.data.pair_training import PairTraining, texts_of
from loupe.data.text_metrics import chrf_and_bleu
from loupe.data.trainable import BestMetric, Evaluation, Trainable


class TranslationTraining(PairTraining):
    """Judged by chrF against all references of a row."""

    task = "translation"
    output = "translation"

    def best_metric(self, train: Dataset, labels: tuple[str, ...] | None) -> BestMetric:
        # Unlike BLEU, chrF needs no word boundaries: it is fair to Chinese and to Finnish.
        return BestMetric("chrf", greater_is_better=True)

    def metrics(
        self, evaluation: Evaluation, tokenizer: Any, labels: tuple[str, ...] | None
    ) -> Mapping[str, float]:
        """loss_nats, chrf and bleu (0 to 100)."""
        scores = chrf_and_bleu(*texts_of(evaluation, tokenizer))
        return {"loss_nats": mean_loss_nats(evaluation), **scores}


TRAINABLE: Trainable = TranslationTraining()
