"""The rows of a run: its files, then its recipe, then the columns by their roles."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from datasets import Dataset, concatenate_datasets

from loupe.data.formats import read_file
from loupe.data.ingest.write import write_rows
from loupe.data.paths import reading_of, resolve
from loupe.data.read import read_rows
from loupe.data.recipe.trace import apply
from loupe.data.spec import DataSpec, Role, Source
from loupe.errors import InvalidInput

TRAIN, VALIDATION = "train", "validation"
# What errors about a row call the file that it came from.
_AFTER = "{split} after the recipe"


def read_cleaned(
    data: DataSpec, roles: tuple[Role, ...], *, roots: tuple[Path, ...], samples: Path
) -> tuple[Dataset, Dataset | None]:
    """(train, validation or None), as read_rows gives them, after the recipe.

    The recipe's columns are the files' own, its splits `train` and `validation`; roles are given to
    the columns that it leaves. validation: of own files, or split off by the recipe.
    Raises InvalidInput (file and row, or the number of the step) and OutsideRoots.
    """
    sources = {TRAIN: data.train, VALIDATION: data.validation}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        splits = {
            split: _files_of(split, files, folder, roots, samples)
            for split, files in sources.items()
            if files
        }
        cleaned = apply(data.recipe, splits, folder=folder)
        rows = {}
        for split in (TRAIN, VALIDATION):
            if split not in cleaned:
                continue
            before = splits.get(split, splits[TRAIN])
            source = (sources[split] or data.train)[0]
            path = _AFTER.format(split=split)
            cleaned[split].to_parquet(folder / path)
            columns = {role: _name_of(c, before.column_names) for role, c in source.columns.items()}
            read = Source(
                path=path, format="parquet", columns=columns, label_names=source.label_names
            )
            rows[split] = read_rows([read], roles, roots=(folder,), samples=samples)
    return rows[TRAIN], rows.get(VALIDATION)


def _files_of(
    split: str, sources: Sequence[Source], folder: Path, roots: tuple[Path, ...], samples: Path
) -> Dataset:
    """The rows of all files of a split, with all their columns, memory-mapped."""
    parts: list[Dataset] = []
    for number, source in enumerate(sources):
        path = resolve(source, roots=roots, samples=samples)
        target = folder / f"{split}-{number}.arrow"
        write_rows(path, read_file(path, reading_of(source, path)), target, lambda _: None)
        part = Dataset.from_file(str(target)).flatten()
        first = parts[0] if parts else part
        if part.features != first.features or source.columns != sources[0].columns:
            raise InvalidInput(
                "“{path}” has other columns than “{first}”, so one recipe cannot clean both.",
                "Write both in the same way, or leave one of them out.",
                path=source.path,
                first=sources[0].path,
            )
        parts.append(part)
    return concatenate_datasets(parts)


def _name_of(column: str | int, names: Sequence[str]) -> str | int:
    """A number counts the file's columns, whatever the recipe leaves of them."""
    return names[column] if isinstance(column, int) and 0 <= column < len(names) else column
