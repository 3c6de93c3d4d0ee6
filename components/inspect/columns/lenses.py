"""What the kind of task asks of the data: balance, entities, ratios of lengths, repetition."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from components.dataset.lens import Lens
from components.inspect.columns.balance import draw_balance
from components.inspect.columns.ratio import draw_ratio
from components.inspect.columns.repeating import draw_repeating
from components.inspect.columns.tagged import draw_entities
from loupe.data.opened import Split
from loupe.data.spec import Role

LENS_PARTS: dict[str, tuple[Callable[[Split, Lens], None], tuple[Role, ...]]] = {
    "text-classification": (draw_balance, (Role.LABEL,)),
    "token-classification": (draw_entities, (Role.TOKENS, Role.TAGS)),
    "translation": (partial(draw_ratio, summaries=False), (Role.SOURCE, Role.TARGET)),
    "summarization": (partial(draw_ratio, summaries=True), (Role.SOURCE, Role.TARGET)),
    "language-modeling": (draw_repeating, (Role.TEXT,)),
}


def draw_lens(split: Split, lens: Lens) -> None:
    """Nothing while the columns are not chosen. Raises InvalidInput where they do not fit."""
    draw, roles = LENS_PARTS[lens.id]
    if all(role in lens.roles for role in roles):
        draw(split, lens)
