"""Classify and tag: which label fits a text, and what its words are."""

from __future__ import annotations

from components.classify.page import draw_page
from components.shell import CLASSIFY, open_page

draw_state = open_page(CLASSIFY)
draw_page()
draw_state()
