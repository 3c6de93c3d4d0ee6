"""Fine-tune: from a checkpoint and a dataset to a run, without writing a script."""

from __future__ import annotations

from components.fine_tune.page import draw_page
from components.shell import FINE_TUNE, open_page

draw_state = open_page(FINE_TUNE)
draw_page()
draw_state()
