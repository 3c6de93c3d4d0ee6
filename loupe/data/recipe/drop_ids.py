"""Drop rows that somebody chose one by one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from loupe.data.recipe.part import Part, Parts
from loupe.data.recipe.step import Step, literal
from loupe.errors import InvalidInput, Phrase

if TYPE_CHECKING:
    from datasets import Dataset

# The columns that carry where each row comes from through an exported script.
SPLIT_COLUMN, ROW_COLUMN = "__split__", "__row__"


class DropIds(Step):
    """Drop these rows of the original splits, whatever the steps before did.

    rows: split to the rows' numbers, counted from 0. fingerprints: split to a hash of those rows'
    values as they were when they were chosen; other values there are refused.
    """

    step: Literal["drop_ids"] = "drop_ids"
    rows: dict[str, tuple[Annotated[int, Field(ge=0)], ...]]
    fingerprints: dict[str, str]

    @classmethod
    def choose(cls, splits: Mapping[str, Dataset], rows: Mapping[str, Iterable[int]]) -> DropIds:
        """The step that drops rows of these splits."""
        ids = {name: tuple(sorted({int(i) for i in chosen})) for name, chosen in rows.items()}
        ids = {name: chosen for name, chosen in ids.items() if chosen}
        return cls(
            rows=ids,
            fingerprints={name: fingerprint(splits[name], ids[name]) for name in ids},
        )

    def title(self) -> Phrase:
        return Phrase(
            "Drop {count:,} chosen rows", {"count": sum(len(ids) for ids in self.rows.values())}
        )

    def apply(self, parts: Parts) -> dict[str, Part]:
        origins = {part.origin: part.rows for part in parts.values()}
        for name, ids in self.rows.items():
            if name not in origins:
                raise InvalidInput(
                    "There is no split “{name}” that rows could be dropped from.",
                    "Choose the rows again.",
                    name=name,
                )
            rows = origins[name]
            if max(ids) >= len(rows) or fingerprint(rows, ids) != self.fingerprints.get(name):
                raise InvalidInput(
                    "The chosen rows of {name} are not what they were when they were chosen.",
                    "The file has changed since: choose the rows again.",
                    name=name,
                )
        return {
            name: part.keep(~np.isin(part.ids, np.array(self.rows[part.origin], np.int64)))
            if part.origin in self.rows
            else part
            for name, part in parts.items()
        }

    def script(self) -> str:
        chosen = ", ".join(
            f"{literal(name)}: {{{', '.join(map(str, ids))}}}" for name, ids in self.rows.items()
        )
        return f"""\
chosen = {{{chosen}}}
for name, rows in splits.items():
    splits[name] = rows.filter(
        lambda row: row["{ROW_COLUMN}"] not in chosen.get(row["{SPLIT_COLUMN}"], ()),
        load_from_cache_file=False,
    )
"""


def fingerprint(rows: Dataset, ids: Iterable[int]) -> str:
    """Hex, of the values of some rows; equal for equal values, wherever they are stored."""
    table = rows.flatten().with_format("arrow")[list(ids)]
    digest = sha256()
    for row in table.select(sorted(table.column_names)).to_pylist():
        digest.update(json.dumps(row, default=str, sort_keys=True).encode())
    return digest.hexdigest()[:32]
