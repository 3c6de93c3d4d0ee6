"""The same numbers by another way, to be compared with what is shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from loupe.engine.inputs import arguments_of
from loupe.engine.loaded import LoadedModel
from loupe.engine.recompute import tolerance_of
from loupe.errors import Phrase
from loupe.tasks.token_classification.query import TokenClassificationResult
from loupe.tasks.token_classification.schemes import OUTSIDE, Scheme

Numbers = np.ndarray[tuple[int, int], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """How far the independent computation is from what is shown.

    largest_difference: over `compared` numbers, log-probabilities in nats. where: the number that
    differs most. tags_agree: every word has a tag, under its own name, that nothing beats by more
    than the tolerance.
    entities_agree: seqeval reads the same entities from the tags; None where it does not apply.
    """

    compared: int
    largest_difference: float
    where: Phrase
    tags_agree: bool
    entities_agree: bool | None
    tolerance: float

    @property
    def agrees(self) -> bool:
        return (
            self.tags_agree
            and self.entities_agree is not False
            and self.largest_difference <= self.tolerance
        )


def check(loaded: LoadedModel, result: TokenClassificationResult) -> CheckReport:
    """Recompute a result: the tokenizer's and the model's own call, numpy, and seqeval.

    Softmax and sums are numpy's, in float64; the entities are seqeval's default reading of the
    words' tags. It shares with `predict` the model, the tokenizer, and where the words stand.
    """
    expected = _log_probs(loaded, result.query.text)
    tolerance = tolerance_of(loaded.dtype)
    differences = list(_differences(result, expected))
    largest, where = max(differences, key=lambda difference: difference[0])
    # By id: a checkpoint may give two of its labels one name.
    tags_agree = all(
        word.tag == result.labels[word.tag_id]
        and expected[word.position, word.tag_id] >= expected[word.position].max() - tolerance
        for word in result.words
    )
    return CheckReport(
        len(differences), largest, where, tags_agree, _entities_agree(result), tolerance
    )


def _log_probs(loaded: LoadedModel, text: str) -> Numbers:
    """Nats, (T, L), float64."""
    known = arguments_of(loaded.model)
    batch = loaded.tokenizer([text], return_tensors="pt")
    given = {name: values.to(loaded.device) for name, values in batch.items() if name in known}
    logits = loaded.model(**given).logits[0].float().cpu().numpy().astype(np.float64)
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_probs: Numbers = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return log_probs


def _differences(
    result: TokenClassificationResult, expected: Numbers
) -> Iterator[tuple[float, Phrase]]:
    rows = zip(result.trace.tokens, result.log_probs, expected, strict=True)
    for number, (token, shown, right) in enumerate(rows, start=1):
        for label, nats, true_nats in zip(result.labels, shown, right, strict=True):
            place = {"number": number, "token": token.token, "label": label}
            yield abs(nats - float(true_nats)), Phrase("token {number} ({token}): {label}", place)
    for entity in result.entities:
        words = result.words[slice(*entity.words)]
        total = sum(expected[word.position, word.tag_id] for word in words)
        yield abs(entity.log_prob - float(total)), Phrase("{entity}", {"entity": entity.text})


def _entities_agree(result: TokenClassificationResult) -> bool | None:
    # seqeval takes the first letter of every tag for its prefix, so it cannot read bare types.
    bare = any(label != OUTSIDE and label[1:2] != "-" for label in result.labels)
    if bare or result.scheme is Scheme.TAGS:
        return None
    from seqeval.metrics.sequence_labeling import (  # type: ignore[import-untyped]
        get_entities,
    )

    letters = str.maketrans({"L": "E", "U": "S"})
    tags = [word.tag[:1].translate(letters) + word.tag[1:] for word in result.words]
    read = [(label, first, last + 1) for label, first, last in get_entities(tags)]
    return read == [(entity.label, *entity.words) for entity in result.entities]
