"""Downloads that can be watched and cancelled, one a thing, each in a process of its own."""

from __future__ import annotations

import os
import shutil
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from loupe.checkpoints.child import Child, remove_abandoned
from loupe.checkpoints.fetch import BACKOFF_S, GO
from loupe.checkpoints.hub import HubSettings, Named, safe_name
from loupe.checkpoints.order import Order, checkpoint_order
from loupe.checkpoints.reachable import Probe
from loupe.checkpoints.ref import CheckpointRef
from loupe.errors import LoupeError

POLL_S = 0.05
RATE_WINDOW_S = 5.0
# Room that is left on the disk for everything else on it.
DISK_MARGIN_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a download waits for what, and how often it begins again.

    answer_s: for the hub's first word, from `start` on; a person is told within 5 s.
    plan_s: for the list of files, once the hub is known to be there; a process has to start for it.
    stall_s: without a new byte, before the process is replaced.
    restarts: how often it is replaced.
    backoff_s: waits between the attempts inside one process.
    """

    answer_s: float = 4.5
    plan_s: float = 30.0
    stall_s: float = 30.0
    restarts: int = 2
    backoff_s: tuple[float, ...] = BACKOFF_S


class DownloadState(StrEnum):
    PLANNING = "planning"
    DOWNLOADING = "downloading"
    RETRYING = "retrying"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in {DownloadState.DONE, DownloadState.FAILED, DownloadState.CANCELLED}


@dataclass(frozen=True, slots=True)
class DownloadSnapshot:
    """One download at one moment.

    bytes_done and bytes_total count what was in the cache before as well; bytes_total is None until
    the hub has said it. bytes_per_s is over the last seconds; eta_s is None where it is unknown.
    folder and commit stand once it is done; error once it failed or was cancelled.
    needs_conversion: the weights are a pickle. safetensors_revision: a pull request that offers
    them as safetensors, as its author made them.
    """

    state: DownloadState = DownloadState.PLANNING
    bytes_done: int = 0
    bytes_total: int | None = None
    bytes_per_s: float = 0.0
    eta_s: float | None = None
    file: str | None = None
    files_done: int = 0
    files_total: int | None = None
    attempt: int = 0
    needs_conversion: bool = False
    safetensors_revision: str | None = None
    commit: str | None = None
    folder: Path | None = None
    error: LoupeError | None = None


class Download:
    """One download; made by `DownloadManager`, safe to use from any thread."""

    def __init__(self, order: Order, settings: HubSettings) -> None:
        self.order = order
        self.settings = settings
        self._snapshot = DownloadSnapshot()
        self._stop = threading.Event()
        self._ended = threading.Event()

    @property
    def ref(self) -> Named:
        return self.order.ref

    def snapshot(self) -> DownloadSnapshot:
        return self._snapshot

    def cancel(self) -> None:
        """Ask it to stop, which it does within a second; files that are complete stay."""
        self._stop.set()

    def wait(self, timeout_s: float | None = None) -> DownloadSnapshot:
        """The state at its end, or after `timeout_s`."""
        self._ended.wait(timeout_s)
        return self._snapshot

    def _update(self, **changes: Any) -> None:
        """Called by the one thread that supervises it."""
        self._snapshot = replace(self._snapshot, **changes)

    def _end(self, state: DownloadState, **changes: Any) -> None:
        self._update(state=state, bytes_per_s=0.0, eta_s=None, **changes)
        self._ended.set()


class DownloadManager:
    """Every download of this process: at most one at a time for an order.

    work: an own folder for the helpers' jobs and events.
    disk_free: the free bytes of the disk that holds a path; passed in for tests.
    """

    def __init__(
        self,
        work: Path,
        *,
        limits: Limits | None = None,
        environment: Mapping[str, str] | None = None,
        disk_free: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free,
    ) -> None:
        self._work = work
        self._limits = limits or Limits()
        self._environment = os.environ if environment is None else environment
        self._disk_free = disk_free
        self._lock = threading.Lock()
        self._downloads: dict[Hashable, Download] = {}
        self._threads: dict[Download, threading.Thread] = {}
        self._closed = False

    def start(self, ref: CheckpointRef, settings: HubSettings) -> Download:
        """Begin the download of a checkpoint, or join the one that is under way; see `begin`."""
        return self.begin(checkpoint_order(ref), settings)

    def begin(self, order: Order, settings: HubSettings) -> Download:
        """Begin a download, or join the one that is under way for this order.

        Returns at once and raises nothing: what goes wrong stands in the snapshot's `error`.
        """
        began, ref, errors = time.monotonic(), order.ref, order.complaints
        with self._lock:
            running = self._downloads.get(order.key)
            if running is not None and not running.snapshot().state.ended:
                return running
            download = Download(order, settings)
            self._downloads[order.key] = download
            if settings.offline:
                download._end(DownloadState.FAILED, error=errors.offline(ref, settings))
            elif self._closed:
                download._end(DownloadState.CANCELLED, error=errors.cancelled(ref, 0, None))
            else:
                supervisor = _Supervisor(
                    download,
                    work=self._work,
                    limits=self._limits,
                    environment=dict(self._environment),
                    disk_free=self._disk_free,
                    began=began,
                )
                thread = threading.Thread(
                    target=supervisor.run, name=f"loupe-download-{ref.id}", daemon=True
                )
                self._threads = {d: t for d, t in self._threads.items() if t.is_alive()}
                self._threads[download] = thread
                thread.start()
            return download

    def get(self, key: Hashable) -> Download | None:
        """The newest download of a checkpoint (by its ref) or an order (by its key), if any."""
        with self._lock:
            return self._downloads.get(key)

    @property
    def closed(self) -> bool:
        """Whether nothing will be begun any more."""
        with self._lock:
            return self._closed

    def active(self) -> tuple[Download, ...]:
        with self._lock:
            return tuple(d for d in self._downloads.values() if not d.snapshot().state.ended)

    def close(self) -> None:
        """Cancel everything, and return when no process of ours is left. At the server's end."""
        with self._lock:
            self._closed = True
            threads = dict(self._threads)
        for download in threads:
            download.cancel()
        for thread in threads.values():
            thread.join()


@dataclass
class _Rate:
    """Bytes a second over the last seconds."""

    _marks: deque[tuple[float, int]] = field(default_factory=deque)

    def add(self, bytes_done: int) -> float:
        now = time.monotonic()
        if self._marks and bytes_done < self._marks[-1][1]:
            # A file began again.
            self._marks.clear()
        self._marks.append((now, bytes_done))
        while now - self._marks[0][0] > RATE_WINDOW_S and len(self._marks) > 2:
            self._marks.popleft()
        (then, before), elapsed_s = self._marks[0], now - self._marks[0][0]
        return (bytes_done - before) / elapsed_s if elapsed_s > 0 and then < now else 0.0


class _Supervisor:
    """Runs one download to its end: starts the process, reads what it reports, replaces it."""

    def __init__(
        self,
        download: Download,
        *,
        work: Path,
        limits: Limits,
        environment: Mapping[str, str],
        disk_free: Callable[[Path], int],
        began: float,
    ) -> None:
        self._download = download
        self._order = download.order
        self._errors = download.order.complaints
        self._ref = download.ref
        self._settings = download.settings
        self._work = work
        self._limits = limits
        self._environment = environment
        self._disk_free = disk_free
        self._began = began
        self._probe: Probe | None = None
        self._answered = False
        self._planned = False
        self._moved_at = 0.0
        self._rate = _Rate()

    def run(self) -> None:
        remove_abandoned(self._work.glob("*"))
        url = f"{self._settings.endpoint}/api/{self._order.repo_type}s/{self._ref.id}"
        self._probe = Probe(url, self._limits.answer_s)
        try:
            for restart in range(self._limits.restarts + 1):
                if restart:
                    self._download._update(state=DownloadState.RETRYING, attempt=restart)
                if self._run_child():
                    return
            stalled = self._errors.stalled(self._ref, self._limits.stall_s, self._limits.restarts)
            self._download._end(DownloadState.FAILED, error=stalled)
        except Exception as error:
            # Also a fault of ours must end the download, or whoever waits for it waits forever.
            self._download._end(
                DownloadState.FAILED, error=self._errors.unexpected(self._ref, repr(error))
            )

    def _run_child(self) -> bool:
        """True where the download has come to an end, False where the process stalled."""
        child = Child(
            self._order.module,
            {
                **self._order.job,
                "repo_type": self._order.repo_type,
                "endpoint": self._settings.endpoint,
                "cache": str(self._settings.cache.absolute()),
                "backoff_s": list(self._limits.backoff_s),
            },
            self._work / f"{safe_name(self._ref)}-{uuid.uuid4().hex[:8]}",
            _child_environment(self._environment, self._settings),
        )
        end: tuple[DownloadState, dict[str, Any]] | None = None
        try:
            self._moved_at, self._planned = time.monotonic(), False
            while end is None:
                stopped = self._download._stop.wait(POLL_S)
                alive = child.running()
                for event in child.events():
                    end = end or self._read(event, child)
                if stopped:
                    end = end or self._cancelled()
                end = end or self._check_answer()
                if end is None and not alive:
                    ended = self._errors.unexpected(self._ref, child.log_tail())
                    end = DownloadState.FAILED, {"error": ended}
                if end is None and self._stalled():
                    if self._planned:
                        return False
                    # It was there a moment ago; a new process would fare no better.
                    detail = f"No list of files within {self._limits.plan_s:g} s."
                    lost = self._errors.unreachable(self._ref, self._settings, detail)
                    end = DownloadState.FAILED, {"error": lost}
        finally:
            child.close()
        # Only now: whoever sees the end may rely on the process being gone.
        state, changes = end
        self._download._end(state, **changes)
        return True

    def _stalled(self) -> bool:
        """Whether nothing has moved for longer than it may."""
        allowed_s = self._limits.stall_s if self._planned else self._limits.plan_s
        still_s = time.monotonic() - self._moved_at
        if still_s > RATE_WINDOW_S and self._download.snapshot().bytes_per_s:
            # A speed that no longer holds must not stay on the screen.
            self._download._update(bytes_per_s=0.0, eta_s=None)
        return self._answered and still_s > allowed_s

    def _cancelled(self) -> tuple[DownloadState, dict[str, Any]]:
        now = self._download.snapshot()
        error = self._errors.cancelled(self._ref, now.files_done, now.files_total)
        return DownloadState.CANCELLED, {"error": error}

    def _check_answer(self) -> tuple[DownloadState, dict[str, Any]] | None:
        """Give up where the hub is known not to be there, or has said nothing for too long."""
        assert self._probe is not None
        answer = self._probe.answer
        self._answered = self._answered or (answer is not None and answer.reachable)
        if self._answered:
            return None
        waited_s = time.monotonic() - self._began
        if answer is None and waited_s < self._limits.answer_s:
            return None
        detail = answer.detail if answer else f"No answer within {self._limits.answer_s:g} s."
        error = self._errors.unreachable(self._ref, self._settings, detail)
        return DownloadState.FAILED, {"error": error}

    def _read(
        self, event: dict[str, Any], child: Child
    ) -> tuple[DownloadState, dict[str, Any]] | None:
        name = event["event"]
        if name == "planned":
            self._answered = self._planned = True
            return self._plan(event, child)
        if name == "progress":
            self._progress(event)
        elif name == "retrying":
            self._download._update(state=DownloadState.RETRYING, attempt=event["attempt"])
        elif name == "done":
            return DownloadState.DONE, {
                "commit": event["commit"],
                "folder": Path(event["folder"]),
                "file": None,
            }
        elif name == "failed":
            error = self._errors.from_failure(
                self._ref,
                self._settings,
                event["kind"],
                event["message"],
                tuple(event.get("known", ())),
            )
            return DownloadState.FAILED, {"error": error}
        return None

    def _plan(
        self, event: dict[str, Any], child: Child
    ) -> tuple[DownloadState, dict[str, Any]] | None:
        self._moved_at = time.monotonic()
        self._download._update(
            state=DownloadState.DOWNLOADING,
            bytes_done=event["bytes_cached"],
            bytes_total=event["bytes_total"],
            files_total=len(event["files"]),
            commit=event["commit"],
            needs_conversion=event["needs_conversion"],
            safetensors_revision=event["safetensors_revision"],
        )
        needed = event["bytes_total"] - event["bytes_cached"]
        free = self._disk_free(_existing(self._settings.cache))
        if needed and needed + DISK_MARGIN_BYTES > free:
            error = self._errors.not_enough_disk(self._ref, self._settings, needed, free)
            return DownloadState.FAILED, {"error": error}
        child.tell(GO)
        return None

    def _progress(self, event: dict[str, Any]) -> None:
        before, bytes_done = self._download.snapshot(), event["bytes_done"]
        moved = bytes_done > before.bytes_done or event["files_done"] > before.files_done
        if moved:
            self._moved_at = time.monotonic()
        rate = self._rate.add(bytes_done)
        left = max(0, (before.bytes_total or 0) - bytes_done)
        self._download._update(
            # A file that is asked for again is not yet a file that flows again.
            state=DownloadState.DOWNLOADING if moved else before.state,
            bytes_done=bytes_done,
            files_done=event["files_done"],
            file=event["file"],
            bytes_per_s=rate,
            eta_s=left / rate if rate > 0 and before.bytes_total else None,
        )


def _child_environment(environment: Mapping[str, str], settings: HubSettings) -> dict[str, str]:
    """The process's environment: the settings decide, not what the variables happen to say.

    The token travels here because a file would outlive it and a command line is seen by everybody.
    """
    ours = {
        "HF_ENDPOINT": settings.endpoint,
        "HF_HUB_CACHE": str(settings.cache.absolute()),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
        "HF_HUB_DISABLE_UPDATE_CHECK": "1",
        "HF_TOKEN": settings.token or "",
    }
    dropped = {
        "HUGGING_FACE_HUB_TOKEN",
        "HF_OIDC_RESOURCE",
        "HF_DEBUG",
        "HF_HUB_OFFLINE",
        "TRANSFORMERS_OFFLINE",
        "HF_HUB_ENABLE_HF_TRANSFER",
        "HUGGINGFACE_CO_STAGING",
    }
    return {k: v for k, v in environment.items() if k not in dropped} | ours


def _existing(path: Path) -> Path:
    """The nearest folder above that exists: the disk that a path would be made on."""
    path = path.absolute()
    return next(p for p in (path, *path.parents) if p.exists())
