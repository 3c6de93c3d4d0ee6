"""One row with all that is in it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from components import row_table
from components.dataset.effects import Effects
from components.i18n import _
from components.inspect import keys
from components.inspect.before_after import draw_what_becomes
from components.inspect.cells import draw_cell
from loupe.data.opened import Split
from loupe.data.view import Search, page
from loupe.data.view.columns import Column

# A browser that is sent a text of ten megabytes is busy for long.
CHARACTERS_MAX = 20_000
_ASKED = keys.WHOLE + "_asked"


def open_row(row: int) -> None:
    """Show this row whole in the run that follows."""
    st.session_state[keys.WHOLE] = row
    st.session_state[_ASKED] = True


def draw_whole_row(
    split: Split, columns: tuple[Column, ...], search: Search | None, effects: Effects | None = None
) -> None:
    """The drawer, where somebody has just asked for it. effects: of the recipe, if there is one."""
    row = st.session_state.get(keys.WHOLE)
    if not st.session_state.pop(_ASKED, False) or not isinstance(row, int) or row >= split.rows:
        return

    @st.dialog(_("Row {number}").format(number=f"{row:,}"), width="large")
    def drawer() -> None:
        (found,) = page(
            split.table,
            np.array([row], dtype=np.int64),
            0,
            1,
            search=search,
            characters=CHARACTERS_MAX,
        )
        drawn = [
            row_table.Row(
                0,
                (
                    row_table.Cell(column.name, len(column.name)),
                    draw_cell(cell),
                ),
            )
            for column, cell in zip(columns, found.cells, strict=True)
        ]
        row_table.row_table(
            [row_table.Column(_("column"), False), row_table.Column(_("value"), False)],
            drawn,
            key=f"{keys.WHOLE}_table",
            labels={name: _(text) for name, text in row_table.LABELS.items()},
            whole=True,
        )
        draw_what_becomes(split, row, effects)

    drawer()
