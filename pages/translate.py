"""Translate and summarise: what an encoder-decoder writes, token by token."""

from __future__ import annotations

from components.shell import TRANSLATE, open_page
from components.translate.page import draw_page

draw_state = open_page(TRANSLATE)
draw_page()
draw_state()
