"""What translation and summarisation share of their sides of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from datasets import Dataset

from loupe.data.outcomes import TextRow, Texts
from loupe.data.seq2seq import (
    decode,
    encode_pairs,
    generate_texts,
    is_pair,
    pair_collator,
    read_references,
)
from loupe.data.spec import Role
from loupe.data.trainable import Evaluation, PrepareSettings


class PairTraining:
    """A text to another text; learns the first target of each row. See `Trainable`.

    output: what a sample calls the text that the model wrote.
    """

    auto_class = "AutoModelForSeq2SeqLM"
    generates = True
    output: str

    def find_labels(
        self, train: Dataset, validation: Dataset | None, settings: PrepareSettings
    ) -> tuple[str, ...] | None:
        return None

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

    def outcome(
        self,
        evaluation: Evaluation,
        rows: Dataset,
        tokenizer: Any,
        settings: PrepareSettings,
        labels: tuple[str, ...] | None,
    ) -> Texts:
        """What was written for each source, beside its targets."""
        pairs = zip(rows[Role.SOURCE.value], rows[Role.TARGET.value], strict=True)
        sources = [source for source, target in pairs if is_pair(source, target)]
        found = zip(sources, *texts_of(evaluation, tokenizer), strict=True)
        return Texts(tuple(TextRow(s, tuple(targets), text) for s, text, targets in found))

    def predict_samples(
        self, model: Any, tokenizer: Any, inputs: Sequence[str], settings: PrepareSettings
    ) -> list[dict[str, Any]]:
        """What is written for each input, greedily: {"input", `output`}."""
        texts = generate_texts(model, tokenizer, inputs, settings)
        return [
            {"input": text, self.output: written}
            for text, written in zip(inputs, texts, strict=True)
        ]


def texts_of(evaluation: Evaluation, tokenizer: Any) -> tuple[list[str], list[list[str]]]:
    """What was written, and each row's references: from texts or from ids, see REFERENCES."""
    assert evaluation.predictions is not None
    written = [decode(tokenizer, ids) for ids in evaluation.predictions]
    return written, read_references(evaluation.labels, tokenizer)
