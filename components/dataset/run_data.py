"""What a run is told of the session's dataset: its files, their roles, what its recipe leaves."""

from __future__ import annotations

from collections.abc import Mapping

from components.awaited import awaited
from components.dataset import keys, recipe_state
from components.dataset.effects import Effects, compute
from components.i18n import _
from loupe.data.opened import OpenedDataset, Split
from loupe.data.recipe.for_run import ForRun, for_run
from loupe.data.recipe.recipe import Recipe
from loupe.data.recipe.training import TRAIN, VALIDATION
from loupe.data.spec import DataSpec, Role, Source
from loupe.engine import Ticket
from loupe.errors import InvalidInput

_KEY = keys.RECIPE + "_run"


def roles_after(roles: Mapping[Role, str], recipe: Recipe) -> dict[Role, str]:
    """Role to column by the names that the recipe leaves; also of columns that it leaves out."""
    found = dict(roles)
    for step in recipe.steps:
        if step.enabled and step.step == "rename_columns":
            found = {role: step.names.get(name, name) for role, name in found.items()}
    return found


def recipe_for_run(
    opened: OpenedDataset, effects: Effects, names: Mapping[str, str]
) -> ForRun | None:
    """The session's recipe for a run; None while it is computed, which is drawn.

    names: split to what the run calls it.
    """
    recipe = recipe_state.recipe(opened.fingerprint)
    splits = {split.name: split.dataset for split in opened.splits}

    def work(ticket: Ticket[ForRun]) -> ForRun:
        found = for_run(recipe, splits, effects.trace.removed_by, names)
        there = {new: splits[old] for old, new in names.items() if old in splits}
        # A label that only the split has that stays behind cannot be merged in the run.
        faults = compute(found.recipe, there, None, ticket.cancelled.is_set).faults
        steps = tuple(s for i, s in enumerate(found.recipe.steps) if i not in faults)
        left = [i for i in range(1, len(recipe.steps) + 1) if i not in found.left_out]
        out = (*found.left_out, *(left[i] for i in faults))
        return ForRun(
            found.recipe.model_copy(update={"steps": steps}), found.named, tuple(sorted(out))
        )

    asked = (opened.fingerprint, recipe.model_dump_json(), tuple(names.items()))
    return awaited(_KEY, asked, work, lambda _progress: _("Computing what the recipe does…"))


def data_spec(
    opened: OpenedDataset, roles: Mapping[Role, str], names: Mapping[str, str], recipe: Recipe
) -> DataSpec:
    """Raises InvalidInput where the run would train on a split without a file.

    names: split to what the run calls it. recipe: by those names.
    """
    files: dict[str, tuple[Source, ...]] = {
        names[split.name]: _sources(split, roles) for split in opened.splits if split.name in names
    }
    if TRAIN not in files:
        raise InvalidInput(
            "The recipe makes the split to train on out of another one.",
            "Train on a split that has a file of its own.",
        )
    return DataSpec(train=files[TRAIN], validation=files.get(VALIDATION, ()), recipe=recipe)


def _sources(split: Split, roles: Mapping[Role, str]) -> tuple[Source, ...]:
    return tuple(s.model_copy(update={"columns": dict(roles)}) for s in split.sources)
