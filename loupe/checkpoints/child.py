"""A helper process that can be killed, and what it says meanwhile.

The parent's end is `Child`, the helper's end is `Reporter` with `die_with_parent`. The helper
reports by JSON lines in a file: a pipe nobody reads would stop it, and a file outlives it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

PROJECT = Path(__file__).resolve().parent.parent.parent

# Between asking a child to stop, so that it removes its partial file, and killing it.
KILL_GRACE_S = 0.5
PARENT_CHECK_S = 0.25
LOG_TAIL_CHARACTERS = 2000
# What a killed process leaves behind is nobody's after this long.
ABANDONED_AFTER_S = 24 * 3600.0

_JOB = "job.json"
_EVENTS = "events.jsonl"
_LOG = "log.txt"


class Child:
    """One running helper: `python -m MODULE JOB.json`, in a process group of its own.

    `folder` holds its job, its events and its log, and is removed by `close`.
    """

    def __init__(
        self, module: str, job: Mapping[str, object], folder: Path, environment: Mapping[str, str]
    ) -> None:
        folder = folder.absolute()
        folder.mkdir(parents=True, mode=0o700)
        self._folder = folder
        self._read_from = 0
        job = {**job, "events": str(folder / _EVENTS), "parent_pid": os.getpid()}
        (folder / _JOB).write_text(json.dumps(job), encoding="utf-8")
        paths = [str(PROJECT), environment.get("PYTHONPATH", "")]
        with (folder / _LOG).open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, str(folder / _JOB)],
                # Not the server's own: a file there could take the place of a module.
                cwd=PROJECT,
                env={**environment, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def running(self) -> bool:
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """Negative where a signal ended it; None while it runs."""
        return self._process.poll()

    def events(self) -> list[dict[str, Any]]:
        """What was reported since the last call; a line still being written waits."""
        try:
            with (self._folder / _EVENTS).open("rb") as file:
                file.seek(self._read_from)
                whole, newline, _ = file.read().rpartition(b"\n")
        except FileNotFoundError:
            return []
        self._read_from += len(whole) + len(newline)
        return [json.loads(line) for line in whole.splitlines() if line]

    def tell(self, word: str) -> None:
        """Write one line to the helper; a helper that has ended does not mind."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{word}\n".encode())
            self._process.stdin.flush()
        except (BrokenPipeError, ValueError):
            return

    def log_tail(self) -> str:
        """The end of what the helper's libraries printed."""
        try:
            return (self._folder / _LOG).read_text(errors="replace")[-LOG_TAIL_CHARACTERS:].strip()
        except OSError:
            return ""

    def close(self) -> None:
        """End the helper and everything it started, wait for it, and remove its folder."""
        if self.running():
            self._signal(signal.SIGTERM)
            try:
                self._process.wait(KILL_GRACE_S)
            except subprocess.TimeoutExpired:
                self._signal(signal.SIGKILL)
        self._process.wait()
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return


def remove_abandoned(paths: Iterable[Path], older_than_s: float = ABANDONED_AFTER_S) -> None:
    """Remove files and folders that nobody has written to for so long."""
    now = time.time()
    for path in paths:
        try:
            if now - path.stat().st_mtime <= older_than_s:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()
        except OSError:
            # Gone meanwhile, or not ours to remove.
            continue


class Reporter:
    """The helper's pen: one JSON line an event, whole or not at all."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def write(self, event: str, **fields: object) -> None:
        line = json.dumps({"event": event, **fields}) + "\n"
        with self._lock, self._path.open("ab", buffering=0) as file:
            file.write(line.encode())


def read_job() -> dict[str, Any]:
    """The helper's own job, named by its one argument; from here on it dies with its parent."""
    job: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    die_with_parent(job["parent_pid"])
    return job


def die_with_parent(parent_pid: int) -> None:
    """End this process soon after its parent has gone, and cleanly when it is asked to.

    Polled rather than asked of the kernel: PR_SET_PDEATHSIG fires when the parent's *thread* ends.
    """
    signal.signal(signal.SIGTERM, _stop)
    threading.Thread(target=_watch_parent, args=(parent_pid,), daemon=True).start()


def _watch_parent(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(PARENT_CHECK_S)
    # First as a request, so that partial files go; then without asking.
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(KILL_GRACE_S)
    os._exit(1)


def _stop(_number: int, _frame: object) -> NoReturn:
    # An exception, so that every `finally` on the way up removes its temporary file.
    raise SystemExit(128 + signal.SIGTERM)
