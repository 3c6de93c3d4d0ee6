"""The session's keys and the query parameters of the page Models."""

from __future__ import annotations

from components import session

PAGE = "models"
# In the address: what is shown is the same after a reload and in another browser.
MODEL = "model"

VIEWS = session.key(PAGE, "views")
FIND = session.key(PAGE, "find")
TASK = session.key(PAGE, "task")
WHERE = session.key(PAGE, "where")
TABLE = session.key(PAGE, "table")
ORDER = session.key(PAGE, "order")
NUMBER = session.key(PAGE, "number")  # of the table's page
TABS = session.key(PAGE, "tabs")
ACCESS = session.key(PAGE, "access")
ANATOMY = session.key(PAGE, "anatomy")
LOAD = session.key(PAGE, "load_work")
MEASURE = session.key(PAGE, "measure_work")
MEASURING = session.key(PAGE, "measuring")  # what is measured, once somebody asked
DIGESTS = session.key(PAGE, "digests")
DELETION = session.key(PAGE, "deletion")
SAID = session.key(PAGE, "said")
REFUSED = session.key(PAGE, "refused")

WISH_TASK = session.key(PAGE, "wish_task")
WISH_LANGUAGE = session.key(PAGE, "wish_language")
WISH_TARGET = session.key(PAGE, "wish_target")
WISH_LENGTH = session.key(PAGE, "wish_length")
WISH_MEMORY = session.key(PAGE, "wish_memory")
WISH_LICENCE = session.key(PAGE, "wish_licence")
WISH_ROWS = session.key(PAGE, "wish_rows")
