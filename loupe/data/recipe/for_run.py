"""A recipe for the splits that a run reads: `train` and `validation`, whatever they are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from loupe.data.recipe.drop_conflicts import DropConflicts
from loupe.data.recipe.drop_ids import DropIds
from loupe.data.recipe.drop_leaks import DropLeaks
from loupe.data.recipe.drop_rows import DropRows
from loupe.data.recipe.part import Ids
from loupe.data.recipe.recipe import AnyStep, Recipe
from loupe.data.recipe.sample import Sample
from loupe.data.recipe.split_by_hash import SplitByHash

if TYPE_CHECKING:
    from datasets import Dataset


@dataclass(frozen=True)
class ForRun:
    """named: numbers of steps, from 1, whose rows are named one by one, since what they compare
    with is not there. left_out: numbers of steps that have nothing to do in the run."""

    recipe: Recipe
    named: tuple[int, ...] = ()
    left_out: tuple[int, ...] = ()


def for_run(
    recipe: Recipe,
    splits: Mapping[str, Dataset],
    removed_by: Mapping[str, Ids],
    names: Mapping[str, str],
) -> ForRun:
    """The recipe that leaves of the run's splits the rows that the whole one leaves of all.

    splits: the original ones. removed_by: of the trace of `recipe`. names: those of the splits that
    the run has, to what the run calls them; also of one that the recipe makes.
    """
    absent = splits.keys() - names.keys()
    steps: list[AnyStep] = []
    named, left_out = [], []
    for number, step in enumerate(recipe.steps, start=1):
        found: AnyStep | None = step
        if absent and isinstance(step, DropLeaks | DropConflicts):
            rows = {
                name: np.flatnonzero(removed_by[name] == number - 1).tolist()
                for name in splits
                if name in names
            }
            found = DropIds.choose(splits, rows) if any(rows.values()) else None
            found = found and found.model_copy(update={"enabled": step.enabled})
            if found is not None:
                named.append(number)
        elif absent:
            found = _without(step, absent)
        if found is None:
            left_out.append(number)
        else:
            steps.append(found)
    kept = recipe.model_copy(update={"steps": tuple(steps)})
    return ForRun(kept.with_splits_named(dict(names)), tuple(named), tuple(left_out))


def _without(step: AnyStep, absent: set[str]) -> AnyStep | None:
    """The step without splits that are not there; None where nothing is left of it."""
    if isinstance(step, DropRows) and step.splits:
        left = tuple(name for name in step.splits if name not in absent)
        return step.model_copy(update={"splits": left}) if left else None
    if isinstance(step, DropIds):
        rows = {name: ids for name, ids in step.rows.items() if name not in absent}
        prints = {name: hash_ for name, hash_ in step.fingerprints.items() if name in rows}
        return step.model_copy(update={"rows": rows, "fingerprints": prints}) if rows else None
    if isinstance(step, Sample | SplitByHash) and step.split in absent:
        return None
    return step
