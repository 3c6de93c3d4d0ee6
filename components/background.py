"""Work of this server that needs no checkpoint: reading a file, looking through all of its rows.

It gives the same tickets as the models' workers do, so a page waits for it, follows and cancels it
in the same way. Two pieces of work at once; what else is asked for waits.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from loupe.engine import State, Ticket
from loupe.engine.ticket import Job, cancelled_error
from loupe.errors import EngineError, LoupeError

T = TypeVar("T")

_LOG = logging.getLogger(__name__)
_IMPORTED_WITHIN_S = 60.0
_LOOK_S = 0.05
_RUNNING: set[Job[Any]] = set()
_PLACES = threading.BoundedSemaphore(2)


def is_working() -> bool:
    """Whether anything is under way, of whichever session."""
    return bool(_RUNNING)


def start(work: Callable[[Ticket[T]], T]) -> Ticket[T]:
    """Begin `work` in a thread; the ticket it is given is the one to report to and to look at."""
    job: Job[T] = Job(lambda _loaded, ticket: work(ticket))
    ticket = job.hold()
    assert ticket is not None
    # Of no importance to a server that ends: it must not wait for it.
    threading.Thread(target=_run, args=(job, work), name="loupe-background", daemon=True).start()
    return ticket


def _wait_for_transformers() -> None:
    """While the server warms up, transformers is half imported for some seconds.

    datasets looks into it, where it is there at all, whenever it takes the hash of a function.
    """
    deadline = time.monotonic() + _IMPORTED_WITHIN_S
    while "transformers" in sys.modules and time.monotonic() < deadline:
        if hasattr(sys.modules["transformers"], "PreTrainedTokenizerBase"):
            return
        time.sleep(_LOOK_S)


def _run(job: Job[Any], work: Callable[[Ticket[Any]], Any]) -> None:
    with _PLACES:
        if not job.live:
            job.fail(cancelled_error())
            return
        job.advance(State.RUNNING)
        _RUNNING.add(job)
        _wait_for_transformers()
        try:
            outcome = work(job.worker_ticket)
        except LoupeError as error:
            outcome = _Failure(error)
        except Exception as error:
            _LOG.exception("Work in the background failed.")
            outcome = _Failure(
                EngineError(
                    "This could not be finished.",
                    "Try again; if it stays, the server's log says more.",
                    detail=f"{type(error).__name__}: {error}",
                )
            )
    # Before the job ends: whoever waits for it may look at `is_working` at once.
    _RUNNING.discard(job)
    if isinstance(outcome, _Failure):
        job.fail(outcome.error)
    else:
        job.finish(outcome)


class _Failure:
    """Not a value: the work ended by this error."""

    def __init__(self, error: LoupeError) -> None:
        self.error = error
