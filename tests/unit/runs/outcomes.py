"""Made-up outcomes whose probabilities collide, as those of a sure model do."""

from __future__ import annotations

import numpy as np

from loupe.data.outcomes import Classes, ClassRow, LabelRow, Labels


def classes(labels: tuple[str, ...], rows: int = 60, seed: int = 0) -> Classes:
    """Rows with probabilities in tenths, so that many are equal."""
    random = np.random.default_rng(seed)
    made = []
    for i in range(rows):
        parts = random.multinomial(10, np.ones(len(labels)) / len(labels))
        probabilities = tuple(float(part) / 10 for part in parts)
        made.append(ClassRow(f"text {i}", int(random.integers(len(labels))), probabilities))
    return Classes(labels, tuple(made))


def labels(names: tuple[str, ...], rows: int = 60, seed: int = 0) -> Labels:
    random = np.random.default_rng(seed)
    made = [
        LabelRow(
            f"text {i}",
            tuple(int(flag) for flag in random.integers(2, size=len(names))),
            tuple(float(p) for p in random.integers(11, size=len(names)) / 10),
        )
        for i in range(rows)
    ]
    return Labels(names, tuple(made))
