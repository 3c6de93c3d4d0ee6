"""Held-out pairs with all that is known to be right: one row a source, with each of its targets."""

from __future__ import annotations

from datasets import Dataset

from loupe.data.spec import Role
from loupe.data.split import normalise


def gather_references(rows: Dataset) -> Dataset:
    """Join rows whose sources are equal when normalised; `target` becomes a list, in file order.

    Judged row by row, a translation would be counted wrong by each of a sentence's other
    translations. The first way of writing the source stays; a target that repeats is kept once.
    """
    sources: dict[str, str] = {}
    targets: dict[str, list[str]] = {}
    columns = (rows[Role.SOURCE.value], rows[Role.TARGET.value])
    for source, target in zip(*columns, strict=True):
        key = normalise(source)
        sources.setdefault(key, source)
        known = targets.setdefault(key, [])
        for text in [target] if isinstance(target, str) else target:
            if text not in known:
                known.append(text)
    return Dataset.from_dict(
        {
            Role.SOURCE.value: list(sources.values()),
            Role.TARGET.value: [targets[key] for key in sources],
        }
    )
