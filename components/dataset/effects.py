"""What the recipe does to the open dataset, computed in the background and kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from datasets import Dataset

from components.awaited import awaited
from components.dataset import keys, recipe_state
from components.dataset.lens import Lens
from components.i18n import _
from loupe.data.opened import OpenedDataset
from loupe.data.recipe.part import Ids
from loupe.data.recipe.recipe import Recipe
from loupe.data.recipe.trace import Trace, trace
from loupe.data.spec import Role
from loupe.engine import Ticket
from loupe.errors import InvalidInput

_SAMPLES = 10
_KEY = keys.RECIPE + "_effects"


@dataclass(frozen=True)
class Effects:
    """trace: of the recipe without the steps that do not fit the data; numbers are the recipe's.

    faults: index of such a step to what is wrong with it. known: values found for forms, by column.
    """

    trace: Trace
    faults: Mapping[int, InvalidInput]
    known: dict[str, Any] = field(default_factory=dict)

    def removed(self, split: str) -> Ids:
        """(R,) the index of the step that removed each row of a split, -1 for those left."""
        return self.trace.removed_by[split]

    def ids(self, split: str, *, kept: bool) -> Ids:
        """The rows of a split that are left, or that are not."""
        name = f"{split} {kept}"
        if name not in self.known:
            self.known[name] = np.flatnonzero((self.removed(split) < 0) == kept)
        found: Ids = self.known[name]
        return found


def effects_of(opened: OpenedDataset, lens: Lens) -> Effects | None:
    """Of the dataset's recipe; None while it is computed, which is drawn."""
    recipe = recipe_state.recipe(opened.fingerprint)
    label = lens.roles.get(Role.LABEL)

    def work(ticket: Ticket[Effects]) -> Effects:
        splits = {split.name: split.dataset for split in opened.splits}
        return compute(recipe, splits, label, ticket.cancelled.is_set)

    # Steps that are switched off count: they have their places in the list.
    asked = (opened.fingerprint, recipe.model_dump_json(), label)
    return awaited(_KEY, asked, work, lambda _progress: _("Computing what the recipe does…"))


def compute(
    recipe: Recipe,
    splits: Mapping[str, Dataset],
    label: str | None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Effects:
    """What fits the data, and what of it does not. Raises Cancelled."""
    faults: dict[int, InvalidInput] = {}
    steps = list(recipe.steps)
    while True:
        fitting = recipe.model_copy(update={"steps": tuple(steps)})
        try:
            found = trace(fitting, splits, label=label, samples=_SAMPLES, cancelled=cancelled)
        except InvalidInput as error:
            number = error.params.get("step_number")
            if not isinstance(number, int) or number - 1 in faults:
                raise
            faults[number - 1] = error
            off = steps[number - 1].model_copy(update={"enabled": False})
            steps[number - 1] = off
        else:
            return Effects(found, faults)
