"""The session's keys of the page Inspect a dataset, those of the dataset itself among them."""

from __future__ import annotations

from components import session

# The dataset itself is the session's, not the page's: Fine-tune asks for the same.
from components.dataset.keys import HUB as HUB
from components.dataset.keys import HUB_CONFIG as HUB_CONFIG
from components.dataset.keys import HUB_SPLITS as HUB_SPLITS
from components.dataset.keys import KIND as KIND
from components.dataset.keys import LINKED_LENS as LINKED_LENS
from components.dataset.keys import PATH as PATH
from components.dataset.keys import READINGS as READINGS
from components.dataset.keys import RECIPE as RECIPE
from components.dataset.keys import ROLES as ROLES
from components.dataset.keys import SAMPLE as SAMPLE
from components.dataset.keys import SIBLINGS as SIBLINGS
from components.dataset.keys import TASK as TASK
from components.dataset.keys import UPLOAD as UPLOAD
from components.dataset.keys import UPLOADED as UPLOADED

PAGE = "inspect_dataset"
LINKED = session.key(PAGE, "linked")  # the view that a link asks for, until the data are open
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
TABS = session.key(PAGE, "tabs")
