"""What a run is told of the session's dataset: its files, their roles, what its recipe leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

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
_SHARE = ""  # of the training rows, instead of a split


def roles_after(roles: Mapping[Role, str], recipe: Recipe) -> dict[Role, str]:
    """Role to column by the names that the recipe leaves; also of columns that it leaves out."""
    found = dict(roles)
    for step in recipe.steps:
        if step.enabled and step.step == "rename_columns":
            found = {role: step.names.get(name, name) for role, name in found.items()}
    return found


def ask_splits(after: Sequence[str], *, key: str, share: str) -> dict[str, str]:
    """Which splits train and validate: split to what the run calls it.

    after: the splits that there are. share: what stands for none, translated: rows of those that
    train are then held out.
    """
    left, right = st.columns(2)
    train = _pick(left, _("Train on"), after, f"{key}_train", TRAIN)
    others = [name for name in after if name != train]
    usual = [*(name for name in others if name != VALIDATION), VALIDATION]
    first = next((name for name in reversed(usual) if name in others), _SHARE)
    held = _pick(
        right, _("Validate on"), [*others, _SHARE], f"{key}_validation_{train}", first, share
    )
    return {train: TRAIN} if held == _SHARE else {train: TRAIN, held: VALIDATION}


def _pick(
    place: DeltaGenerator,
    label: str,
    options: Sequence[str],
    key: str,
    usual: str,
    share: str = "",
) -> str:
    if st.session_state.get(key) not in options:
        st.session_state[key] = usual if usual in options else options[0]
    chosen: str = place.selectbox(
        label,
        options,
        key=key,
        format_func=lambda name: share if name == _SHARE else name,
        persist_state="session",
    )
    return chosen


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
