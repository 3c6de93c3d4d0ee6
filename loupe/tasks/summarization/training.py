"""Summarisation's side of a run."""

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
    references_of,
)
from loupe.data.spec import Role
from loupe.data.text_metrics import chrf_and_bleu, rouge, rouge_can_read
from loupe.data.trainable import BestMetric, Evaluation, PrepareSettings, Trainable

# ROUGE ranks checkpoints where at least this share of the first summaries has Latin letters.
_LEAST_READABLE = 0.5
_LOOKED_AT = 200


class SummarizationTraining:
    """Learns the first target of each row; judged by ROUGE-L against all of them."""

    task = "summarization"
    auto_class = "AutoModelForSeq2SeqLM"
    generates = True

    def find_labels(
        self, train: Dataset, validation: Dataset | None, settings: PrepareSettings
    ) -> tuple[str, ...] | None:
        return None

    def best_metric(self, train: Dataset, labels: tuple[str, ...] | None) -> BestMetric:
        """ROUGE-L; chrF for languages that rouge-score does not read."""
        targets = train[Role.TARGET.value][:_LOOKED_AT]
        readable = sum(rouge_can_read(" ".join(references_of(target))) for target in targets)
        name = "rougeL" if readable >= _LEAST_READABLE * len(targets) else "chrf"
        return BestMetric(name, greater_is_better=True)

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
        """loss_nats, rouge1, rouge2, rougeL (0 to 1), chrf and bleu (0 to 100).

        evaluation.labels: texts or ids, see loupe.data.seq2seq.REFERENCES.
        """
        assert evaluation.predictions is not None
        hypotheses = [decode(tokenizer, ids) for ids in evaluation.predictions]
        references = read_references(evaluation.labels, tokenizer)
        return {
            "loss_nats": mean_loss_nats(evaluation),
            **rouge(hypotheses, references),
            **chrf_and_bleu(hypotheses, references),
        }

    def predict_samples(
        self, model: Any, tokenizer: Any, inputs: Sequence[str], settings: PrepareSettings
    ) -> list[dict[str, Any]]:
        """The summary of each input, greedily: {"input", "summary"}."""
        texts = generate_texts(model, tokenizer, inputs, settings)
        return [
            {"input": text, "summary": summary} for text, summary in zip(inputs, texts, strict=True)
        ]


TRAINABLE: Trainable = SummarizationTraining()
