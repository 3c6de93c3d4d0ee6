"""The same numbers by another way, to be compared with what is shown."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from loupe.engine.inputs import arguments_of
from loupe.engine.labels import label_name
from loupe.engine.loaded import LoadedModel
from loupe.engine.recompute import CheckReport, report, tolerance_of
from loupe.errors import Phrase
from loupe.tasks.text_classification.query import Meaning, TextClassificationResult

Numbers = np.ndarray[tuple[int], np.dtype[np.float64]]


def check(loaded: LoadedModel, result: TextClassificationResult) -> CheckReport:
    """Recompute a result from its texts: the tokenizer's and the model's own call, then numpy.

    Softmax, sigmoid and their logarithms are numpy's, in float64. It shares with `predict` the
    model, the tokenizer, and how labels are named. Compared are scores as they are,
    log-probabilities in nats, probabilities, and their sum where one label excludes the others;
    the order agrees where every label stands where its score puts it, under its own name.
    """
    batch = loaded.tokenizer(
        [result.query.text],
        None if result.query.second is None else [result.query.second],
        return_tensors="pt",
    )
    known = arguments_of(loaded.model)
    given = {name: values.to(loaded.device) for name, values in batch.items() if name in known}
    logits = loaded.model(**given).logits
    scores = logits.float().cpu().numpy().astype(np.float64)[0]  # (C,)
    tolerance = tolerance_of(loaded.dtype)
    config = loaded.model.config
    ordered = (
        sorted(entry.label_id for entry in result.labels) == list(range(len(scores)))
        and all(entry.label == label_name(config, entry.label_id) for entry in result.labels)
        and all(
            scores[above.label_id] >= scores[below.label_id] - tolerance
            for above, below in zip(result.labels, result.labels[1:], strict=False)
        )
    )
    differences = list(_differences(result, scores))
    return report(differences, ordered=ordered, tolerance=tolerance)


def _differences(
    result: TextClassificationResult, scores: Numbers
) -> Iterator[tuple[float, Phrase]]:
    log_probs = _log_probs(scores, result.meaning)
    for entry in result.labels:
        place = {"label": entry.label}
        expected = float(scores[entry.label_id])
        yield abs(entry.score - expected), Phrase("{label}: score", place)
        if log_probs is not None:
            assert entry.prob is not None
            assert entry.log_prob is not None
            nats = float(log_probs[entry.label_id])
            yield abs(entry.log_prob - nats), Phrase("{label}: log-probability", place)
            yield abs(entry.prob - float(np.exp(nats))), Phrase("{label}: probability", place)
    if result.meaning is Meaning.ONE_OF:
        total = sum(entry.prob or 0.0 for entry in result.labels)
        yield abs(total - 1.0), Phrase("the sum of all probabilities")


def _log_probs(scores: Numbers, meaning: Meaning) -> Numbers | None:
    """Nats, (C,), float64."""
    if meaning is Meaning.NUMBER:
        return None
    if meaning is Meaning.EACH:
        each: Numbers = -np.logaddexp(0.0, -scores)
        return each
    shifted = scores - scores.max()
    of_all: Numbers = shifted - np.log(np.exp(shifted).sum())
    return of_all
