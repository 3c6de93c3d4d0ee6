"""The session's keys of the page Guide."""

from __future__ import annotations

from components import session

PAGE = "guide"
CHAPTER = session.key(PAGE, "chapter")
TOKEN = session.key(PAGE, "token")  # of the next click that trains the two runs again
STARTED = session.key(PAGE, "started")  # the runs that the last click made
