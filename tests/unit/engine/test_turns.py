"""Several texts at once in one worker: each its own, all of them going on, none in the way."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import torch

from loupe.engine import State
from loupe.engine.turns import TurnWork
from loupe.engine.worker import ROWS_MAX
from loupe.errors import Cancelled, EmptyText, EngineError, OutOfMemory
from tests.unit.engine.test_pool import WAIT_S, Gate

TEXTS = ([5, 9, 2, 31, 7, 8, 40], [44, 1, 9], [7, 7, 7, 30, 11], [3, 2, 1, 0])


def greedy(ids: list[int], new: int, seen: list[int] | None = None, rows: int = 1) -> TurnWork[Any]:
    """Continue a text; `seen` gets a number at every turn."""

    def begin(_loaded: Any, ticket: Any, batch: Any) -> Any:
        row = batch.open(ids)
        written: list[int] = []
        try:
            while len(written) < new:
                yield [row]
                if row.pending:
                    continue
                written.append(int(row.logits[-1].argmax()))
                row.append(written[-1])
                ticket.report(len(written), new, "tokens", tuple(written))
                if seen is not None:
                    seen.append(len(written))
        finally:
            batch.close(row)
        return written

    return TurnWork(begin, rows)


def alone(pool: Any, key: Any, ids: list[int], new: int) -> list[int]:
    """The same by one forward over all of the text for each token."""

    def work(loaded: Any, _ticket: Any) -> list[int]:
        text = list(ids)
        for _ in range(new):
            text.append(int(loaded.model(input_ids=torch.tensor([text])).logits[0, -1].argmax()))
        return text[len(ids) :]

    result: list[int] = pool.submit(key, work).result(WAIT_S)
    return result


def test_texts_that_grow_together_are_each_what_they_are_alone(pool, key) -> None:
    gate = Gate()
    first = pool.submit(key("gpt2"), gate)
    assert gate.began.wait(WAIT_S)
    tickets = [pool.submit(key("gpt2"), greedy(ids, 12 + i)) for i, ids in enumerate(TEXTS)]
    gate.go.set()
    first.result(WAIT_S)
    results = [ticket.result(WAIT_S) for ticket in tickets]
    assert results == [alone(pool, key("gpt2"), ids, 12 + i) for i, ids in enumerate(TEXTS)]
    assert len({tuple(result) for result in results}) == len(TEXTS)


def test_a_short_question_does_not_wait_for_a_long_text(pool, key) -> None:
    seen: list[int] = []
    began = threading.Event()

    def watching(_loaded: Any, ticket: Any, batch: Any) -> Any:
        began.set()
        return (yield from greedy(TEXTS[0], 40, seen).begin(_loaded, ticket, batch))

    long = pool.submit(key("gpt2"), TurnWork(watching))
    assert began.wait(WAIT_S)
    when = pool.submit(key("gpt2"), lambda *_: len(seen)).result(WAIT_S)
    assert len(long.result(WAIT_S)) == 40
    assert when < 40


def test_cancelling_one_text_leaves_the_others(pool, key) -> None:
    stop, closed = threading.Event(), threading.Event()

    def endless(_loaded: Any, _ticket: Any, batch: Any) -> Any:
        row = batch.open(TEXTS[1])
        try:
            while True:
                yield [row]
                stop.set()
                row.ids.clear()
                row.cache = None
                row.pending[:] = TEXTS[1]
        finally:
            closed.set()

    doomed = pool.submit(key("gpt2"), TurnWork(endless))
    assert stop.wait(WAIT_S)
    other = pool.submit(key("gpt2"), greedy(TEXTS[0], 5))
    assert len(other.result(WAIT_S)) == 5
    assert doomed.state is State.RUNNING
    assert doomed.cancel()
    assert closed.wait(WAIT_S), "the model's work ends at the next token"
    with pytest.raises(Cancelled):
        doomed.result(WAIT_S)
    assert not pool.loaded()[0].in_use or pool.submit(key("gpt2"), lambda *_: 1).result(WAIT_S)


def test_an_error_of_one_text_is_its_own(pool, key) -> None:
    def bad(_loaded: Any, _ticket: Any, batch: Any) -> Any:
        row = batch.open([10_000, 1])  # outside the vocabulary
        yield [row]

    def refuses(*_: Any) -> Any:
        raise EmptyText("There is nothing.", "Type something.")

    gate = Gate()
    first = pool.submit(key("gpt2"), gate)
    assert gate.began.wait(WAIT_S)
    good = pool.submit(key("gpt2"), greedy(TEXTS[0], 5))
    wrong = pool.submit(key("gpt2"), TurnWork(bad))
    refused = pool.submit(key("gpt2"), TurnWork(refuses))
    gate.go.set()
    first.result(WAIT_S)
    assert len(good.result(WAIT_S)) == 5
    with pytest.raises(EngineError, match="could not finish"):
        wrong.result(WAIT_S)
    with pytest.raises(EmptyText):
        refused.result(WAIT_S)
    assert len(pool.submit(key("gpt2"), greedy(TEXTS[1], 3)).result(WAIT_S)) == 3


def test_more_texts_than_fit_wait_and_see_their_position(pool, key) -> None:
    go = threading.Event()
    began = threading.Event()

    def holds(_loaded: Any, _ticket: Any, batch: Any) -> Any:
        row = batch.open(TEXTS[0])
        began.set()
        while not go.is_set():
            yield [row]
            row.ids.clear()
            row.cache = None
            row.pending[:] = TEXTS[0]
        return "held"

    holder = pool.submit(key("gpt2"), TurnWork(holds, rows=ROWS_MAX - 1))
    assert began.wait(WAIT_S)
    two = pool.submit(key("gpt2"), greedy(TEXTS[1], 2, rows=2))
    one = pool.submit(key("gpt2"), greedy(TEXTS[2], 2))
    pool.submit(key("gpt2"), lambda *_: "plain").result(WAIT_S)
    assert (two.state, one.state) == (State.QUEUED, State.QUEUED), "first come, first served"
    assert (two.position(), one.position()) == (1, 2)
    go.set()
    assert holder.result(WAIT_S) == "held"
    assert [len(ticket.result(WAIT_S)) for ticket in (two, one)] == [2, 2]


def test_one_request_for_more_texts_than_fit_runs_by_itself(pool, key) -> None:
    wide = pool.submit(key("gpt2"), greedy(TEXTS[0], 3, rows=ROWS_MAX + 5))
    assert len(wide.result(WAIT_S)) == 3


def test_closing_the_pool_ends_texts_under_way(make_pool, key) -> None:
    pool = make_pool()
    began = threading.Event()

    def endless(_loaded: Any, _ticket: Any, batch: Any) -> Any:
        row = batch.open(TEXTS[1])
        while True:
            yield [row]
            began.set()
            row.ids.clear()
            row.cache = None
            row.pending[:] = TEXTS[1]

    ticket = pool.submit(key("gpt2"), TurnWork(endless))
    assert began.wait(WAIT_S)
    assert pool.close(WAIT_S)
    with pytest.raises(Cancelled):
        ticket.result(0)


def test_running_out_of_memory_is_said_and_the_model_stays_usable(pool, key) -> None:
    def starve(loaded: Any, _ticket: Any, batch: Any) -> Any:
        row = batch.open(TEXTS[0])
        yield [row]
        forward = loaded.model.forward

        def hungry(**_: Any) -> Any:
            loaded.model.forward = forward
            raise torch.OutOfMemoryError("CUDA out of memory")

        loaded.model.forward = hungry
        row.append(3)
        yield [row]

    with pytest.raises(OutOfMemory, match="not enough memory"):
        pool.submit(key("gpt2"), TurnWork(starve)).result(WAIT_S)
    text = pool.submit(key("gpt2"), greedy(TEXTS[0], 5)).result(WAIT_S)
    assert text == alone(pool, key("gpt2"), TEXTS[0], 5)
