"""The pool: loading once, leaving in order, sharing results, ending cleanly."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch

from loupe.checkpoints import loading
from loupe.engine import State, close_shared_pool, shared_pool
from loupe.engine.pool import RESULTS_KEPT, Loader
from loupe.errors import (
    Cancelled,
    DamagedCheckpoint,
    EngineError,
    NotOnThisMachine,
    OutOfMemory,
)
from tests.unit.engine.conftest import model_threads

WAIT_S = 20.0
TEXTS = [f"The capital of France is number {i}" + " and so on" * (i % 25) for i in range(50)]


def scores(loaded: Any, text: str, truncate: bool) -> list[float]:
    """What a task does: tokenise, run the model, return plain numbers."""
    options = {"truncation": True, "max_length": 12} if truncate else {"truncation": False}
    batch = loaded.tokenizer(text, return_tensors="pt", **options)
    ids = batch["input_ids"][:, : loaded.context_length]
    logits = loaded.model(input_ids=ids).logits[0]  # (T, V)
    return [float(ids.shape[1]), float(logits[-1].max()), float(logits[0].sum())]


class Gate:
    """Work that says when it began and ends when it is told to."""

    def __init__(self, value: object = "done") -> None:
        self.began, self.go, self.value = threading.Event(), threading.Event(), value

    def __call__(self, _loaded: Any, ticket: Any) -> object:
        self.began.set()
        while not self.go.wait(0.005):
            ticket.raise_if_cancelled()
        return self.value


class CountingLoader:
    """The real loader, counting; `sizes` overrides what a folder is said to take."""

    def __init__(self, pause_s: float = 0.0, sizes: dict[str, int] | None = None) -> None:
        self.names: list[str] = []
        self.at_once = self.most_at_once = 0
        self.pause_s, self.sizes = pause_s, sizes

    def loader(self) -> Loader:
        if self.sizes is None:
            return Loader(load=self.load)
        sizes = self.sizes
        return Loader(load=self.load, estimate_bytes=lambda folder, _dtype: sizes[folder.name])

    def load(self, folder: Any, auto_class: str, **options: Any) -> Any:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(self.pause_s)
        try:
            self.names.append(folder.name)
            return loading.load(folder, auto_class, **options)
        finally:
            self.at_once -= 1


def refs(pool: Any) -> set[str]:
    return {row.ref.id for row in pool.loaded()}


@pytest.mark.slow
def test_a_thousand_calls_from_four_threads_give_the_answers_of_one(pool, key):
    requests = [(TEXTS[i % 50], (i // 50) % 2 == 0) for i in range(1000)]
    ticket = pool.submit(key(), lambda m, _: [scores(m, *r) for r in requests[:100]])
    expected = dict(zip(requests[:100], ticket.result(WAIT_S), strict=True))

    def ask(request: tuple[str, bool]) -> bool:
        got = pool.submit(key(), lambda m, _: scores(m, *request)).result(WAIT_S)
        return bool(got == expected[request])

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(ask, requests))
    assert len(model_threads()) == 1


def test_work_runs_without_gradients_in_the_models_own_thread(pool, key):
    def work(loaded: Any, _ticket: Any) -> tuple[str, bool, bool]:
        logits = loaded.model(input_ids=torch.tensor([[2, 7, 3]])).logits
        return threading.current_thread().name, torch.is_inference(logits), logits.requires_grad

    name, inference, gradients = pool.submit(key(), work).result(WAIT_S)
    assert name == "loupe-model starter:bert"
    assert inference
    assert not gradients


def test_what_work_learns_about_a_model_is_said_in_the_loaded_model(pool, key):
    loaded = pool.submit(key(), lambda m, _: m).result(WAIT_S)
    assert (loaded.name, loaded.revision, loaded.context_length) == ("starter:bert", "r1", 64)
    assert (loaded.device, loaded.dtype) == (torch.device("cpu"), torch.float32)
    weights_bytes = sum(p.numel() * 4 for p in loaded.model.parameters())
    assert weights_bytes <= loaded.bytes <= weights_bytes + 4096, "tied weights count once"
    (row,) = pool.loaded()
    assert (row.device, row.dtype, row.bytes) == ("cpu", "float32", loaded.bytes)
    assert not row.in_use


def test_auto_and_the_written_out_choice_are_one_model(pool, key):
    pool.submit(key(), lambda *_: None).result(WAIT_S)
    pool.submit(key(device="cpu", dtype="float32"), lambda *_: None).result(WAIT_S)
    assert len(pool.loaded()) == 1
    pool.submit(key(dtype="bfloat16"), lambda *_: None).result(WAIT_S)
    assert len(pool.loaded()) == 2


def test_loading_in_bfloat16_does_not_change_another_workers_default(pool, key):
    stop = threading.Event()

    def watch(_loaded: Any, _ticket: Any) -> set[torch.dtype]:
        seen = set()
        while not stop.is_set():
            seen.add(torch.zeros(1).dtype)
        return seen

    watching = pool.submit(key("bert"), watch)
    for kind in ("gpt2", "llama", "distilbert"):
        loaded = pool.submit(key(kind, dtype="bfloat16"), lambda m, _: m).result(WAIT_S)
        assert loaded.dtype == torch.bfloat16
        assert loaded.model.dtype == torch.bfloat16
    stop.set()
    assert watching.result(WAIT_S) == {torch.float32}


def test_eight_threads_that_want_one_model_load_it_once(make_pool, key):
    counting = CountingLoader(pause_s=0.1)
    pool = make_pool(loader=counting.loader())
    with ThreadPoolExecutor(8) as threads:
        tickets = list(threads.map(lambda _: pool.submit(key(), lambda m, _: id(m)), range(8)))
        found = {ticket.result(WAIT_S) for ticket in tickets}
    assert len(found) == 1
    assert counting.names == ["bert"]


def test_two_models_never_load_at_the_same_time(make_pool, key):
    counting = CountingLoader(pause_s=0.05)
    pool = make_pool(loader=counting.loader())
    tickets = [pool.submit(key(kind), lambda *_: None) for kind in ("bert", "gpt2", "llama")]
    for ticket in tickets:
        ticket.result(WAIT_S)
    assert sorted(counting.names) == ["bert", "gpt2", "llama"]
    assert counting.most_at_once == 1


def test_the_least_recently_used_model_leaves_alone_and_its_memory_is_freed(make_pool, key):
    sizes = {"bert": 1, "gpt2": 1, "distilbert": 11}
    pool = make_pool(loader=CountingLoader(sizes=sizes).loader())
    pool.submit(key("bert"), lambda *_: None).result(WAIT_S)
    gone = weakref.ref(pool.submit(key("gpt2"), lambda m, _: m.model).result(WAIT_S))
    pool.submit(key("bert"), lambda *_: None).result(WAIT_S)
    # Room for ten bytes more, and eleven are wanted: one of the two has to go.
    pool.memory_budget_bytes = sum(row.bytes for row in pool.loaded()) + 10
    pool.submit(key("distilbert"), lambda *_: None).result(WAIT_S)
    assert refs(pool) == {"bert", "distilbert"}, "gpt2 was used longest ago"
    gc.collect()
    assert gone() is None
    assert len(model_threads()) == 2


def test_a_model_in_use_never_leaves_and_the_refusal_says_who_holds_the_memory(make_pool, key):
    sizes = {"bert": 1, "gpt2": 1 << 31}
    pool = make_pool(loader=CountingLoader(sizes=sizes).loader(), memory_budget_bytes=1 << 31)
    gate = Gate()
    holding = pool.submit(key("bert"), gate)
    assert gate.began.wait(WAIT_S)
    refused = pool.submit(key("gpt2"), lambda *_: None)
    with pytest.raises(OutOfMemory) as caught:
        refused.result(WAIT_S)
    text = str(caught.value)
    assert "“gpt2” needs 2.0 GiB" in text
    assert "bert (" in text
    assert refs(pool) == {"bert"}
    gate.go.set()
    assert holding.result(WAIT_S) == "done"
    pool.submit(key("gpt2"), lambda *_: None)


def test_a_model_larger_than_the_budget_evicts_nobody(make_pool, key):
    sizes = {"bert": 1, "gpt2": 1 << 41}
    pool = make_pool(loader=CountingLoader(sizes=sizes).loader())
    pool.submit(key("bert"), lambda *_: None).result(WAIT_S)
    with pytest.raises(OutOfMemory):
        pool.submit(key("gpt2"), lambda *_: None).result(WAIT_S)
    assert refs(pool) == {"bert"}


def test_a_model_that_does_not_fit_into_free_main_memory_is_not_read(make_pool, key):
    counting = CountingLoader()
    pool = make_pool(loader=counting.loader(), available_ram_bytes=lambda: 1000)
    with pytest.raises(OutOfMemory) as caught:
        pool.submit(key(), lambda *_: None).result(WAIT_S)
    assert "main memory" in str(caught.value)
    assert counting.names == []
    assert pool.loaded() == ()


def test_a_failed_load_reaches_everybody_who_waits_and_does_not_poison_the_key(make_pool, key):
    broken = [True]
    began, go = threading.Event(), threading.Event()

    def load(*arguments: Any, **options: Any) -> Any:
        began.set()
        if broken[0]:
            assert go.wait(WAIT_S)
            raise DamagedCheckpoint("“{name}” is damaged.", "Copy it again.", name="bert")
        return loading.load(*arguments, **options)

    pool = make_pool(loader=Loader(load=load))
    first = pool.submit(key(), lambda *_: 1, single_flight="a")
    assert began.wait(WAIT_S)
    second = pool.submit(key(), lambda *_: 2)
    go.set()
    for ticket in (first, second):
        with pytest.raises(DamagedCheckpoint):
            ticket.result(WAIT_S)
        assert ticket.state is State.FAILED
    broken[0] = False
    assert pool.submit(key(), lambda *_: 3, single_flight="a").result(WAIT_S) == 3


def test_a_checkpoint_that_is_not_here_arrives_as_that_error_with_the_ticket(make_pool, key):
    def resolve(_ref: object) -> Any:
        raise NotOnThisMachine("“{name}” is not here.", "Download it.", name="x")

    pool = make_pool(resolve=resolve)
    with pytest.raises(NotOnThisMachine):
        pool.submit(key(), lambda *_: None).result(WAIT_S)
    assert pool.loaded() == ()


def test_an_unknown_error_while_loading_is_wrapped_with_its_words_in_detail(make_pool, key, caplog):
    def load(*_: Any, **__: Any) -> Any:
        raise RuntimeError("mysterious words")

    pool = make_pool(loader=Loader(load=load))
    with pytest.raises(EngineError) as caught:
        pool.submit(key(), lambda *_: None).result(WAIT_S)
    assert "mysterious words" not in str(caught.value)
    assert caught.value.detail == "RuntimeError: mysterious words"
    assert "mysterious words" in caplog.text


def test_memory_that_runs_out_while_loading_is_said_so(make_pool, key, caplog):
    def load(*_: Any, **__: Any) -> Any:
        raise MemoryError

    pool = make_pool(loader=Loader(load=load))
    with pytest.raises(OutOfMemory):
        pool.submit(key(), lambda *_: None).result(WAIT_S)
    assert caplog.text


def test_what_a_failed_load_had_read_is_freed_while_its_error_is_kept(make_pool, key):
    half_loaded: list[Any] = []

    def load(*_: Any, **__: Any) -> Any:
        half = torch.nn.Linear(2, 2)
        half_loaded.append(weakref.ref(half))
        try:
            half(torch.ones(3))
        except RuntimeError as error:
            raise DamagedCheckpoint("“{name}” is damaged.", "Copy it.", name="x") from error

    pool = make_pool(loader=Loader(load=load))
    ticket = pool.submit(key(), lambda *_: None)
    with pytest.raises(DamagedCheckpoint):
        ticket.result(WAIT_S)
    gc.collect()
    assert half_loaded[0]() is None


def test_three_identical_clicks_run_once_and_all_get_the_answer(pool, key):
    gate, runs = Gate("answer"), []

    def work(loaded: Any, ticket: Any) -> object:
        runs.append(1)
        return gate(loaded, ticket)

    tickets = [pool.submit(key(), work, single_flight=("q", 1)) for _ in range(3)]
    other = pool.submit(key(), lambda *_: "other", single_flight=("q", 2))
    gate.go.set()
    assert [ticket.result(WAIT_S) for ticket in tickets] == ["answer"] * 3
    assert other.result(WAIT_S) == "other"
    late = pool.submit(key(), work, single_flight=("q", 1))
    assert (late.state, late.result(0)) == (State.DONE, "answer")
    assert runs == [1]
    pool.forget_results()
    assert pool.submit(key(), work, single_flight=("q", 1)).result(WAIT_S) == "answer"
    assert runs == [1, 1]


def test_one_holder_cancels_and_the_others_still_get_the_answer(pool, key):
    gate = Gate("answer")
    tickets = [pool.submit(key(), gate, single_flight="q") for _ in range(3)]
    assert gate.began.wait(WAIT_S)
    assert tickets[0].cancel()
    assert tickets[0].state is State.CANCELLED
    with pytest.raises(Cancelled):
        tickets[0].result(0)
    gate.go.set()
    assert tickets[1].result(WAIT_S) == tickets[2].result(WAIT_S) == "answer"
    assert tickets[1].state is State.DONE


def test_when_all_holders_cancel_the_work_stops_and_an_equal_request_runs_anew(pool, key):
    gate = Gate("old")
    tickets = [pool.submit(key(), gate, single_flight="q") for _ in range(2)]
    assert gate.began.wait(WAIT_S)
    for ticket in tickets:
        ticket.cancel()
    fresh = pool.submit(key(), lambda *_: "new", single_flight="q")
    assert fresh.result(WAIT_S) == "new"
    assert not gate.go.is_set()


def test_equal_requests_to_two_models_are_two_requests(pool, key):
    for kind in ("bert", "gpt2"):
        ticket = pool.submit(key(kind), lambda m, _: m.key.ref.id, single_flight="q")
        assert ticket.result(WAIT_S) == kind


def test_only_the_last_results_are_kept(pool, key):
    runs = []
    for i in [*range(RESULTS_KEPT + 5), RESULTS_KEPT + 4, 0]:
        ticket = pool.submit(key(), lambda *_, i=i: runs.append(i), single_flight=i)
        ticket.result(WAIT_S)
    assert runs == [*range(RESULTS_KEPT + 5), 0]


def test_unload_forgets_results_and_refuses_a_model_in_use(pool, key):
    gate = Gate()
    assert not pool.unload(key())
    ticket = pool.submit(key(), gate, single_flight="q")
    assert gate.began.wait(WAIT_S)
    with pytest.raises(EngineError, match="in use"):
        pool.unload(key())
    assert pool.unload_idle() == 0
    gate.go.set()
    ticket.result(WAIT_S)
    assert pool.unload(key())
    assert pool.loaded() == ()
    assert model_threads() == []
    assert pool.submit(key(), lambda *_: "again", single_flight="q").result(WAIT_S) == "again"
    assert pool.unload_idle() > 0
    assert model_threads() == []


def test_a_load_that_nobody_waits_for_any_more_does_not_happen(make_pool, key):
    began, go, names = threading.Event(), threading.Event(), []

    def load(folder: Any, *arguments: Any, **options: Any) -> Any:
        names.append(folder.name)
        began.set()
        assert go.wait(WAIT_S)
        return loading.load(folder, *arguments, **options)

    pool = make_pool(loader=Loader(load=load))
    first = pool.submit(key("bert"), lambda *_: 1)
    assert began.wait(WAIT_S)
    second = pool.submit(key("gpt2"), lambda *_: 2)
    assert second.state is State.LOADING
    second.cancel()
    go.set()
    assert first.result(WAIT_S) == 1
    deadline = time.monotonic() + WAIT_S
    while refs(pool) != {"bert"} and time.monotonic() < deadline:
        time.sleep(0.01)
    assert names == ["bert"]
    assert pool.submit(key("gpt2"), lambda *_: 3).result(WAIT_S) == 3


def test_closing_in_the_middle_of_work_cancels_everything_and_leaves_no_thread(make_pool, key):
    pool = make_pool()
    gate = Gate()
    running = pool.submit(key(), gate)
    waiting = [pool.submit(key(), lambda *_: 1) for _ in range(3)]
    assert gate.began.wait(WAIT_S)
    assert pool.close(timeout_s=WAIT_S)
    assert model_threads() == []
    for ticket in (running, *waiting):
        with pytest.raises(Cancelled):
            ticket.result(0)
    with pytest.raises(EngineError, match="shutting down"):
        pool.submit(key(), lambda *_: None)
    assert pool.close(timeout_s=0), "closing twice is harmless"


def test_close_says_when_a_thread_does_not_end_in_time(make_pool, key):
    pool, go, began = make_pool(), threading.Event(), threading.Event()

    def deaf(*_: object) -> None:
        began.set()
        go.wait(WAIT_S)

    pool.submit(key(), deaf)
    assert began.wait(WAIT_S)
    assert not pool.close(timeout_s=0.05)
    go.set()
    assert pool.close(timeout_s=WAIT_S)


def test_the_shared_pool_is_made_once_however_many_ask(make_pool):
    made = []

    def factory() -> Any:
        time.sleep(0.02)
        made.append(make_pool())
        return made[-1]

    with ThreadPoolExecutor(8) as threads:
        pools = set(threads.map(lambda _: shared_pool(factory), range(8)))
    assert len(pools) == len(made) == 1
    assert close_shared_pool()
    assert close_shared_pool(), "closing twice is harmless"
    assert shared_pool(factory) is made[1]
    assert close_shared_pool()


def test_the_shared_pool_survives_importing_the_engine_again(make_pool, monkeypatch):
    import importlib
    import sys

    import loupe

    pool = shared_pool(make_pool)
    # Importing again replaces the package's attribute too; both come back after the test.
    monkeypatch.setattr(loupe, "engine", sys.modules["loupe.engine"])
    monkeypatch.delitem(sys.modules, "loupe.engine")
    again = importlib.import_module("loupe.engine")
    assert again.shared_pool(lambda: pytest.fail("a second pool was made")) is pool
    assert again.close_shared_pool()
