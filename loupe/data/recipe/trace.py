"""What a recipe does to a dataset: apply it, or only see what it would do.

Nothing is destroyed: every original row keeps the number of the step that removed it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from loupe.data.recipe.cells import as_text
from loupe.data.recipe.part import Cells, Ids, Part, Parts, Renamed
from loupe.data.recipe.recipe import AnyStep, Recipe, recipe_hash
from loupe.errors import Cancelled, InvalidInput, Phrase

if TYPE_CHECKING:
    from datasets import Dataset

KEPT = -1
SAMPLES = 5

Balance = Mapping[str, int]  # label to its rows


@dataclass(frozen=True)
class Diff:
    """One value that a step changes. row: its number in the original split, from 0."""

    split: str
    row: int
    column: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Effect:
    """What one step does, or would not do where it is switched off.

    number: of the step, from 1. rows_before, rows_after: a split. balance_before, balance_after:
    of the label column over all splits; empty where none was named. changed: rows with another
    value. diffs: the first of those. removed: the first rows that it drops, (split, row).
    message: all of it in a few words.
    """

    number: int
    title: Phrase
    message: Phrase
    enabled: bool
    rows_before: Mapping[str, int]
    rows_after: Mapping[str, int]
    balance_before: Balance
    balance_after: Balance
    changed: int
    diffs: tuple[Diff, ...]
    removed: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Trace:
    """What a recipe does to a dataset.

    removed_by: (R,) an original split: the index of the step that removed each row, KEPT (-1) for
    those that are left. parts: the splits after all steps; their values are computed when read.
    """

    removed_by: Mapping[str, Ids]
    effects: tuple[Effect, ...]
    parts: Parts

    def preview(self, split: str, start: int, count: int) -> list[dict[str, Any]]:
        """Some surviving rows with their new values, by their place after the recipe."""
        part = self.parts[split]
        mask = np.zeros(len(part), np.bool_)
        mask[start : start + count] = True
        names = part.names
        return [dict(zip(names, row, strict=True)) for row in part.values(names, mask)]


def apply(
    recipe: Recipe, splits: Mapping[str, Dataset], *, folder: Path | None = None
) -> dict[str, Dataset]:
    """The datasets after all steps; without steps, the same objects.

    Rows are selected, not copied. A split whose values change is computed batch by batch, into
    memory or, with a folder, into an Arrow file there, which is memory-mapped.
    Raises InvalidInput that names the step's number.
    """
    if recipe.is_empty:
        return dict(splits)
    parts: dict[str, Part] = {name: Part.of(name, rows) for name, rows in splits.items()}
    for number, step in enumerate(recipe.steps, start=1):
        if step.enabled:
            parts = _after(number, step, parts)
    return {
        name: _dataset(part, recipe, None if folder is None else folder / f"{i}-cleaned.arrow")
        for i, (name, part) in enumerate(parts.items())
    }


def trace(
    recipe: Recipe,
    splits: Mapping[str, Dataset],
    *,
    label: str | None = None,
    samples: int = SAMPLES,
    cancelled: Callable[[], bool] = lambda: False,
) -> Trace:
    """What each step does. label: the column whose balance is followed, also under a new name.

    samples: how many diffs and removed rows each effect shows.
    Raises InvalidInput that names the step's number, and Cancelled between two steps.
    """
    parts: dict[str, Part] = {name: Part.of(name, rows) for name, rows in splits.items()}
    removed_by = {name: np.full(len(rows), KEPT, np.int64) for name, rows in splits.items()}
    balance = _balance(parts, label)
    effects = []
    for number, step in enumerate(recipe.steps, start=1):
        if cancelled():
            raise Cancelled("The recipe was stopped.", "Start it again.")
        after = _after(number, step, parts) if step.enabled else parts
        removed = _removed(parts, after)
        for origin, ids in removed.items():
            removed_by[origin][ids] = number - 1
        label = _followed(label, step)
        balance_after = _balance(after, label) if step.enabled else balance
        changed, diffs = _changes(step, parts, after, samples)
        effects.append(
            Effect(
                number=number,
                title=step.title(),
                message=_message(step, parts, after, balance, balance_after, changed),
                enabled=step.enabled,
                rows_before={name: len(part) for name, part in parts.items()},
                rows_after={name: len(part) for name, part in after.items()},
                balance_before=balance,
                balance_after=balance_after,
                changed=changed,
                diffs=diffs,
                removed=_first(removed, samples),
            )
        )
        parts, balance = after, balance_after
    return Trace(removed_by, tuple(effects), parts)


def _after(number: int, step: AnyStep, parts: Parts) -> dict[str, Part]:
    try:
        after = step.apply(parts)
    except InvalidInput as error:
        raise InvalidInput(
            "Step {step_number} ({step_name}): " + error.message,
            error.remedy,
            detail=error.detail,
            **error.params,
            step_number=number,
            step_name=step.step,
        ) from error
    for name, part in after.items():
        if len(part) == 0 and (name not in parts or len(parts[name])):
            raise InvalidInput(
                "Step {step_number} ({step_name}) leaves no row of {split}.",
                "Change step {step_number}, or switch it off.",
                step_number=number,
                step_name=step.step,
                split=name,
            )
    return after


def _dataset(part: Part, recipe: Recipe, path: Path | None) -> Dataset:
    rows = part.rows if len(part) == len(part.rows) else part.rows.select(part.ids)
    if not part.changes:
        return rows
    if not any(isinstance(change, Cells) for change in part.changes):
        for change in part.changes:
            if isinstance(change, Renamed):
                rows = rows.rename_columns(dict(change.new))
            else:
                rows = rows.select_columns(list(change.names(tuple(rows.column_names))))
        return rows
    from datasets import Dataset
    from datasets.table import InMemoryTable

    kinds = part.types
    schema = pa.schema([(name, kinds[name]) for name in part.names])
    batches = (
        pa.record_batch([batch[name].cast(kinds[name]) for name in part.names], schema=schema)
        for batch in part.batches(part.names)
    )
    if path is not None:
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
        return Dataset.from_file(str(path))
    table = pa.Table.from_batches(batches, schema=schema)
    fingerprint = f"{rows._fingerprint}-{recipe_hash(recipe)}"
    return Dataset(InMemoryTable(table), fingerprint=fingerprint)


def _removed(before: Parts, after: Parts) -> dict[str, Ids]:
    """Original split to the ids that the step took away."""
    return {
        origin: np.setdiff1d(ids, _alive(after).get(origin, np.zeros(0, np.int64)))
        for origin, ids in _alive(before).items()
    }


def _alive(parts: Parts) -> dict[str, Ids]:
    ids: dict[str, list[Ids]] = {}
    for part in parts.values():
        ids.setdefault(part.origin, []).append(part.ids)
    return {origin: np.concatenate(lists) for origin, lists in ids.items()}


def _first(removed: Mapping[str, Ids], samples: int) -> tuple[tuple[str, int], ...]:
    rows = ((name, int(row)) for name, ids in removed.items() for row in ids[:samples])
    return tuple(islice(rows, samples))


def _followed(label: str | None, step: AnyStep) -> str | None:
    if label is None or not step.enabled:
        return label
    if step.step == "rename_columns":
        return step.names.get(label, label)
    if step.step == "keep_columns" and label not in step.columns:
        return None
    return label


def _balance(parts: Parts, label: str | None) -> dict[str, int]:
    if label is None:
        return {}
    counts: Counter[str] = Counter()
    for part in parts.values():
        if label in part.names:
            counts.update(as_text(value) for value in part.column(label))
    return dict(sorted(counts.items()))


def _changes(
    step: AnyStep, before: Parts, after: Parts, samples: int
) -> tuple[int, tuple[Diff, ...]]:
    """(rows with another value, the first of the changes); by streaming, nothing is kept."""
    if not step.enabled or not step.changed_columns:
        return 0, ()
    columns = step.changed_columns
    diffs: list[Diff] = []
    changed = 0
    for name, part in before.items():
        for row, old, new in _both(part, after[name], columns):
            if old == new:
                continue
            changed += 1
            for column, was, is_now in zip(columns, old, new, strict=True):
                if was != is_now and len(diffs) < samples:
                    diffs.append(Diff(name, row, column, was, is_now))
    return changed, tuple(diffs)


def _both(
    before: Part, after: Part, columns: tuple[str, ...]
) -> Iterator[tuple[int, tuple[Any, ...], tuple[Any, ...]]]:
    return zip(before.ids.tolist(), before.values(columns), after.values(columns), strict=True)


def _message(
    step: AnyStep, before: Parts, after: Parts, old: Balance, new: Balance, changed: int
) -> Phrase:
    if not step.enabled:
        return Phrase("switched off")
    was, left = (sum(len(part) for part in parts.values()) for parts in (before, after))
    moved = [name for name in after if name not in before]
    if moved:
        return Phrase(
            "moves {count:,} rows to {split}", {"count": len(after[moved[0]]), "split": moved[0]}
        )
    if was != left:
        shift = _largest_shift(old, new)
        if shift is None:
            return Phrase("removes {count:,} rows", {"count": was - left})
        return Phrase(
            "removes {count:,} rows, {label} {before:.0f} % → {after:.0f} %",
            {"count": was - left, **shift},
        )
    if step.changed_columns:
        return Phrase("changes {count:,} rows", {"count": changed})
    if step.step in ("rename_columns", "keep_columns"):
        return Phrase("changes no row")
    return Phrase("removes no row")


def _largest_shift(old: Balance, new: Balance) -> dict[str, object] | None:
    """The label whose share changed most, in percent."""
    if len(old) < 2 or not sum(new.values()):
        return None
    before = {label: 100 * count / sum(old.values()) for label, count in old.items()}
    after = {label: 100 * new.get(label, 0) / sum(new.values()) for label in old}
    # Of two labels the smaller is the one that people ask about.
    label = max(old, key=lambda name: (round(abs(after[name] - before[name]), 9), -old[name]))
    if round(before[label]) == round(after[label]):
        return None  # "13 % → 13 %" says nothing
    return {"label": label, "before": before[label], "after": after[label]}
