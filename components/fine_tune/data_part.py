"""The form's first part: the data, what they are for, and which rows train."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.dataset import carried, lens, recipe_state
from components.dataset.effects import Effects, effects_of
from components.dataset.lens import ROLE_NAMES, Lens
from components.dataset.run_data import ask_splits, data_spec, recipe_for_run, roles_after
from components.dataset.source import RUN, SAMPLE, Chosen, open_chosen
from components.error_box import show_error
from components.fine_tune import keys
from components.fine_tune.first_rows import draw_first_rows, mean_characters
from components.fine_tune.mending import mend_unasked
from components.fine_tune.notes import ROLE, SPLITS, TASK
from components.fine_tune.tasks import TASKS, task_of
from components.i18n import _
from loupe.data.lens import LENSES
from loupe.data.opened import OpenedDataset
from loupe.data.recipe.recipe import Recipe
from loupe.data.recipe.training import TRAIN, VALIDATION
from loupe.data.spec import DataSpec, Role
from loupe.data.view.columns import Kind, columns_of
from loupe.errors import InvalidInput, LoupeError
from loupe.training.preflight import Finding
from loupe.training.preflight.report import stop

HOLDOUT = "data.holdout"
MENDING = "mending"


@dataclass(frozen=True)
class DataPart:
    """name: of the data. spec: None where it cannot be said yet; faults then say why.

    shares: whether rows are held out of those that train. rows: of the split that trains;
    mean_characters: of its texts. multi_label: each row has a list of labels. slots: place of notes
    to where they are drawn, once they are known. opened, lens: the data, and what they are to be.
    """

    name: str
    task: str
    spec: DataSpec | None
    faults: tuple[Finding, ...]
    shares: bool
    rows: int
    mean_characters: float
    multi_label: bool
    opened: OpenedDataset
    lens: Lens
    slots: Mapping[str, DeltaGenerator]


def draw_data() -> DataPart | None:
    """None while no data are open, or the recipe is being computed; why is drawn."""
    st.subheader(_("Data and task"), anchor=False)
    found = open_chosen()
    if found is None:
        return None
    chosen, opened = found
    if chosen.kind == RUN:
        recipe_state.take_pending(opened.fingerprint)
    slots: dict[str, DeltaGenerator] = {}
    looked = _ask_task(opened, slots)
    carried.keep()
    if chosen.kind == SAMPLE and not mend_unasked(opened, looked):
        return None
    rows = st.container()
    try:
        effects = _ask_recipe(opened, looked)
        if chosen.kind == SAMPLE and effects is not None:
            st.caption(
                _(
                    "The sample has faults on purpose; the recipe mends those that would end a "
                    "run. Inspect a dataset shows them all."
                )
            )
        if effects is None and _uses_recipe(opened):
            return None
        names = _ask_splits(opened, effects, slots)
        with rows:
            draw_first_rows(opened.split(_trained(opened, names)), looked.roles)
        recipe = Recipe()
        if effects is not None:
            computed = recipe_for_run(opened, effects, names)
            if computed is None:
                return None
            recipe = computed.recipe
        return _part(chosen, opened, looked, names, recipe, slots)
    except LoupeError as error:
        show_error(error, key=f"{keys.PAGE}_data")
        return None


def _ask_task(opened: OpenedDataset, slots: dict[str, DeltaGenerator]) -> Lens:
    """What the data are for, and role to column as far as it is chosen."""
    lens.settle(opened)
    _follow_lens(opened)
    names = opened.splits[0].table.schema.names
    looked_as = TASKS[st.session_state[keys.TASK]].lens
    roles = LENSES[looked_as]
    first, *others = st.columns([1.3, *(1 for _role in roles)])
    with first:
        st.selectbox(
            _("Task"),
            list(TASKS),
            key=keys.TASK,
            format_func=lambda name: _(TASKS[name].label),
            persist_state="session",
        )
        slots[TASK] = st.container()
    for place, role in zip(others, roles, strict=True):
        with place:
            lens.ask_role(looked_as, role, names)
            slots[f"{ROLE}.{role.value}"] = st.container()
    return lens.current()


def _follow_lens(opened: OpenedDataset) -> None:
    """Other data, or data that another page looks at as something else, bring their task.

    A task that was chosen here has the data looked at as its own.
    """
    seen = (opened.fingerprint, lens.current().id)
    task = st.session_state.get(keys.TASK)
    known = TASKS.get(task) if task else None
    if known is None or (known.lens != seen[1] and st.session_state.get(keys.SEEN) != seen):
        st.session_state[keys.TASK] = task_of(seen[1])
    elif known.lens != seen[1]:
        lens.take_as(opened, known.lens)
    st.session_state[keys.SEEN] = (opened.fingerprint, lens.current().id)


def _uses_recipe(opened: OpenedDataset) -> bool:
    steps = recipe_state.recipe(opened.fingerprint).steps
    wanted = bool(st.session_state.get(keys.WITH_RECIPE, True))
    return wanted and any(step.enabled for step in steps)


def _ask_recipe(opened: OpenedDataset, looked: Lens) -> Effects | None:
    """What the recipe of Inspect a dataset does; None where there is none or it is left out."""
    steps = [step for step in recipe_state.recipe(opened.fingerprint).steps if step.enabled]
    if not steps:
        return None
    st.session_state.setdefault(keys.WITH_RECIPE, True)
    st.toggle(
        _("Apply the recipe (steps: {count})").format(count=len(steps)),
        key=keys.WITH_RECIPE,
        help=_("Inspect a dataset shows its steps, and what each does."),
        persist_state="session",
    )
    return effects_of(opened, looked) if _uses_recipe(opened) else None


def _ask_splits(
    opened: OpenedDataset, effects: Effects | None, slots: dict[str, DeltaGenerator]
) -> dict[str, str]:
    """Split to what the run calls it. Raises InvalidInput where the recipe does not fit."""
    if effects is not None and effects.faults:
        raise InvalidInput(
            "The recipe does not fit these data.",
            "Mend it in Inspect a dataset, or leave it out here.",
        )
    after = list(effects.trace.parts) if effects else [split.name for split in opened.splits]
    names = ask_splits(after, key=keys.SPLITS, share=_("a share of the training rows"))
    slots[HOLDOUT] = st.container()
    slots[SPLITS] = st.container()
    slots[MENDING] = st.container()
    return names


def _trained(opened: OpenedDataset, names: Mapping[str, str]) -> str:
    """The file whose rows train: the recipe may make their split out of it."""
    train = next(name for name, called in names.items() if called == TRAIN)
    known = [split.name for split in opened.splits]
    return train if train in known else known[0]


def _part(
    chosen: Chosen,
    opened: OpenedDataset,
    looked: Lens,
    names: Mapping[str, str],
    recipe: Recipe,
    slots: Mapping[str, DeltaGenerator],
) -> DataPart:
    missing = [role for role in LENSES[looked.id] if role not in looked.roles]
    faults = tuple(_no_column(role) for role in missing)
    split = opened.split(_trained(opened, names))
    text = looked.roles.get(LENSES[looked.id][0])
    kinds = {column.name: column.kind for column in columns_of(split.table.schema)}
    label = kinds.get(looked.roles.get(Role.LABEL, ""))
    return DataPart(
        name=chosen.name,
        task=st.session_state[keys.TASK],
        spec=data_spec(opened, roles_after(looked.roles, recipe), names, recipe),
        faults=faults,
        shares=VALIDATION not in names.values(),
        rows=split.rows,
        mean_characters=mean_characters(split, text) if text in kinds else 0.0,
        multi_label=label in (Kind.TEXTS, Kind.LABELS),
        opened=opened,
        lens=looked,
        slots=slots,
    )


def _no_column(role: Role) -> Finding:
    return stop(
        f"data.train.0.columns.{role.value}",
        InvalidInput("No column is chosen for {role}.", "Choose one.", role=_(ROLE_NAMES[role])),
    )
