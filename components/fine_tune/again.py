"""`?like=RUN`: the form, filled from a run that there is."""

from __future__ import annotations

import streamlit as st

from components import resources
from components.dataset import keys as dataset_keys
from components.dataset import recipe_state
from components.dataset.source import RUN
from components.error_box import show_error
from components.fine_tune import keys
from components.fine_tune.settings_part import LIKE
from components.fine_tune.tasks import TASKS
from components.fine_tune.values import from_spec, put
from loupe.data.recipe.training import TRAIN, VALIDATION
from loupe.data.spec import Source
from loupe.errors import LoupeError
from loupe.training.spec import ROLES, RunSpec

PARAMETER = "like"
_APPLIED = keys.LIKE + "_applied"


def apply() -> None:
    """Put the run that the address names into the boxes, once."""
    run_id = st.query_params.get(PARAMETER)
    if not run_id:
        st.session_state.pop(_APPLIED, None)
        return
    if st.session_state.get(_APPLIED) == run_id:
        return
    st.session_state[_APPLIED] = run_id
    try:
        spec = RunSpec.read(resources.runs().folder(run_id).spec)
    except LoupeError as error:
        show_error(error, key=f"{keys.PAGE}_like")
        return
    fill(run_id, spec)


def fill(run_id: str, spec: RunSpec) -> None:
    """All of the form: its data, its task, its model and its settings."""
    state = st.session_state
    _fill_data(run_id, spec)
    state[keys.TASK] = spec.task
    state[keys.PRESET] = LIKE
    state[keys.LIKE] = (run_id, spec)
    if spec.model.checkpoint is not None:
        state[keys.checkpoint(spec.task)] = spec.model.checkpoint
    for path, value in from_spec(spec).items():
        put(path, value)


def _fill_data(run_id: str, spec: RunSpec) -> None:
    state = st.session_state
    sources = [(TRAIN, source) for source in spec.data.train]
    sources += [(VALIDATION, source) for source in spec.data.validation]
    state[dataset_keys.KIND] = RUN
    state[dataset_keys.OF_RUN] = (run_id, tuple((s, _bare(source)) for s, source in sources))
    lens, columns = TASKS[spec.task].lens, spec.data.train[0].columns
    roles = {role: columns[role] for role in ROLES[spec.task] if role in columns}
    state[dataset_keys.LINKED_LENS] = (lens, roles)
    state.pop(dataset_keys.ROLES, None)
    state[recipe_state.PENDING] = spec.data.recipe
    state[keys.WITH_RECIPE] = True


def _bare(source: Source) -> Source:
    """How it is read; what its columns are is asked in the form."""
    return source.model_copy(
        update={"columns": {}, "label_names": (), "license": "", "attribution": ""}
    )
