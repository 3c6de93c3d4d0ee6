"""A dataset that was opened: its rows lie on disk as Arrow and are memory-mapped, never loaded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa
from datasets import Dataset
from datasets.table import MemoryMappedTable, concat_tables

from loupe.data.spec import Source


@dataclass(frozen=True)
class Split:
    """One part of a dataset: `train`, `test`, ...

    paths: of its Arrow files, one a source, in the stream format, as `datasets` writes it. rows:
    how many in all. fingerprint: hex; equal for equal bytes read in the same way, by the same
    reader. sources: what `run.yaml` says to read the same rows; several where a dataset comes in
    shards.
    """

    name: str
    paths: tuple[Path, ...]
    rows: int
    fingerprint: str
    sources: tuple[Source, ...]

    @cached_property
    def dataset(self) -> Dataset:
        """The rows, memory-mapped."""
        shards = [MemoryMappedTable.from_file(str(path)) for path in self.paths]
        # One after the other: nothing is copied.
        table = shards[0] if len(shards) == 1 else concat_tables(shards)
        # With a fingerprint of ours: datasets would pickle the table's state to make one, and look
        # into transformers for it, which another thread may be importing just then.
        return Dataset(table, fingerprint=self.fingerprint)

    @property
    def table(self) -> pa.Table:
        """The rows as one Arrow table, memory-mapped; nothing is copied."""
        return self.dataset.data.table


@dataclass(frozen=True)
class OpenedDataset:
    """A dataset's splits, in order. name: as a person knows it: a file's name, a hub id."""

    name: str
    splits: tuple[Split, ...]

    def split(self, name: str) -> Split:
        """The split of this name. Raises KeyError."""
        return {split.name: split for split in self.splits}[name]

    @property
    def fingerprint(self) -> str:
        """Of all splits together."""
        return "-".join(split.fingerprint for split in self.splits)
