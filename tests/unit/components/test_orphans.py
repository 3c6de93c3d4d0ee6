"""A text whose browser has gone ends; one that is waited for goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from components import orphans
from loupe.engine.ticket import Job

WAIT_S = 10.0


@pytest.fixture
def active(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The sessions whose browser is there."""
    there = {"here", "gone"}
    runtime = SimpleNamespace(is_active_session=there.__contains__)
    monkeypatch.setattr(orphans, "exists", lambda: True)
    monkeypatch.setattr(orphans, "get_instance", lambda: runtime)
    monkeypatch.setattr(orphans, "_LOOK_S", 0.01)
    return there


@pytest.fixture
def asks(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Job[Any]]:
    def ask(session_id: str) -> Job[Any]:
        context = SimpleNamespace(session_id=session_id)
        monkeypatch.setattr(orphans, "get_script_run_ctx", lambda **_: context)
        job: Job[Any] = Job(lambda *_: None)
        ticket = job.hold()
        assert ticket is not None
        orphans.watch(ticket)
        return job

    return ask


def test_only_the_text_of_the_closed_browser_ends(
    active: set[str], asks: Callable[[str], Job[Any]]
) -> None:
    kept, lost = asks("here"), asks("gone")
    time.sleep(0.1)
    assert not lost.cancelled.is_set()
    active.remove("gone")
    assert lost.cancelled.wait(WAIT_S)
    assert not kept.cancelled.is_set()
    kept.finish(None)
    again = asks("gone")  # the thread may have ended meanwhile
    assert again.cancelled.wait(WAIT_S)


def test_without_a_server_nothing_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orphans, "exists", lambda: False)
    job: Job[Any] = Job(lambda *_: None)
    ticket = job.hold()
    assert ticket is not None
    orphans.watch(ticket)
    time.sleep(0.05)
    assert not job.cancelled.is_set()


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Any, float], None]:
    """Watch a ticket for a session; with the grace that a reload gets."""

    def watch(session_id: str, ticket: Any, grace_s: float) -> None:
        context = SimpleNamespace(session_id=session_id)
        monkeypatch.setattr(orphans, "get_script_run_ctx", lambda **_: context)
        orphans.watch(ticket, grace_s)

    return watch


def test_a_reload_takes_the_work_up_within_its_grace(
    active: set[str], watched: Callable[[str, Any, float], None]
) -> None:
    job: Job[Any] = Job(lambda *_: None)
    ticket = job.hold()
    watched("gone", ticket, 30.0)
    active.remove("gone")
    time.sleep(0.1)
    assert not job.cancelled.is_set(), "nobody is there, and there is time left"
    watched("here", ticket, 30.0)
    time.sleep(0.05)
    assert not job.cancelled.is_set()
    job.finish(None)


def test_work_that_no_reload_takes_up_ends_after_its_grace(
    active: set[str], watched: Callable[[str, Any, float], None]
) -> None:
    job: Job[Any] = Job(lambda *_: None)
    began = time.monotonic()
    watched("gone", job.hold(), 0.3)
    active.remove("gone")
    assert job.cancelled.wait(WAIT_S)
    assert time.monotonic() - began >= 0.3


def test_work_of_two_pages_ends_when_both_are_gone(
    active: set[str], watched: Callable[[str, Any, float], None]
) -> None:
    job: Job[Any] = Job(lambda *_: None)
    ticket = job.hold()
    watched("gone", ticket, 0.05)
    watched("here", ticket, 0.05)
    active.remove("gone")
    time.sleep(0.2)
    assert not job.cancelled.is_set()
    active.remove("here")
    assert job.cancelled.wait(WAIT_S)
