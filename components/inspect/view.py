"""The tab "What is in it?": rows to look through, to search, to filter and to sort."""

from __future__ import annotations

from components.dataset.lens import Lens
from components.error_box import show_error
from components.inspect import keys
from components.inspect.asking import ask
from components.inspect.before_after import draw_switch, effects_on_rows, is_awaited, narrowed
from components.inspect.rows import draw_rows, find
from components.inspect.whole_row import draw_whole_row
from loupe.data.opened import OpenedDataset, Split
from loupe.data.view.columns import columns_of
from loupe.errors import LoupeError


def draw_view(opened: OpenedDataset, split: Split, lens: Lens) -> None:
    """The question and its rows; those that the recipe removes are faint."""
    columns = columns_of(split.table.schema)
    try:
        query = ask(columns)
        effects = effects_on_rows(opened, lens)
        if is_awaited(opened, effects):
            return
        draw_switch(split, effects)
        query = narrowed(query, split, effects)
        shown = find(split, query)
    except LoupeError as error:
        show_error(error, key=keys.PAGE)
        return
    removed_by = None if effects is None else effects.removed(split.name)
    draw_rows(split, columns, query, shown, removed_by)
    draw_whole_row(split, columns, query.search, effects)
