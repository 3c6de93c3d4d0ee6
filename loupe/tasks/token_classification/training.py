"""Token classification's side of a run: entities in BIO tags, one tag a word."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from datasets import Dataset, Value

from loupe.data.examples import (
    FLAGS,
    IDS,
    IGNORED,
    LABEL_IDS,
    Columns,
    make_examples,
    mean_loss_nats,
    only,
)
from loupe.data.outcomes import Entities, TaggedRow
from loupe.data.spec import Role
from loupe.data.tags import BEGINS, OUTSIDE, check_sentence, find_tags
from loupe.data.trainable import BestMetric, Evaluation, PrepareSettings, Trainable
from loupe.data.truncation import TRUNCATED
from loupe.data.words import split_words
from loupe.errors import InvalidInput
from loupe.tasks.token_classification.entity_scores import type_scores

# Words and signs of a sample's text, as tagged corpora part them.
_WORD = re.compile(r"\w+|[^\w\s]")

_FEATURES = {
    "input_ids": IDS,
    "attention_mask": FLAGS,
    "labels": LABEL_IDS,
    "length": Value("int32"),
    TRUNCATED: Value("bool"),
}


class TokenClassificationTraining:
    """The first piece of each word carries its tag; judged by whole entities."""

    task = "token-classification"
    auto_class = "AutoModelForTokenClassification"
    generates = False

    def find_labels(
        self, train: Dataset, validation: Dataset | None, settings: PrepareSettings
    ) -> tuple[str, ...] | None:
        """See loupe.data.tags.find_tags."""
        return find_tags(train, validation)

    def best_metric(self, train: Dataset, labels: tuple[str, ...] | None) -> BestMetric:
        # Not accuracy: most words are outside of any entity.
        return BestMetric("f1", greater_is_better=True)

    def encode(
        self,
        rows: Dataset,
        tokenizer: Any,
        settings: PrepareSettings,
        labels: tuple[str, ...] | None,
    ) -> Dataset:
        """One example a sentence, cut to max_length; the column `truncated` says where.

        labels: the tag's id at the first piece of each word, -100 elsewhere.
        Raises InvalidInput for a sentence whose tags are wrong or unknown.
        """
        assert labels is not None
        position = {tag: i for i, tag in enumerate(labels)}

        def encode(columns: Columns, numbers: list[int]) -> Columns:
            kept = []
            columns_of_words = zip(
                columns[Role.TOKENS.value], columns[Role.TAGS.value], numbers, strict=True
            )
            for words, tags, number in columns_of_words:
                check_sentence(number + 1, words, tags)
                _refuse_unknown(number + 1, tags, position)
                if words:
                    kept.append((words, tags))
            if not kept:
                return {name: [] for name in _FEATURES}
            pieces = split_words(tokenizer, [words for words, _ in kept], settings.max_length)
            return {
                "input_ids": [list(sentence.input_ids) for sentence in pieces],
                "attention_mask": [[1] * len(sentence.input_ids) for sentence in pieces],
                "labels": [
                    [IGNORED if word is None else position[tags[word]] for word in p.first_of]
                    for p, (_, tags) in zip(pieces, kept, strict=True)
                ],
                "length": [len(sentence.input_ids) for sentence in pieces],
                TRUNCATED: [sentence.truncated for sentence in pieces],
            }

        return make_examples(rows, encode, _FEATURES, numbered=True)

    def collator(
        self, tokenizer: Any, settings: PrepareSettings, model: Any
    ) -> Callable[[list[dict[str, Any]]], dict[str, Any]]:
        from transformers import DataCollatorForTokenClassification

        collate = DataCollatorForTokenClassification(tokenizer, label_pad_token_id=IGNORED)
        return lambda examples: dict(
            collate(only(examples, "input_ids", "attention_mask", "labels"))
        )

    def metrics(
        self, evaluation: Evaluation, tokenizer: Any, labels: tuple[str, ...] | None
    ) -> Mapping[str, float]:
        """loss_nats; precision, recall and f1 of whole entities (strict, IOB2); accuracy of words.

        Over the words that were not cut off. Source: seqeval, Nakayama 2018.
        """
        from seqeval.metrics import (  # type: ignore[import-untyped]
            accuracy_score,
            f1_score,
            precision_score,
            recall_score,
        )
        from seqeval.scheme import IOB2  # type: ignore[import-untyped]

        assert labels is not None
        assert evaluation.predictions is not None
        truth, predicted = _tags_by_word(evaluation, labels)
        # zero_division: a model that finds nothing yet is no reason for a warning.
        how = {"mode": "strict", "scheme": IOB2, "zero_division": 0}
        return {
            "loss_nats": mean_loss_nats(evaluation),
            "precision": float(precision_score(truth, predicted, **how)),
            "recall": float(recall_score(truth, predicted, **how)),
            "f1": float(f1_score(truth, predicted, **how)),
            "accuracy": float(accuracy_score(truth, predicted)),
        }

    def outcome(
        self,
        evaluation: Evaluation,
        rows: Dataset,
        tokenizer: Any,
        settings: PrepareSettings,
        labels: tuple[str, ...] | None,
    ) -> Entities:
        """The words that the model read, their tags and its own; and each type's scores (strict,
        IOB2)."""
        assert labels is not None
        sentences = [words for words in rows[Role.TOKENS.value][:] if words]
        pieces = split_words(tokenizer, sentences, settings.max_length)
        read = [
            tuple(words[word] for word in sentence.first_of if word is not None)
            for words, sentence in zip(sentences, pieces, strict=True)
        ]
        truth, predicted = _tags_by_word(evaluation, labels)
        tagged = zip(read, map(tuple, truth), map(tuple, predicted), strict=True)
        return Entities(type_scores(truth, predicted), tuple(TaggedRow(*row) for row in tagged))

    def predict_samples(
        self, model: Any, tokenizer: Any, inputs: Sequence[str], settings: PrepareSettings
    ) -> list[dict[str, Any]]:
        """The entities found in each input, with code-point spans of it.

        {"input", "entities": [{"text", "type", "start", "end"}]}
        """
        was_training = model.training
        model.eval()
        try:
            return [_find_entities(model, tokenizer, text, settings) for text in inputs]
        finally:
            model.train(was_training)


def _refuse_unknown(number: int, tags: Sequence[str], position: Mapping[str, int]) -> None:
    unknown = next((tag for tag in tags if tag not in position), None)
    if unknown is not None:
        raise InvalidInput(
            "Sentence {number} has the tag “{tag}”, which the model does not know.",
            "The tags are: {tags}.",
            number=number,
            tag=unknown,
            tags=", ".join(position),
        )


def _tags_by_word(
    evaluation: Evaluation, labels: Sequence[str]
) -> tuple[list[list[str]], list[list[str]]]:
    truth, predicted = [], []
    assert evaluation.predictions is not None
    for logits, ids in zip(evaluation.predictions, evaluation.labels, strict=True):
        wanted = np.asarray(ids)  # (T,)
        places = np.flatnonzero(wanted != IGNORED)
        best = np.asarray(logits)[places].argmax(axis=-1) if len(places) else []
        truth.append([labels[i] for i in wanted[places]])
        predicted.append([labels[i] for i in best])
    return truth, predicted


def _find_entities(
    model: Any, tokenizer: Any, text: str, settings: PrepareSettings
) -> dict[str, Any]:
    words = list(_WORD.finditer(text))
    if not words:
        return {"input": text, "entities": []}
    (pieces,) = split_words(tokenizer, [[word.group() for word in words]], settings.max_length)
    with torch.inference_mode():
        batch = torch.tensor([pieces.input_ids], device=model.device)
        best = model(input_ids=batch).logits[0].argmax(-1).tolist()  # (T,)
    entities: list[dict[str, Any]] = []
    open_type: str | None = None
    for i, word in zip(best, pieces.first_of, strict=True):
        if word is None:
            continue
        tag = model.config.id2label[i]
        start, end = words[word].span()
        kind = None if tag == OUTSIDE else tag[len(BEGINS) :]
        if kind is not None and kind == open_type and not tag.startswith(BEGINS):
            entities[-1].update(end=end, text=text[entities[-1]["start"] : end])
        elif kind is not None:
            # An I- without its B- begins an entity all the same: a reader wants to see it.
            entities.append({"text": text[start:end], "type": kind, "start": start, "end": end})
        open_type = kind
    return {"input": text, "entities": entities}


TRAINABLE: Trainable = TokenClassificationTraining()
