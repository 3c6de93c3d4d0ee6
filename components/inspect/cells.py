"""A cell of the data as the table draws it."""

from __future__ import annotations

from components import row_table
from components.row_table import CellKind
from loupe.data.view import Cell


def draw_cell(cell: Cell) -> row_table.Cell:
    """A cell of the data as the table draws it."""
    if cell.value is None:
        return row_table.Cell("", 0, CellKind.MISSING)
    if cell.text is not None:
        full = cell.full_length if cell.cut and isinstance(cell.value, str) else None
        # A pattern such as x* also finds nothing at all, which cannot be seen.
        seen = tuple(span for span in cell.spans if span[0] < span[1])
        if cell.offset:
            # It begins where the first hit is near.
            seen = tuple((start + 1, end + 1) for start, end in seen)
            return row_table.Cell("…" + cell.text, full or len(cell.text), hits=seen)
        return row_table.Cell(cell.text, full or len(cell.text), hits=seen)
    text = _label(cell)
    kind = CellKind.NUMBER if isinstance(cell.value, int | float) else CellKind.TEXT
    return row_table.Cell(text, len(text), kind)


def _label(cell: Cell) -> str:
    if isinstance(cell.label, str):
        return f"{cell.label} ({cell.value})"
    if isinstance(cell.value, tuple):
        names = cell.label if isinstance(cell.label, tuple) else cell.value
        return ", ".join(str(name) for name in names)
    return str(cell.value)
