"""The first rows as they will be read: one column a role."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from components import row_table
from components.dataset.lens import ROLE_NAMES
from components.fine_tune import keys
from components.i18n import _
from components.inspect.cells import draw_cell
from loupe.data.opened import Split
from loupe.data.spec import Role
from loupe.data.view import page
from loupe.data.view.columns import MEASURED, columns_of

ROWS = 3
_CHARACTERS = 160
# Enough to know a mean by, few enough to be read at every run of the page.
_MEASURED_ROWS = 200


def draw_first_rows(split: Split, roles: Mapping[Role, str]) -> None:
    """What was guessed or chosen, to be confirmed by looking at it."""
    columns = columns_of(split.table.schema)
    places = {column.name: column.position for column in columns}
    shown = [(role, places[name]) for role, name in roles.items() if name in places]
    if not shown or not split.rows:
        return
    ids = np.arange(min(ROWS, split.rows), dtype=np.int64)
    rows = [
        row_table.Row(number, tuple(draw_cell(found.cells[place]) for _role, place in shown))
        for number, found in enumerate(page(split.table, ids, 0, len(ids), characters=_CHARACTERS))
    ]
    row_table.row_table(
        [row_table.Column(_(ROLE_NAMES[role]), False) for role, _place in shown],
        rows,
        key=f"{keys.PAGE}_first_rows",
        labels={name: _(text) for name, text in row_table.LABELS.items()},
        whole=True,
    )
    st.caption(
        _("The first of {rows} rows of “{split}”, as they will be read.").format(
            rows=f"{split.rows:,}", split=split.name
        )
    )


def mean_characters(split: Split, column: str) -> float:
    """Of the first rows; lists are joined. 0.0 for a column that has no length."""
    found = next(one for one in columns_of(split.table.schema) if one.name == column)
    if found.kind not in MEASURED or not split.rows:
        return 0.0
    values = split.table.column(found.position).slice(0, _MEASURED_ROWS).to_pylist()
    lengths = [len(" ".join(v) if isinstance(v, list) else v or "") for v in values]
    return sum(lengths) / len(lengths)
