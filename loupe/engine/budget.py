"""How much memory loaded models may take, where a person says so."""

from __future__ import annotations

import math
from collections.abc import Mapping

from loupe.errors import InvalidInput

GIB = 1024**3
# GiB that the weights of all loaded models may take together.
BUDGET_VARIABLE = "LOUPE_MODEL_MEMORY_GIB"


def budget_from_environment(environment: Mapping[str, str]) -> int | None:
    """The budget in bytes that LOUPE_MODEL_MEMORY_GIB sets; None where it is not set.

    Raises InvalidInput where it is not a number above 0.
    """
    text = environment.get(BUDGET_VARIABLE, "").strip()
    if not text:
        return None
    try:
        gib = float(text)
    except ValueError:
        gib = math.nan
    if not 0 < gib < math.inf:
        raise InvalidInput(
            "{variable} is “{text}”, which is not a number of GiB.",
            "Set it to a number such as 8, or leave it out.",
            variable=BUDGET_VARIABLE,
            text=text,
        )
    return int(gib * GIB)
