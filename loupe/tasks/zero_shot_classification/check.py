"""The same numbers by another way, to be compared with what is shown."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from loupe.engine.inputs import arguments_of
from loupe.engine.loaded import LoadedModel
from loupe.engine.recompute import CheckReport, report, tolerance_of
from loupe.errors import Phrase
from loupe.tasks.zero_shot_classification.query import ZeroShotResult

Numbers = np.ndarray[Any, np.dtype[np.float64]]


def check(loaded: LoadedModel, result: ZeroShotResult) -> CheckReport:
    """Recompute a result pair by pair: the tokenizer's and the model's own call, then numpy.

    No batch and no padding; softmax is numpy's, in float64. It shares with `predict` the model, the
    tokenizer, and which labels are entailment and contradiction. Compared are log-probabilities in
    nats and probabilities.
    """
    logits = np.stack([_logits(loaded, result, c.hypothesis) for c in result.labels])  # (N, C)
    chosen = logits[:, result.entailment_id]
    if result.query.each:
        against = np.stack([logits[:, result.contradiction_id], chosen], axis=1)
        expected = chosen - np.logaddexp(against[:, 0], against[:, 1])
    else:
        shifted = chosen - chosen.max()
        expected = shifted - np.log(np.exp(shifted).sum())
    tolerance = tolerance_of(loaded.dtype)
    ordered = all(above >= below - tolerance for above, below in pairwise(expected.tolist()))
    return report(
        list(_differences(result, expected, logits)), ordered=ordered, tolerance=tolerance
    )


def _logits(loaded: LoadedModel, result: ZeroShotResult, hypothesis: str) -> Numbers:
    batch = loaded.tokenizer([result.query.text], [hypothesis], return_tensors="pt")
    known = arguments_of(loaded.model)
    given = {name: values.to(loaded.device) for name, values in batch.items() if name in known}
    row: Numbers = loaded.model(**given).logits.float().cpu().numpy().astype(np.float64)[0]
    return row


def _differences(
    result: ZeroShotResult, expected: Numbers, logits: Numbers
) -> Iterator[tuple[float, Phrase]]:
    for entry, nats, row in zip(result.labels, expected.tolist(), logits, strict=True):
        place = {"label": entry.label}
        yield abs(entry.log_prob - nats), Phrase("{label}: log-probability", place)
        yield abs(entry.prob - float(np.exp(nats))), Phrase("{label}: probability", place)
        exps = np.exp(row - row.max())
        for name, shown, right in zip(
            result.model_labels, entry.label_probs, exps / exps.sum(), strict=True
        ):
            yield (
                abs(shown - float(right)),
                Phrase("{label}: probability of {name}", {**place, "name": name}),
            )
