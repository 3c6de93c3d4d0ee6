"""Guide: what such models are, in plain words, each claim with a button that shows it."""

from __future__ import annotations

from components.guide.page import draw_page
from components.shell import GUIDE, open_page

draw_state = open_page(GUIDE)
draw_page()
draw_state()
