"""What a check compares: numbers that are shown against the same by another way, in numpy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from loupe.errors import Phrase
from loupe.traces import TokenRecord

# Log-probabilities of a whole vocabulary, (V,), nats.
Distribution = np.ndarray[tuple[int], np.dtype[np.float64]]

# Above this the two ways disagree by more than rounding: single precision, then half.
TOLERANCE_NATS = 1e-3
TOLERANCE_HALF_NATS = 0.1


@dataclass(frozen=True, slots=True)
class CheckReport:
    """How far the independent computation is from what is shown.

    largest_difference: over `compared` numbers (log-probabilities and entropies in nats, the rest
    as a probability). where: the number that differs most. order_agrees: every listed rank is
    right.
    """

    compared: int
    largest_difference: float
    where: Phrase
    order_agrees: bool
    tolerance: float

    @property
    def agrees(self) -> bool:
        return self.order_agrees and self.largest_difference <= self.tolerance


def tolerance_of(dtype: torch.dtype) -> float:
    """The largest difference, in nats, that rounding explains."""
    return TOLERANCE_HALF_NATS if dtype in (torch.float16, torch.bfloat16) else TOLERANCE_NATS


def distributions(logits: torch.Tensor) -> list[Distribution]:
    """logits: (T, V), raw. A row for each place, float64."""
    rows = logits.float().cpu().numpy().astype(np.float64)
    return [row - row.max() - np.log(np.exp(row - row.max()).sum()) for row in rows]


def record_differences(
    record: TokenRecord, expected: Distribution, name: str, **place: object
) -> Iterator[tuple[float, Phrase]]:
    """Every number of a record, and what it is called. name: a template for `place`."""
    probabilities = np.exp(expected)
    assert record.entropy_nats is not None
    assert record.rest_prob is not None
    entropy = -float((probabilities * np.where(probabilities > 0, expected, 0.0)).sum())
    yield abs(record.entropy_nats - entropy), Phrase(name + ": entropy", place)
    listed = [entry.token_id for entry in record.top]
    yield (
        abs(record.rest_prob - (1 - float(probabilities[listed].sum()))),
        Phrase(name + ": all others", place),
    )
    for entry in record.top:
        yield (
            abs(entry.log_prob - float(expected[entry.token_id])),
            Phrase(name + ": {token}", {**place, "token": entry.token}),
        )
    if record.log_prob is not None:
        yield (
            abs(record.log_prob - float(expected[record.token_id])),
            Phrase(name + ": the token itself", place),
        )


def order_agrees(record: TokenRecord, expected: Distribution, slack: float) -> bool:
    """Each listed rank lies where the other way puts it; ties within rounding may change places."""
    ranked = [(entry.rank, float(expected[entry.token_id])) for entry in record.top]
    if record.rank is not None:
        ranked.append((record.rank, float(expected[record.token_id])))
    return all(
        (expected > score + slack).sum() < rank <= (expected >= score - slack).sum()
        for rank, score in ranked
    )


def report(
    differences: list[tuple[float, Phrase]], *, ordered: bool, tolerance: float
) -> CheckReport:
    """All numbers that were compared, in one line."""
    largest, where = max(differences, key=lambda difference: difference[0])
    return CheckReport(len(differences), largest, where, ordered, tolerance)
