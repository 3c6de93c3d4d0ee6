"""Inspect a dataset: open anything, see all of it, find its faults, clean it."""

from __future__ import annotations

from components.inspect.page import draw_page
from components.shell import INSPECT, open_page

draw_state = open_page(INSPECT)
draw_page()
draw_state()
