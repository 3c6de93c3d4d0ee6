"""How long targets are, measured by their sources."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from loupe.data.checks.check import Subject
from loupe.data.checks.outliers import RATIO_FACTOR, far_out
from loupe.data.recipe.cells import as_text
from loupe.data.recipe.part import Ids
from loupe.data.spec import Role

# Added to both lengths: of "Go!" and "Allez !" neither is an outlier.
SMOOTHING_CHARACTERS = 10


def ratio_outliers(subject: Subject) -> tuple[dict[str, Ids], float, float]:
    """(rows far out, low, high): ratios of target to source outside low and high are far out.

    Several targets of one source count as their mean; rows with an empty side do not count.
    """
    ratios = {name: _log_ratios(subject, name) for name in subject.parts}
    everything = np.concatenate(list(ratios.values()))
    low, high = far_out(everything[np.isfinite(everything)], RATIO_FACTOR)
    rows = {}
    for name, own in ratios.items():
        ids = np.flatnonzero(np.isfinite(own) & ((own < low) | (own > high)))
        if len(ids):
            rows[name] = ids
    return rows, float(np.exp(low)), float(np.exp(high))


def target_length(value: Any) -> float:
    """In characters; of several targets the mean."""
    if isinstance(value, list) and value:
        return sum(text_length(item) for item in value) / len(value)
    return text_length(value)


def text_length(value: Any) -> int:
    """In characters, without white space at the ends."""
    return len(as_text(value).strip())


def _log_ratios(subject: Subject, name: str) -> NDArray[np.float64]:
    """(n,), infinite where a side is empty."""
    columns = (subject.roles[Role.SOURCE], subject.roles[Role.TARGET])
    part = subject.parts[name]
    source, target = np.zeros(len(part)), np.zeros(len(part))
    for i, (text, answer) in enumerate(part.values(columns)):
        source[i], target[i] = text_length(text), target_length(answer)
    full = (source > 0) & (target > 0)
    ratio = np.log((target + SMOOTHING_CHARACTERS) / (source + SMOOTHING_CHARACTERS))
    return np.where(full, ratio, np.inf)
