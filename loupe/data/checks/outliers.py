"""Values far from the others, by measures that the far ones themselves do not move."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Tukey 1977 calls values 3 interquartile ranges beyond the quartiles "far out".
FAR_OUT = 3.0
# Where values hardly vary, any other would be an outlier: the range counts as this factor at least.
LENGTH_FACTOR = 2.0
RATIO_FACTOR = 1.5
# Below so many values a quartile says little.
LEAST_VALUES = 20


def far_out(values: NDArray[np.float64], least_factor: float) -> tuple[float, float]:
    """(low, high) of natural logarithms: what is outside is far out; infinite for few values."""
    if len(values) < LEAST_VALUES:
        return -np.inf, np.inf
    first, third = np.quantile(values, [0.25, 0.75])
    width = FAR_OUT * max(third - first, np.log(least_factor))
    return float(first - width), float(third + width)
