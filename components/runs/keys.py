"""The session's keys and the query parameters of the page Runs."""

from __future__ import annotations

from components import session

PAGE = "runs"
# In the address: what is shown is the same after a reload and in another browser.
RUN = "run"
COMPARED = "compare"  # ids parted by commas

LIST = session.key(PAGE, "list")
TASK = session.key(PAGE, "task")
STATUS = session.key(PAGE, "status")
FIND = session.key(PAGE, "find")
TABS = session.key(PAGE, "tabs")
AXIS = session.key(PAGE, "axis")
LOG_X = session.key(PAGE, "log_x")
SMOOTHING = session.key(PAGE, "smoothing")
METRICS = session.key(PAGE, "metrics")
STEP = session.key(PAGE, "step")
CHOICE = session.key(PAGE, "compared")
SAVED_STEP = session.key(PAGE, "saved_step")
LOG_LINES = session.key(PAGE, "log_lines")
REPORT = session.key(PAGE, "report")
REDRAW = session.key(PAGE, "redraw")
REFUSED = session.key(PAGE, "refused")
