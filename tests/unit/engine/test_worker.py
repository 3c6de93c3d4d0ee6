"""One worker: order, cancelling, errors, and a model that stays usable."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
import torch

from loupe.engine import State
from loupe.errors import Cancelled, EmptyText, EngineError, OutOfMemory
from tests.unit.engine.test_pool import WAIT_S, Gate


def test_a_queued_request_that_is_cancelled_never_runs(pool, key):
    gate, ran = Gate(), []
    first = pool.submit(key(), gate)
    assert gate.began.wait(WAIT_S)
    second = pool.submit(key(), lambda *_: ran.append(2))
    third = pool.submit(key(), lambda *_: ran.append(3))
    assert (second.state, second.position(), third.position()) == (State.QUEUED, 1, 2)
    assert second.cancel()
    assert not second.cancel()
    assert third.position() == 1
    gate.go.set()
    first.result(WAIT_S)
    third.result(WAIT_S)
    assert ran == [3]
    assert third.position() == 0
    assert not third.cancel(), "what has ended cannot be cancelled"
    assert third.state is State.DONE


def test_running_work_that_polls_stops_and_the_next_request_runs(pool, key):
    gate = Gate()
    ticket = pool.submit(key(), gate)
    assert gate.began.wait(WAIT_S)
    assert (ticket.state, ticket.position()) == (State.RUNNING, 0)
    assert ticket.cancel()
    with pytest.raises(Cancelled):
        ticket.result(0)
    assert pool.submit(key(), lambda *_: "next").result(WAIT_S) == "next"
    assert not gate.go.is_set()


def test_cancelling_reaches_a_loop_that_never_polls(pool, key):
    began, left = threading.Event(), threading.Event()

    def endless(loaded: Any, _ticket: Any) -> None:
        try:
            while True:
                loaded.model(input_ids=torch.tensor([[1, 2, 3]]))
                began.set()
        finally:
            left.set()

    ticket = pool.submit(key("gpt2"), endless)
    assert began.wait(WAIT_S)
    ticket.cancel()
    assert left.wait(WAIT_S)
    assert pool.submit(key("gpt2"), lambda *_: "next").result(WAIT_S) == "next"


def test_generate_stops_at_the_next_token(pool, key):
    under_way = threading.Event()
    counted: list[int] = []

    class Told:
        def put(self, _ids: Any) -> None:
            if len(counted) >= 3:
                under_way.set()
                time.sleep(0.05)

        def end(self) -> None: ...

    def generate(loaded: Any, _ticket: Any) -> None:
        ids = torch.tensor([[1, 2, 3]])
        hook = loaded.model.register_forward_hook(lambda *_: counted.append(1))
        try:
            loaded.model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                min_new_tokens=55,
                max_new_tokens=55,
                pad_token_id=0,
                streamer=Told(),
            )
        finally:
            hook.remove()

    ticket = pool.submit(key("gpt2"), generate)
    assert under_way.wait(WAIT_S)
    ticket.cancel()
    pool.submit(key("gpt2"), lambda *_: None).result(WAIT_S)
    assert 3 <= len(counted) < 30


def test_a_result_that_comes_after_the_cancelling_is_not_delivered(pool, key):
    go, began = threading.Event(), threading.Event()

    def deaf(*_: object) -> str:
        began.set()
        go.wait(WAIT_S)
        return "too late"

    ticket = pool.submit(key(), deaf, single_flight="q")
    assert began.wait(WAIT_S)
    ticket.cancel()
    go.set()
    assert pool.submit(key(), lambda *_: "anew", single_flight="q").result(WAIT_S) == "anew"
    with pytest.raises(Cancelled):
        ticket.result(0)


def test_a_library_error_arrives_in_detail_and_the_model_stays_usable(pool, key, caplog):
    def broken(loaded: Any, _ticket: Any) -> Any:
        return loaded.model(input_ids=torch.tensor([[10_000]]))

    with pytest.raises(EngineError) as caught:
        pool.submit(key(), broken).result(WAIT_S)
    error = caught.value
    assert type(error) is EngineError
    assert "IndexError" in (error.detail or "")
    assert "index" not in str(error)
    assert "“bert”" in str(error) or "“starter:bert”" in str(error)
    assert "IndexError" in caplog.text
    assert pool.submit(key(), lambda *_: "fine").result(WAIT_S) == "fine"


def test_a_loupe_error_arrives_as_it_is_and_is_not_logged(pool, key, caplog):
    def broken(*_: object) -> None:
        raise EmptyText("There is no text.", "Type some.")

    ticket = pool.submit(key(), broken)
    with pytest.raises(EmptyText):
        ticket.result(WAIT_S)
    assert ticket.state is State.FAILED
    assert caplog.text == ""


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory"
        ),
    ],
)
def test_running_out_of_memory_is_said_with_a_remedy_and_the_model_stays_usable(
    pool, key, error, caplog, monkeypatch
):
    emptied: list[torch.device] = []
    monkeypatch.setattr("loupe.engine.worker.empty_cache", emptied.append)

    def greedy(*_: object) -> None:
        raise error

    with pytest.raises(OutOfMemory) as caught:
        pool.submit(key(), greedy).result(WAIT_S)
    assert "shorter text" in str(caught.value)
    assert emptied == [torch.device("cpu")]
    assert type(error).__name__ in (caught.value.detail or "")
    assert "alloc" not in str(caught.value)
    assert error.__traceback__ is None, "its frames would keep the tensors alive"
    assert caplog.text
    logits = pool.submit(key(), lambda m, _: m.model(torch.tensor([[2, 3]])).logits.sum().item())
    assert isinstance(logits.result(WAIT_S), float)


def test_work_that_tries_to_end_the_program_only_fails(pool, key, caplog):
    def leave(*_: object) -> None:
        raise SystemExit(3)

    with pytest.raises(EngineError):
        pool.submit(key(), leave).result(WAIT_S)
    assert pool.submit(key(), lambda *_: 1).result(WAIT_S) == 1
    assert "SystemExit" in caplog.text


def test_the_memo_stays_with_the_model_and_is_not_shared_with_another(pool, key):
    def remember(loaded: Any, _ticket: Any) -> int:
        loaded.memo["n"] = loaded.memo.get("n", 0) + 1
        return int(loaded.memo["n"])

    assert [pool.submit(key(), remember).result(WAIT_S) for _ in range(3)] == [1, 2, 3]
    assert pool.submit(key("gpt2"), remember).result(WAIT_S) == 1


def test_work_can_ask_for_gradients_where_an_explanation_needs_them(pool, key):
    def attribute(loaded: Any, _ticket: Any) -> tuple[bool, bool]:
        with torch.inference_mode(False), torch.enable_grad():
            inputs = torch.randn(1, 4, 32, requires_grad=True)
            loaded.model(inputs_embeds=inputs).logits.sum().backward()
        gradients = [p.grad for p in loaded.model.parameters()]
        return inputs.grad is not None, any(g is not None for g in gradients)

    assert pool.submit(key("gpt2"), attribute).result(WAIT_S) == (True, False)


def test_requests_run_in_the_order_they_came(pool, key):
    order: list[int] = []
    tickets = [pool.submit(key(), lambda *_, i=i: order.append(i)) for i in range(50)]
    for ticket in tickets:
        ticket.result(WAIT_S)
    assert order == list(range(50))
