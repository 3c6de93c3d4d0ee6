"""Tokenizer: how a text becomes tokens, stage by stage."""

from __future__ import annotations

from components.shell import TOKENIZER, open_page
from components.tokenizer.page import draw_page

draw_state = open_page(TOKENIZER)
draw_page()
draw_state()
