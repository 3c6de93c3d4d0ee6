"""Runs: the queue, what trains now, and what came of it."""

from __future__ import annotations

from components.runs.page import draw_page
from components.shell import RUNS, open_page

draw_state = open_page(RUNS)
draw_page()
draw_state()
