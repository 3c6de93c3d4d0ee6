"""Which label of some data is which label of a model: by their names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

# What transformers calls the label of this number where nobody has named it.
_NUMBERED = re.compile(r"LABEL_(\d+)", re.IGNORECASE)

# What people shorten in the same way everywhere.
_SHORT = {
    "per": "person",
    "loc": "location",
    "org": "organization",
    "organisation": "organization",
    "misc": "miscellaneous",
    "pos": "positive",
    "neg": "negative",
    "neu": "neutral",
}


def match_labels(data: Sequence[str], model: Sequence[str]) -> Mapping[str, int | None]:
    """Each label of the data → its place among the model's; None where no name is the same.

    Case, white space, whether words are joined by `_` or `-`, and usual short forms (PER, neg) make
    no difference, unless two labels of the model differ in just that. `LABEL_1` is the `1` of data
    that number their classes.
    """
    exact = {name: place for place, name in reversed(list(enumerate(model)))}
    plain: dict[str, int | None] = {}
    for place, name in enumerate(model):
        key = _plain(name)
        plain[key] = None if key in plain else place
    return {name: exact.get(name, plain.get(_plain(name))) for name in data}


def _plain(name: str) -> str:
    numbered = _NUMBERED.fullmatch(name.strip())
    if numbered:
        return str(int(numbered.group(1)))
    words = " ".join(re.split(r"[\s_-]+", name.strip().casefold()))
    return _SHORT.get(words, words)
