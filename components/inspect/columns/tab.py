"""The tab "What is in each column?" from top to bottom."""

from __future__ import annotations

from collections.abc import Callable

from components.dataset.lens import Lens
from components.error_box import show_error
from components.inspect import keys
from components.inspect.columns.cards import draw_cards
from components.inspect.columns.coverage import draw_coverage
from components.inspect.columns.diversity import draw_diversity
from components.inspect.columns.lenses import draw_lens
from loupe.data.opened import OpenedDataset, Split
from loupe.errors import LoupeError


def draw_columns(opened: OpenedDataset, split: Split, lens: Lens) -> None:
    """Cards of all columns, what the task makes of them, and how varied the texts are."""
    draw_cards(split)
    parts: tuple[tuple[str, Callable[[], None]], ...] = (
        ("lens", lambda: draw_lens(split, lens)),
        ("diversity", lambda: draw_diversity(split, lens)),
        ("coverage", lambda: draw_coverage(opened, split, lens)),
    )
    for name, draw in parts:
        try:
            draw()
        except LoupeError as error:
            show_error(error, key=f"{keys.PAGE}_{name}")
