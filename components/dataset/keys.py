"""The session's keys of its dataset; the pages that ask for one share them, and so the dataset."""

from __future__ import annotations

from components import session
from loupe.data.spec import Role

PAGE = "dataset"
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
UPLOADED = session.key(PAGE, "uploaded")  # (split, file) of what was uploaded before
OF_RUN = session.key(PAGE, "of_run")  # (run, (split, file) of what it reads)
OPENING = session.key(PAGE, "opening")
# As what they are looked at, and what is done with them.
LINKED_LENS = session.key(PAGE, "linked_lens")  # what a link asks for, until the data are open
TASK = session.key(PAGE, "task")
ROLES = session.key(PAGE, "roles")
RECIPE = session.key(PAGE, "recipe")


def role(lens: str, role: Role) -> str:
    """Of the box that says which column is this to a lens of loupe.data.lens."""
    return f"{ROLES}_{lens}_{role.value}"
