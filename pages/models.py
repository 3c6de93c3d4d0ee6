"""Models: what is on this machine, and which to take."""

from __future__ import annotations

from components.models.page import draw_page
from components.shell import MODELS, open_page

draw_state = open_page(MODELS)
draw_page()
draw_state()
