"""The session's keys of the page Inspect a dataset."""

from __future__ import annotations

from components import session

PAGE = "inspect_dataset"
# Where the data come from.
KIND = session.key(PAGE, "kind")
SAMPLE = session.key(PAGE, "sample")
PATH = session.key(PAGE, "path")
SIBLINGS = session.key(PAGE, "siblings")
UPLOAD = session.key(PAGE, "upload")
HUB = session.key(PAGE, "hub")
HUB_CONFIG = session.key(PAGE, "hub_config")
HUB_SPLITS = session.key(PAGE, "hub_splits")
READINGS = session.key(PAGE, "readings")  # how files are read, where a person has changed it
LINKED = session.key(PAGE, "linked")  # the view that a link asks for, until the data are open
LINKED_LENS = session.key(PAGE, "linked_lens")
UPLOADED = session.key(PAGE, "uploaded")  # (split, file) of what was uploaded before
OPENED = session.key(PAGE, "opened")
# What is seen of them.
SPLIT = session.key(PAGE, "split")
FIND = session.key(PAGE, "find")
FIND_MODE = session.key(PAGE, "find_mode")
FIND_CASE = session.key(PAGE, "find_case")
FIND_COLUMNS = session.key(PAGE, "find_columns")
FILTERS = session.key(PAGE, "filters")
SORT = session.key(PAGE, "sort")
NUMBER = session.key(PAGE, "number")  # of the page, from 1
JUMP = session.key(PAGE, "jump")
JUMPED = session.key(PAGE, "jumped")
ROWS = session.key(PAGE, "rows")
WHOLE = session.key(PAGE, "whole")  # the row that is shown whole
SHOWN = session.key(PAGE, "shown")  # all rows, those that the recipe keeps, or the others
ROW_SETS = session.key(PAGE, "row_sets")
WORK = session.key(PAGE, "work")
# What is done with them.
TASK = session.key(PAGE, "task")
ROLES = session.key(PAGE, "roles")
RECIPE = session.key(PAGE, "recipe")
TABS = session.key(PAGE, "tabs")
