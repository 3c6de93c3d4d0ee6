"""Columns of tables that hold probabilities."""

from __future__ import annotations

from typing import Any

import streamlit as st


def bar_column(label: str, longest: float) -> Any:
    """Bars whose longest fills the column; the numbers stand in a column of their own.

    A bar of a probability on a scale to 1 would be empty for nearly every word.
    """
    return st.column_config.ProgressColumn(
        label, format=" ", min_value=0.0, max_value=longest or 1.0, width="small"
    )
