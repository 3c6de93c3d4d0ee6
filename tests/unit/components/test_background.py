"""Work beside the models' workers."""

from __future__ import annotations

import sys
import threading
import types

import pytest

from components import background
from loupe.engine import State, Ticket
from loupe.errors import Cancelled, EmptyText, EngineError

SOON_S = 10


def test_it_reports_and_gives_its_result() -> None:
    go = threading.Event()

    def work(ticket: Ticket[int]) -> int:
        ticket.report(1, 2, "rows")
        go.wait(SOON_S)
        return 7

    ticket = background.start(work)
    with pytest.raises(TimeoutError):
        ticket.result(timeout_s=0.05)
    assert ticket.progress is not None
    assert (ticket.progress.done, ticket.progress.total) == (1, 2)
    go.set()
    assert ticket.result(SOON_S) == 7


def test_a_cancelled_work_sees_it_and_frees_its_place() -> None:
    started = threading.Event()

    def work(ticket: Ticket[int]) -> int:
        started.set()
        ticket.cancelled.wait(SOON_S)
        ticket.raise_if_cancelled()
        return 1

    for _ in range(5):
        ticket = background.start(work)
        assert started.wait(SOON_S)
        ticket.cancel()
        with pytest.raises(Cancelled):
            ticket.result(0)
        assert ticket.wait_for_end(SOON_S)
        started.clear()


def test_what_waits_and_is_given_up_never_begins() -> None:
    go, began = threading.Event(), []
    both = threading.Barrier(3)

    def hold(_ticket: Ticket[bool]) -> bool:
        both.wait(SOON_S)
        return go.wait(SOON_S)

    holding = [background.start(hold) for _ in range(2)]
    both.wait(SOON_S)
    third = background.start(lambda _ticket: began.append(1))
    assert third.state is State.QUEUED
    third.cancel()
    go.set()
    assert third.wait_for_end(SOON_S)
    assert [ticket.result(SOON_S) for ticket in holding] == [True, True]
    assert began == []


def test_it_waits_while_transformers_is_half_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    half = types.ModuleType("transformers")
    monkeypatch.setitem(sys.modules, "transformers", half)
    ticket = background.start(lambda _ticket: 7)
    with pytest.raises(TimeoutError):
        ticket.result(timeout_s=0.2)
    half.PreTrainedTokenizerBase = object  # type: ignore[attr-defined]
    assert ticket.result(SOON_S) == 7


def test_a_persons_fault_is_raised_as_it_is_and_ours_with_a_remedy(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fault(_ticket: Ticket[None]) -> None:
        raise EmptyText("There is nothing.", "Write something.")

    with pytest.raises(EmptyText):
        background.start(fault).result(SOON_S)

    def bug(_ticket: Ticket[None]) -> None:
        raise ZeroDivisionError

    with pytest.raises(EngineError) as caught:
        background.start(bug).result(SOON_S)
    assert "ZeroDivisionError" in str(caught.value.detail)
    assert "ZeroDivisionError" in caplog.text
