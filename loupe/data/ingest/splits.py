"""Which split a file is, by its name, and which files belong together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from loupe.data.paths import ARCHIVE_ENDINGS, FORMAT_OF_ENDING, ending_of

# As people call them in names of files, and as `datasets` does.
_SPLIT_OF_WORD = {
    "train": "train",
    "training": "train",
    "test": "test",
    "dev": "validation",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
}
_ORDER = ("train", "validation", "test")
_WORDS = re.compile(r"[^a-z]+")


def guess_split(name: str) -> str:
    """`banking77-train.csv` is "train"; a name that says nothing is "train" too."""
    return _said(name) or "train"


def group_files(path: Path) -> tuple[tuple[str, Path], ...]:
    """(split, file) of this file and of those beside it that differ by the split's name only.

    In the order train, validation, test; this file alone where its name says no split.
    """
    if _said(path.name) is None:
        return (("train", path),)
    found: dict[str, Path] = {guess_split(path.name): path}
    for other in sorted(_siblings(path)):
        found.setdefault(guess_split(other.name), other)
    return tuple((split, found[split]) for split in _ORDER if split in found)


def _said(name: str) -> str | None:
    words = _WORDS.split(Path(name).name.lower())
    return next((_SPLIT_OF_WORD[word] for word in words if word in _SPLIT_OF_WORD), None)


def _siblings(path: Path) -> Iterable[Path]:
    try:
        for other in path.parent.iterdir():
            known = ending_of(other.name) in FORMAT_OF_ENDING or other.suffix in ARCHIVE_ENDINGS
            if known and _said(other.name) and _stem(other) == _stem(path) and other.is_file():
                yield other
    except OSError:  # a folder that may not be listed has no siblings to offer
        return


def _stem(path: Path) -> tuple[str, ...]:
    """The name's parts without the first that names a split."""
    parts = re.split(r"([^A-Za-z]+)", path.name)
    at = next((i for i, part in enumerate(parts) if part.lower() in _SPLIT_OF_WORD), None)
    return tuple(part for i, part in enumerate(parts) if i != at)
