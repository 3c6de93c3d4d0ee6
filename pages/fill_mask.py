"""Fill mask: what a masked language model expects where a word is hidden."""

from __future__ import annotations

from components.fill_mask.page import draw_page
from components.shell import FILL_MASK, open_page

draw_state = open_page(FILL_MASK)
draw_page()
draw_state()
