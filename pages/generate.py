"""Generate: what a language model writes next, and what else it could have written."""

from __future__ import annotations

from components.generate.page import draw_page
from components.shell import GENERATE, open_page

draw_state = open_page(GENERATE)
draw_page()
draw_state()
