"""The recipe of each dataset that this session has opened, with what it was before."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from components.dataset import keys
from loupe.data.recipe.recipe import AnyStep, Recipe

# The recipe of a run that is looked at again, until its data are open.
PENDING = keys.RECIPE + "_pending"
_MOST = 100


@dataclass(frozen=True, slots=True)
class History:
    """past: what it was before, the last change at the end. future: what was undone."""

    now: Recipe = field(default_factory=Recipe)
    past: tuple[Recipe, ...] = ()
    future: tuple[Recipe, ...] = ()


def history(fingerprint: str) -> History:
    """Of the dataset with this fingerprint."""
    found: History = _all().get(fingerprint, History())
    return found


def recipe(fingerprint: str) -> Recipe:
    return history(fingerprint).now


def change(fingerprint: str, new: Recipe) -> None:
    """Use this recipe from now on; it can be undone."""
    old = history(fingerprint)
    if new != old.now:
        _keep(fingerprint, History(new, (*old.past, old.now)[-_MOST:]))


def take_pending(fingerprint: str) -> None:
    """Give the data that a run reads the recipe that it applies to them."""
    waiting = st.session_state.pop(PENDING, None)
    if waiting is not None:
        change(fingerprint, waiting)


def undo(fingerprint: str) -> None:
    old = history(fingerprint)
    if old.past:
        _keep(fingerprint, History(old.past[-1], old.past[:-1], (*old.future, old.now)))


def redo(fingerprint: str) -> None:
    old = history(fingerprint)
    if old.future:
        _keep(fingerprint, History(old.future[-1], (*old.past, old.now), old.future[:-1]))


def add(fingerprint: str, step: AnyStep) -> None:
    """At the end."""
    _set_steps(fingerprint, [*recipe(fingerprint).steps, step])


def remove(fingerprint: str, index: int) -> None:
    steps = list(recipe(fingerprint).steps)
    del steps[index : index + 1]
    _set_steps(fingerprint, steps)


def move(fingerprint: str, index: int, by: int) -> None:
    """One place up (-1) or down (1)."""
    steps = list(recipe(fingerprint).steps)
    steps.insert(index + by, steps.pop(index))
    _set_steps(fingerprint, steps)


def switch(fingerprint: str, index: int, enabled: bool) -> None:
    steps = list(recipe(fingerprint).steps)
    steps[index] = steps[index].model_copy(update={"enabled": enabled})
    _set_steps(fingerprint, steps)


def place_of(fingerprint: str, step: AnyStep) -> int | None:
    """The index of a step that does the same, switched on or off."""
    wanted = step.model_copy(update={"enabled": True})
    for index, one in enumerate(recipe(fingerprint).steps):
        if one.model_copy(update={"enabled": True}) == wanted:
            return index
    return None


def _set_steps(fingerprint: str, steps: list[AnyStep]) -> None:
    old = recipe(fingerprint)
    change(fingerprint, old.model_copy(update={"steps": tuple(steps)}))


def _all() -> dict[str, History]:
    held: dict[str, History] = st.session_state.get(keys.RECIPE, {})
    return held


def _keep(fingerprint: str, new: History) -> None:
    st.session_state[keys.RECIPE] = {**_all(), fingerprint: new}
