"""The session's keys of the page Fine-tune."""

from __future__ import annotations

from components import session

PAGE = "fine_tune"
TASK = session.key(PAGE, "task")
SEEN = session.key(PAGE, "seen")  # (dataset, as what it is looked at) that the task was taken from
SPLITS = session.key(PAGE, "splits")
WITH_RECIPE = session.key(PAGE, "with_recipe")
PRESET = session.key(PAGE, "preset")
BASELINE = session.key(PAGE, "baseline")  # field to value before anybody changed it
LIKE = session.key(PAGE, "like")  # (run, its spec) that the form was filled from
EXECUTOR = session.key(PAGE, "executor")
PRICE = session.key(PAGE, "price")
CHECKING = session.key(PAGE, "checking")  # the pre-flight under way
CHECKED = session.key(PAGE, "checked")  # the last one that ended
FITTED = session.key(PAGE, "fitted")  # what a check has shortened
TOKEN = session.key(PAGE, "token")  # of the next click on Start
STARTED = session.key(PAGE, "started")  # the run that the last click made
CODE = session.key(PAGE, "code")


def field(path: str) -> str:
    """Of the widget of a field of run.yaml, which is named by its dotted path."""
    return session.key(PAGE, path.replace(".", "__"))


def checkpoint(task: str) -> str:
    """Each task has a picker of its own: what fits one fits no other."""
    return session.key(PAGE, f"checkpoint_{task}")
