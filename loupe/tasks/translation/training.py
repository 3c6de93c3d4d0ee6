"""Translation's side of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from datasets import Dataset

from loupe.data.examples import mean_loss_nats
from loupe.data.seq2seq import (
    decode,
    encode_pairs,
    generate_texts,
    pair_collator,
    read_references,
)
from loupe.data.text_metrics import chrf_and_bleu
from loupe.data.trainable import BestMetric, Evaluation, PrepareSettings, Trainable


class TranslationTraining:
    """Learns the first target of each row; judged by chrF against all of them."""

    task = "translation"
    auto_class = "AutoModelForSeq2SeqLM"
    generates = True

    def find_labels(
        self, train: Dataset, validation: Dataset | None, settings: PrepareSettings
    ) -> tuple[str, ...] | None:
        return None

    def best_metric(self, train: Dataset, labels: tuple[str, ...] | None) -> BestMetric:
        # Unlike BLEU, chrF needs no word boundaries: it is fair to Chinese and to Finnish.
        return BestMetric("chrf", greater_is_better=True)

    def encode(
        self,
        rows: Dataset,
        tokenizer: Any,
        settings: PrepareSettings,
        labels: tuple[str, ...] | None,
    ) -> Dataset:
        return encode_pairs(rows, tokenizer, settings)

    def collator(
        self, tokenizer: Any, settings: PrepareSettings, model: Any
    ) -> Callable[[list[dict[str, Any]]], dict[str, Any]]:
        return pair_collator(tokenizer, model)

    def metrics(
        self, evaluation: Evaluation, tokenizer: Any, labels: tuple[str, ...] | None
    ) -> Mapping[str, float]:
        """loss_nats, chrf and bleu (0 to 100); evaluation.labels: texts or ids, see REFERENCES."""
        assert evaluation.predictions is not None
        hypotheses = [decode(tokenizer, ids) for ids in evaluation.predictions]
        references = read_references(evaluation.labels, tokenizer)
        return {"loss_nats": mean_loss_nats(evaluation), **chrf_and_bleu(hypotheses, references)}

    def predict_samples(
        self, model: Any, tokenizer: Any, inputs: Sequence[str], settings: PrepareSettings
    ) -> list[dict[str, Any]]:
        """The translation of each input, greedily: {"input", "translation"}."""
        texts = generate_texts(model, tokenizer, inputs, settings)
        return [
            {"input": text, "translation": translation}
            for text, translation in zip(inputs, texts, strict=True)
        ]


TRAINABLE: Trainable = TranslationTraining()
