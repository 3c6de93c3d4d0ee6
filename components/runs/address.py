"""What the address says: which run is shown, or which are compared."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.runs import keys
from loupe.runs.state import Status
from loupe.runs.summary import RunSummary

COMPARED_MAX = 6


def chosen_run(runs: Sequence[RunSummary]) -> str | None:
    """The run in the address, there or not; else what trains now, else the newest.

    What was chosen for a visitor stands in the address from then on: a reload shows the same.
    """
    asked = st.query_params.get(keys.RUN)
    if asked:
        return asked
    if not runs:
        return None
    found = next((run for run in runs if run.status is Status.RUNNING), runs[0])
    st.query_params[keys.RUN] = found.id
    return found.id


def show_run(run_id: str) -> None:
    st.query_params.from_dict({keys.RUN: run_id})


def compared(runs: Sequence[RunSummary]) -> list[str] | None:
    """The runs to compare, those that are there; None where one run is shown."""
    asked = st.query_params.get(keys.COMPARED)
    if asked is None:
        return None
    known = {run.id for run in runs}
    return [name for name in dict.fromkeys(asked.split(",")) if name in known][:COMPARED_MAX]


def compare(run_ids: Sequence[str]) -> None:
    st.query_params.from_dict({keys.COMPARED: ",".join(run_ids)})
