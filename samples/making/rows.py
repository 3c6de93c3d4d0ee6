"""What a row and a dataset are while they are made."""

from __future__ import annotations

from dataclasses import dataclass


class Row(dict[str, object]):
    """Cells by column. Rows with equal cells are still two rows, told apart by `is`."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """One dataset. ending: says its format. splits: name to rows, in the files' order."""

    name: str
    ending: str
    columns: tuple[str, ...]
    splits: dict[str, list[Row]]

    def file(self, split: str) -> str:
        return f"{self.name}-{split}.{self.ending}"
