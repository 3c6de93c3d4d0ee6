"""Pickled weights made into safetensors once, in a process of its own, and kept."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loupe.checkpoints.child import Child, remove_abandoned
from loupe.checkpoints.convert_child import Refusal
from loupe.checkpoints.hub import FilePlan, find_whole_weights, plan_folder, safe_name
from loupe.checkpoints.ref import CheckpointRef
from loupe.errors import (
    Cancelled,
    CheckpointError,
    DamagedCheckpoint,
    LoupeError,
    NotEnoughDisk,
    OutOfMemory,
    UnsupportedCheckpoint,
)

POLL_S = 0.05
# Importing torch on a busy machine, then the slowest disk that is worth waiting for.
START_S = 60.0
SLOWEST_BYTES_PER_S = 5_000_000
# torch itself, then the file as read, as written, and what tied weights add.
MEMORY_BASE_BYTES = 2 * 1024**3
MEMORY_FACTOR = 3
DISK_MARGIN_BYTES = 64 * 1024 * 1024

MANIFEST = "conversion.json"
SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class ConversionProgress:
    """How far a conversion is: weight files, bytes written of bytes to be written (about)."""

    files_done: int
    files_total: int
    bytes_done: int
    bytes_total: int
    elapsed_s: float


def converted_folder(ref: CheckpointRef, source: Path, converted: Path) -> Path:
    """Where the safetensors of a checkpoint belong; another place once its files have changed."""
    return converted / safe_name(ref, _fingerprint(source))


def find_converted(ref: CheckpointRef, source: Path, converted: Path) -> Path | None:
    """The finished conversion of the files in `source`, or None."""
    folder = converted_folder(ref, source, converted)
    return folder if find_whole_weights(folder) is not None else None


def read_source(folder: Path) -> Path | None:
    """The folder that a conversion was made from; None where it does not say so."""
    try:
        return Path(json.loads((folder / MANIFEST).read_text("utf-8"))["source"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _fingerprint(source: Path) -> str:
    """Follows from the names, sizes and times of everything that is converted or copied."""
    plan = plan_folder(source)
    files = plan.files if plan else ()
    times = [(f.path, f.size, (source / f.path).stat().st_mtime_ns) for f in files]
    return hashlib.sha256(repr(times).encode()).hexdigest()


def convert(
    source: Path,
    target: Path,
    *,
    name: str,
    on_progress: Callable[[ConversionProgress], None] | None = None,
    cancel: threading.Event | None = None,
    timeout_s: float | None = None,
    memory_limit_bytes: int | None = None,
    disk_free: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free,
    environment: Mapping[str, str] | None = None,
) -> Path:
    """Convert a folder's pytorch_model.bin, single or sharded, into `target`; waits for the end.

    `target` comes from `converted_folder`; it appears whole or not at all, with the configuration
    and tokenizer files beside the weights. Nothing in the file is executed. `name` is what messages
    call the checkpoint; `cancel` ends the process within a second.
    Raises UnsupportedCheckpoint where the file holds more than tensors, DamagedCheckpoint,
    OutOfMemory, NotEnoughDisk, Cancelled.
    """
    if find_whole_weights(target) is not None:
        return target
    plan = plan_folder(source)
    if plan is None or not plan.needs_conversion:
        raise UnsupportedCheckpoint(
            "“{name}” has no pytorch_model.bin that could be converted.",
            "Choose a checkpoint with safetensors, GGUF or pytorch_model.bin weights.",
            name=name,
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(target.parent.glob(".*.tmp*"))
    _check_disk(plan, target.parent, name, disk_free)
    temporary = target.parent / f".{target.name}.{uuid.uuid4().hex[:8]}.tmp"
    temporary.mkdir()
    try:
        bytes_total = sum(file.size for file in plan.weights)
        dropped = _Conversion(
            source,
            temporary,
            plan,
            name=name,
            on_progress=on_progress or (lambda _: None),
            cancel=cancel or threading.Event(),
            timeout_s=timeout_s or START_S + bytes_total / SLOWEST_BYTES_PER_S,
            memory_limit_bytes=memory_limit_bytes
            or MEMORY_BASE_BYTES + MEMORY_FACTOR * max(f.size for f in plan.weights),
            environment=os.environ if environment is None else environment,
        ).run()
        _copy_companions(source, temporary, plan)
        _write_manifest(temporary, source, plan, dropped)
        _move(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return target


class _Conversion:
    """One run of the converting process."""

    def __init__(
        self,
        source: Path,
        target: Path,
        plan: FilePlan,
        *,
        name: str,
        on_progress: Callable[[ConversionProgress], None],
        cancel: threading.Event,
        timeout_s: float,
        memory_limit_bytes: int,
        environment: Mapping[str, str],
    ) -> None:
        self._target = target
        self._name = name
        self._on_progress = on_progress
        self._cancel = cancel
        self._timeout_s = timeout_s
        self._weights = [file for file in plan.weights if file.path.endswith(".bin")]
        self._dropped: list[str] = []
        self._files_done = 0
        self._began = time.monotonic()
        self._child = Child(
            "loupe.checkpoints.convert_child",
            {
                "source": str(source.absolute()),
                "target": str(target.absolute()),
                "files": [file.path for file in self._weights],
                "memory_limit_bytes": memory_limit_bytes,
            },
            target.parent / f".{target.name.strip('.')}.job",
            # More threads than one would only reserve memory: this reads and writes.
            {**environment, "OMP_NUM_THREADS": "1"},
        )

    def run(self) -> list[str]:
        """The names of the entries that were no tensors."""
        try:
            while True:
                cancelled = self._cancel.wait(POLL_S)
                alive = self._child.running()
                for event in self._child.events():
                    if self._read(event):
                        return self._dropped
                self._on_progress(self._progress())
                if cancelled:
                    raise _cancelled(self._name)
                if not alive:
                    raise _ended(self._name, self._child.exit_code, self._child.log_tail())
                if time.monotonic() - self._began > self._timeout_s:
                    raise _too_slow(self._name, self._timeout_s)
        finally:
            self._child.close()

    def _read(self, event: dict[str, Any]) -> bool:
        """True at the end; raises where the file was refused."""
        if event["event"] == "failed":
            raise _refused(self._name, event["kind"], event["file"], event["message"])
        if event["event"] == "file":
            self._files_done += 1
            self._dropped += event["dropped"]
        return bool(event["event"] == "done")

    def _progress(self) -> ConversionProgress:
        return ConversionProgress(
            files_done=self._files_done,
            files_total=len(self._weights),
            bytes_done=sum(p.stat().st_size for p in self._target.glob("*.safetensors")),
            bytes_total=sum(file.size for file in self._weights),
            elapsed_s=time.monotonic() - self._began,
        )


def _check_disk(plan: FilePlan, folder: Path, name: str, disk_free: Callable[[Path], int]) -> None:
    needed, free = plan.bytes_total + DISK_MARGIN_BYTES, disk_free(folder)
    if needed > free:
        raise NotEnoughDisk(
            "Converting “{name}” needs {needed:.0f} MB, and the disk of {folder} has "
            "{free:.0f} MB free.",
            "Make room there and try again.",
            name=name,
            needed=needed / 1e6,
            free=free / 1e6,
            folder=folder,
        )


def _copy_companions(source: Path, target: Path, plan: FilePlan) -> None:
    for file in plan.companions:
        path = target / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        # The content, not the link: the copy must outlive a cleaned cache.
        shutil.copyfile(source / file.path, path)


def _write_manifest(folder: Path, source: Path, plan: FilePlan, dropped: list[str]) -> None:
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "source": str(source),
        "files": [file.path for file in plan.weights],
        "entries_that_are_no_tensors": dropped,
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2), encoding="utf-8")


def _move(temporary: Path, target: Path) -> None:
    """Give the folder its name: from now on it counts."""
    try:
        temporary.rename(target)
    except OSError:
        # Somebody else converted the same meanwhile, or an older attempt left something broken.
        if find_whole_weights(target) is None:
            shutil.rmtree(target, ignore_errors=True)
            temporary.rename(target)


def _cancelled(name: str) -> Cancelled:
    return Cancelled(
        "The conversion of “{name}” was cancelled.",
        "Start it again when you like; nothing of it was kept.",
        name=name,
    )


def _too_slow(name: str, timeout_s: float) -> CheckpointError:
    return UnsupportedCheckpoint(
        "The conversion of “{name}” was not done after {timeout_s} s.",
        "Try again when the machine has less to do, or choose a checkpoint with safetensors.",
        name=name,
        timeout_s=f"{timeout_s:.0f}",
    )


def _out_of_memory(name: str, detail: str) -> OutOfMemory:
    return OutOfMemory(
        "Converting “{name}” takes more memory than there is.",
        "Close other models first, or choose a checkpoint with safetensors.",
        name=name,
        detail=detail,
    )


def _ended(name: str, exit_code: int | None, log: str) -> LoupeError:
    if exit_code == -signal.SIGKILL:
        # Nobody here kills it without asking: the kernel did, for want of memory.
        return _out_of_memory(name, log)
    return DamagedCheckpoint(
        "The weights of “{name}” could not be converted: the process ended by itself.",
        "Download the checkpoint again, or choose one with safetensors.",
        name=name,
        detail=log or f"exit code {exit_code}",
    )


def _refused(name: str, kind: str, file: str, message: str) -> LoupeError:
    match Refusal(kind):
        case Refusal.MORE_THAN_TENSORS:
            return UnsupportedCheckpoint(
                "{file} of “{name}” holds more than tensors: opening it could run code, "
                "so it was not opened.",
                "Choose a checkpoint with safetensors. Nothing in the file was run.",
                name=name,
                file=file,
                detail=message,
            )
        case Refusal.NO_STATE_DICT:
            return UnsupportedCheckpoint(
                "{file} of “{name}” holds no plain tensors under names.",
                "Choose a checkpoint with safetensors.",
                name=name,
                file=file,
                detail=message,
            )
        case Refusal.MEMORY:
            return _out_of_memory(name, message)
        case Refusal.DISK:
            return NotEnoughDisk(
                "The disk was full before “{name}” was converted.",
                "Make room there and try again.",
                name=name,
                detail=message,
            )
        case Refusal.DAMAGED | Refusal.UNEXPECTED:
            return DamagedCheckpoint(
                "{file} of “{name}” cannot be read.",
                "Download the checkpoint again, or choose one with safetensors.",
                name=name,
                file=file,
                detail=message,
            )
