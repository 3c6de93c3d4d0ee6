"""The pool of loaded checkpoints: who is loaded, who waits, who leaves."""

from __future__ import annotations

import atexit
import gc
import logging
import os
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import psutil
import torch

from loupe.checkpoints import loading
from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef
from loupe.checkpoints.resolve import ResolvedCheckpoint
from loupe.checkpoints.resolve import resolve as resolve_at
from loupe.engine.budget import BUDGET_VARIABLE
from loupe.engine.devices import (
    GIB,
    HardwareReport,
    choose_dtype,
    empty_cache,
    inspect_hardware,
)
from loupe.engine.file_stamp import FileStamp
from loupe.engine.loaded import LoadedModel, ModelKey
from loupe.engine.ticket import Job, Ticket, cancelled_error
from loupe.engine.turns import TurnWork
from loupe.engine.worker import Worker
from loupe.errors import EngineError, OutOfMemory

T = TypeVar("T")
_log = logging.getLogger(__name__)

RESULTS_KEPT = 64
LEAVE_TIMEOUT_S = 30.0
EXIT_TIMEOUT_S = 30.0

Work = Callable[[LoadedModel, Ticket[T]], T] | TurnWork[T]


@dataclass(frozen=True, slots=True)
class LoadedSummary:
    """One row of what is in memory. device and dtype are None while it loads.

    bytes: memory of the weights. last_used: seconds since the epoch.
    """

    key: ModelKey
    ref: CheckpointRef
    auto_class: str
    device: str | None
    dtype: str | None
    revision: str | None
    bytes: int
    in_use: bool
    loading: bool
    last_used: float


@dataclass(frozen=True, slots=True)
class Loader:
    """How a folder becomes a model; tests put their own in its place."""

    load: Callable[..., tuple[Any, Any]] = loading.load
    own_dtype: Callable[[Path, str], torch.dtype | None] = loading.own_dtype
    estimate_bytes: Callable[[Path, torch.dtype], int] = loading.estimate_bytes


class Pool:
    """Loads checkpoints on demand and runs work on them, one thread a checkpoint.

    memory_budget_bytes: of the weights of all loaded models together; None takes what the hardware
    report suggests. resolve: finds a checkpoint's folder. Safe to use from any thread.
    """

    def __init__(
        self,
        places: Places,
        *,
        memory_budget_bytes: int | None = None,
        device: str = "auto",
        hardware: HardwareReport | None = None,
        resolve: Callable[[CheckpointRef], ResolvedCheckpoint] | None = None,
        loader: Loader | None = None,
        available_ram_bytes: Callable[[], int] = lambda: int(psutil.virtual_memory().available),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.places = places
        self.hardware = hardware or inspect_hardware(device)
        self.memory_budget_bytes = (
            self.hardware.models_budget_bytes
            if memory_budget_bytes is None
            else memory_budget_bytes
        )
        self._resolve = resolve or (lambda ref: resolve_at(ref, places))
        self._loader = loader or Loader()
        self._available_ram_bytes = available_ram_bytes
        self._clock = clock
        self._lock = threading.Lock()
        # from_pretrained patches its own classes while it runs: one load at a time.
        self._load_lock = threading.Lock()
        self._workers: dict[ModelKey, Worker] = {}
        self._leaving: list[Worker] = []
        self._flights: OrderedDict[tuple[ModelKey, Hashable], Job[Any]] = OrderedDict()
        self._closed = False
        atexit.register(self._at_exit)

    def submit(
        self, key: ModelKey, work: Work[T], *, single_flight: Hashable | None = None
    ) -> Ticket[T]:
        """Queue `work(loaded, ticket)` for the checkpoint's thread, loading it first if need be.

        Work that goes on turn by turn (TurnWork) runs beside others of its kind.

        single_flight: names the work and all that its result depends on besides the model. An
        equal name that waits, runs, or is among the last RESULTS_KEPT results gives the same
        outcome without running again; a failure is not kept.
        Work never waits for a ticket of its own model: its thread would wait for itself.
        What goes wrong later, while loading too, arrives with the ticket. Raises EngineError
        where the pool is closed.
        """
        key = self._canonical(key)
        self._leave_if_replaced(key)
        flight = None if single_flight is None else (key, single_flight)
        with self._lock:
            if self._closed:
                raise EngineError("Loupe is shutting down.", "Start it again.")
            known = None if flight is None else self._flights.get(flight)
            shared = None if known is None else known.hold()
            if shared is not None and flight is not None:
                self._flights.move_to_end(flight)
                return shared
            job: Job[T] = Job(work)
            ticket = job.hold()
            assert ticket is not None
            worker = self._workers.get(key) or self._start(key)
            worker.put(job)
            if flight is not None:
                self._flights[flight] = job
                self._flights.move_to_end(flight)
                self._trim()
        return ticket

    def loaded(self) -> tuple[LoadedSummary, ...]:
        """What is in memory or being loaded, the most recently used first."""
        with self._lock:
            workers = sorted(self._workers.values(), key=lambda w: w.last_used, reverse=True)
        return tuple(_summary(worker) for worker in workers)

    def unload(self, key: ModelKey) -> bool:
        """Take a model out of memory. False where it is not loaded.

        Raises EngineError where it is in use.
        """
        key = self._canonical(key)
        with self._lock:
            worker = self._workers.get(key)
            if worker is None:
                return False
            if worker.in_use:
                raise EngineError(
                    "“{name}” is in use.",
                    "Wait until its requests have ended, or cancel them.",
                    name=key.ref.label,
                )
            self._remove(worker)
        self._dismiss([worker])
        return True

    def unload_idle(self) -> int:
        """Take every model out of memory that is not in use; the bytes this frees."""
        with self._lock:
            idle = [worker for worker in self._workers.values() if not worker.in_use]
            for worker in idle:
                self._remove(worker)
        self._dismiss(idle)
        return sum(worker.bytes for worker in idle)

    def idle_bytes(self) -> int:
        """What the models that nobody is using would give back."""
        with self._lock:
            return sum(worker.bytes for worker in self._workers.values() if not worker.in_use)

    def make_room(self, needed_bytes: int) -> tuple[str, ...]:
        """Have so much free memory on the device, as far as idle models can give it; who left.

        For work outside the pool, such as a training. The least recently used leave first, and no
        more than have to; those in use stay.
        """
        left: list[str] = []
        while self._free_bytes() < needed_bytes:
            with self._lock:
                idle = [worker for worker in self._workers.values() if not worker.in_use]
                if not idle:
                    break
                oldest = min(idle, key=lambda worker: worker.last_used)
                self._remove(oldest)
            self._dismiss([oldest])
            left.append(oldest.key.ref.label)
        return tuple(left)

    def _free_bytes(self) -> int:
        """Of the memory that the models lie in."""
        if self.hardware.device == "cuda":
            free_bytes, _total = torch.cuda.mem_get_info()
            return int(free_bytes)
        return self._available_ram_bytes()

    def forget_results(self) -> None:
        """Drop kept results: the next equal request runs again. Work in flight goes on."""
        with self._lock:
            for flight, job in list(self._flights.items()):
                if job.ended.is_set():
                    del self._flights[flight]

    def close(self, timeout_s: float = EXIT_TIMEOUT_S) -> bool:
        """Cancel all work, end all threads, free all models. Whether all ended in time."""
        with self._lock:
            self._closed = True
            for worker in list(self._workers.values()):
                self._remove(worker)
            workers = [*self._leaving]
        deadline = time.monotonic() + timeout_s
        for worker in workers:
            worker.stop()
            worker.cancel_all()
        ended = [worker.join(max(0.0, deadline - time.monotonic())) for worker in workers]
        with self._lock:
            self._leaving = [worker for worker in self._leaving if not worker.join(0)]
        if not all(ended):
            return False
        atexit.unregister(self._at_exit)
        return True

    def _at_exit(self) -> None:
        if not self.close(EXIT_TIMEOUT_S):
            # A thread inside native code aborts the interpreter's own teardown.
            _log.error("A model's thread did not end within %s s.", EXIT_TIMEOUT_S)
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(1)

    def _canonical(self, key: ModelKey) -> ModelKey:
        """The same key for the same model: “auto” is written out where that needs no file."""
        device = self.hardware.device if key.device == "auto" else key.device
        dtype = "float32" if key.dtype == "auto" and device == "cpu" else key.dtype
        return replace(key, device=device, dtype=dtype)

    def _leave_if_replaced(self, key: ModelKey) -> None:
        """Let a model go whose files are no longer those it was loaded from: the next request loads
        the new ones. One that is in use stays until it is not.
        """
        with self._lock:
            worker = self._workers.get(key)
        if worker is None or worker.in_use or worker.files is None:
            return
        if worker.files == FileStamp.of(*worker.files.folders):
            return
        with self._lock:
            if self._workers.get(key) is not worker or worker.in_use:
                return
            self._remove(worker)
        self._dismiss([worker])

    def _start(self, key: ModelKey) -> Worker:
        worker = Worker(key, self._load, self._left, self._clock)
        self._workers[key] = worker
        worker.start()
        return worker

    def _remove(self, worker: Worker) -> None:
        """Under the lock: no further job reaches this worker, and its results are forgotten.

        Loaded again, the same name may hold other weights.
        """
        self._workers.pop(worker.key, None)
        self._leaving.append(worker)
        for flight in [flight for flight in self._flights if flight[0] == worker.key]:
            del self._flights[flight]

    def _left(self, worker: Worker) -> None:
        """A worker's load failed: the next request for its key tries again."""
        with self._lock:
            if self._workers.get(worker.key) is worker:
                self._remove(worker)
            self._leaving = [w for w in self._leaving if w is not worker or self._closed]
        worker.bytes = 0
        _free(self.hardware.device)

    def _dismiss(self, workers: list[Worker]) -> None:
        """Outside the lock: end these idle workers' threads and free their models."""
        if not workers:
            return
        for worker in workers:
            worker.stop()
        for worker in workers:
            worker.join(LEAVE_TIMEOUT_S)
        with self._lock:
            self._leaving = [worker for worker in self._leaving if not worker.join(0)]
        _free(self.hardware.device)

    def _trim(self) -> None:
        """Under the lock: failures go, and of the results all but the last RESULTS_KEPT."""
        ended = [flight for flight, job in self._flights.items() if job.ended.is_set()]
        for flight in ended[: max(0, len(ended) - RESULTS_KEPT)]:
            del self._flights[flight]

    def _load(self, worker: Worker) -> LoadedModel:
        with self._load_lock:
            if self._given_up(worker):
                raise cancelled_error()
            key, name = worker.key, str(worker.key.ref)
            found = self._resolve(key.ref)
            folders = [part.folder for part in found.parts]
            for part in found.parts:
                loading.check_links(part.folder, part.roots)
            device, dtype = self._placement(key, folders[-1])
            self._make_room(worker, folders, device, dtype)
            # Before the files are read: a change while they are is a change.
            worker.files = FileStamp.of(*folders)
            model, tokenizer = self._loader.load(
                found.folder,
                key.auto_class,
                device=device,
                dtype=dtype,
                name=key.ref.label,
                base=None if found.base is None else found.base.folder,
            )
            worker.device, worker.dtype, worker.revision = device, dtype, found.revision
            worker.bytes = _model_bytes(model)
            return LoadedModel(
                key=key,
                model=model,
                tokenizer=tokenizer,
                device=device,
                dtype=dtype,
                revision=found.revision,
                bytes=worker.bytes,
                context_length=loading.context_length(model.config, tokenizer),
                name=name,
            )

    def _given_up(self, worker: Worker) -> bool:
        """Whether everybody who wanted this model has cancelled before it was loaded."""
        with self._lock:
            if worker.wanted and not self._closed:
                return False
            if self._workers.get(worker.key) is worker:
                self._remove(worker)
            return True

    def _placement(self, key: ModelKey, folder: Path) -> tuple[torch.device, torch.dtype]:
        report = self.hardware
        if key.device != report.device:
            report = inspect_hardware(key.device)
        stored = self._loader.own_dtype(folder, key.ref.label)
        return torch.device(report.device), choose_dtype(key.dtype, report, stored)

    def _make_room(
        self, worker: Worker, folders: list[Path], device: torch.device, dtype: torch.dtype
    ) -> None:
        """Reserve the memory of a model; the least recently used ones leave for it.

        folders: of the checkpoint and, for an adapter, of its base.
        Raises OutOfMemory where all that may leave is not enough.
        """
        # Weights pass through float32 in main memory, whatever they become.
        passing = sum(self._loader.estimate_bytes(folder, torch.float32) for folder in folders)
        needed = passing * dtype.itemsize // torch.float32.itemsize
        leaving: list[Worker] = []
        with self._lock:
            others = [other for other in self._workers.values() if other is not worker]
            idle = sorted((o for o in others if not o.in_use), key=lambda o: o.last_used)
            used = sum(other.bytes for other in others)
            if used - sum(other.bytes for other in idle) + needed > self.memory_budget_bytes:
                raise self._over_budget(worker.key, needed, [o for o in others if o.in_use])
            while used + needed > self.memory_budget_bytes:
                leaving.append(idle.pop(0))
                used -= leaving[-1].bytes
            for other in leaving:
                self._remove(other)
            worker.bytes = needed
        self._dismiss(leaving)
        available = self._available_ram_bytes()
        if passing > available:
            raise OutOfMemory(
                "Loading “{name}” takes {needed_gib:.1f} GiB of main memory; {available_gib:.1f} "
                "GiB are free.",
                "Close other programs, unload a model, or choose a smaller one.",
                name=worker.key.ref.label,
                needed_gib=passing / GIB,
                available_gib=available / GIB,
                device=str(device),
            )

    def _over_budget(self, key: ModelKey, needed: int, holders: list[Worker]) -> OutOfMemory:
        names = ", ".join(f"{o.key.ref.label} ({o.bytes / GIB:.1f} GiB)" for o in holders)
        return OutOfMemory(
            "“{name}” needs {needed_gib:.1f} GiB; models may take {budget_gib:.1f} GiB together. "
            "In use now: {holders}.",
            "Wait until those have ended, choose a smaller model, or start Loupe with a larger "
            "{variable}.",
            variable=BUDGET_VARIABLE,
            name=key.ref.label,
            needed_gib=needed / GIB,
            budget_gib=self.memory_budget_bytes / GIB,
            holders=names or "—",
        )


def _summary(worker: Worker) -> LoadedSummary:
    return LoadedSummary(
        key=worker.key,
        ref=worker.key.ref,
        auto_class=worker.key.auto_class,
        device=None if worker.device is None else str(worker.device),
        dtype=None if worker.dtype is None else str(worker.dtype).removeprefix("torch."),
        revision=worker.revision,
        bytes=worker.bytes,
        in_use=worker.in_use,
        loading=worker.loading,
        last_used=worker.last_used,
    )


def _model_bytes(model: Any) -> int:
    """Memory of parameters and buffers; tied weights count once."""
    tensors = {t.data_ptr(): t for t in (*model.parameters(), *model.buffers())}
    return sum(t.numel() * t.element_size() for t in tensors.values())


def _free(device: str) -> None:
    # Modules and their hooks refer to each other in circles, so counting alone frees nothing.
    gc.collect()
    empty_cache(device)
