"""Tickets by themselves, without a model."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from loupe.engine.ticket import Job, Progress, State, Ticket
from loupe.errors import Cancelled, EmptyText


def held(job: Job[Any]) -> Ticket[Any]:
    ticket = job.hold()
    assert ticket is not None
    return ticket


def test_waiting_ends_after_the_timeout_and_cancels_nothing():
    job: Job[int] = Job(lambda *_: 1)
    ticket = held(job)
    with pytest.raises(TimeoutError):
        ticket.result(timeout_s=0.01)
    assert job.live
    job.finish(5)
    assert ticket.result(0) == 5


def test_progress_is_the_latest_event_and_every_holder_sees_it():
    job: Job[int] = Job(lambda *_: 1)
    first, second = held(job), held(job)
    assert first.progress is None
    job.worker_ticket.report(1, 10, "tokens")
    job.worker_ticket.report(2, 10, "tokens", partial="The")
    assert first.progress == second.progress == Progress(2, 10, "tokens", "The")


def test_callbacks_run_once_each_even_when_added_late_or_failing(caplog):
    job: Job[int] = Job(lambda *_: 1)
    ticket, calls = held(job), []
    ticket.add_done_callback(lambda t: calls.append(("early", t.state)))
    ticket.add_done_callback(lambda _: 1 / 0)
    ticket.add_done_callback(lambda t: calls.append(("after", t.state)))
    assert calls == []
    job.finish(1)
    ticket.add_done_callback(lambda t: calls.append(("late", t.state)))
    job.fail(EmptyText("x", "y"))
    assert calls == [(name, State.DONE) for name in ("early", "after", "late")]
    assert "ZeroDivisionError" in caplog.text


def test_a_cancelled_holder_hears_of_it_once_and_the_other_of_the_end():
    job: Job[int] = Job(lambda *_: 1)
    one, two, heard = held(job), held(job), []
    one.add_done_callback(lambda t: heard.append(("one", t.state)))
    two.add_done_callback(lambda t: heard.append(("two", t.state)))
    one.cancel()
    job.finish(1)
    assert heard == [("one", State.CANCELLED), ("two", State.DONE)]


def test_a_holder_that_gave_up_sees_the_work_end_a_moment_later():
    job: Job[int] = Job(lambda *_: 1)
    ticket = held(job)
    ticket.cancel()
    assert not ticket.wait_for_end(timeout_s=0)
    job.finish(1)
    assert ticket.wait_for_end(timeout_s=0)
    assert ticket.state is State.CANCELLED


def test_the_same_error_raised_for_two_holders_is_two_objects():
    job: Job[int] = Job(lambda *_: 1)
    tickets = [held(job), held(job)]
    job.fail(EmptyText("There is no {what}.", "Type it.", what="text", detail="d"))
    caught = []
    for ticket in tickets:
        with pytest.raises(EmptyText) as error:
            ticket.result(0)
        caught.append(error.value)
    assert caught[0] is not caught[1]
    assert {str(error) for error in caught} == {"There is no text. Type it."}
    assert [error.detail for error in caught] == ["d", "d"]


def test_work_that_was_given_up_cannot_be_joined_but_finished_work_can():
    given_up: Job[int] = Job(lambda *_: 1)
    held(given_up).cancel()
    assert given_up.hold() is None
    assert given_up.cancelled.is_set()
    done: Job[int] = Job(lambda *_: 1)
    done.finish(3)
    late = held(done)
    assert done._holders == [], "a kept result must not collect everybody who asks for it"
    assert (late.state, late.result(0), late.cancel()) == (State.DONE, 3, False)


def test_cancelling_and_finishing_at_once_always_gives_one_clear_end():
    for _ in range(300):
        job: Job[int] = Job(lambda *_: 1)
        ticket = held(job)
        barrier = threading.Barrier(2)

        def cancel(barrier: Any = barrier, ticket: Any = ticket) -> None:
            barrier.wait()
            ticket.cancel()

        thread = threading.Thread(target=cancel)
        thread.start()
        barrier.wait()
        job.finish(7)
        thread.join()
        try:
            assert ticket.result(1) == 7
            assert ticket.state is State.DONE
        except Cancelled:
            assert ticket.state is State.CANCELLED
