"""A run's LoRA adapter merged into its base, in a process of its own: `python -m loupe.runs.merge`.

The server that asks for it has models of its own in memory, and loads one at a time; here the merge
can be cancelled by ending the process, and its memory comes back whole.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from loupe import errors
from loupe.checkpoints.child import Child, Reporter, read_job
from loupe.errors import Cancelled, CheckpointError, DamagedCheckpoint, LoupeError, OutOfMemory

POLL_S = 0.1
_DONE, _FAILED = "done", "failed"


def merge(folder: Path, base: Path, target: Path, name: str) -> None:
    """Write the merged model with its configuration and tokenizer into a folder, as float32.

    Raises as loupe.checkpoints.loading.load. name: what messages call the checkpoint.
    """
    import torch
    from transformers.utils import logging

    from loupe.checkpoints.adapters import read_base
    from loupe.checkpoints.loading import load

    logging.disable_progress_bar()
    model, tokenizer = load(
        folder,
        read_base(folder, name).auto_class,
        device=torch.device("cpu"),
        dtype=torch.float32,
        name=name,
        base=base,
    )
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)


def merge_apart(
    folder: Path,
    base: Path,
    target: Path,
    name: str,
    *,
    cancelled: Callable[[], bool],
    wait: Callable[[float], None],
    environment: Mapping[str, str],
) -> None:
    """The same in a child process; `target` is a new folder.

    wait: sleeps so many seconds between two looks. Raises Cancelled, OutOfMemory where the system
    ended the child, and what merging raises.
    """
    job = {"folder": str(folder), "base": str(base), "target": str(target), "name": name}
    environment = {**environment, "HF_HUB_OFFLINE": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    child = Child("loupe.runs.merge", job, target.with_name(f"{target.name}.job"), environment)
    try:
        while True:
            alive = child.running()
            for event in child.events():
                if event["event"] == _DONE:
                    return
                raise _refused(event)
            if cancelled():
                raise Cancelled("The export was cancelled.", "Start it again when you like.")
            if not alive:
                raise _ended(name, child.exit_code, child.log_tail())
            wait(POLL_S)
    finally:
        child.close()


def _refused(event: Mapping[str, Any]) -> LoupeError:
    kind: type[LoupeError] = getattr(errors, event["error"], CheckpointError)
    return kind(event["message"], event["remedy"], detail=event["detail"], **event["params"])


def _ended(name: str, exit_code: int | None, log: str) -> LoupeError:
    if exit_code is not None and exit_code < 0:
        return OutOfMemory(
            "The system ended the process that merged “{name}”, most likely for want of memory.",
            "Close other models and try again.",
            name=name,
            detail=log or None,
        )
    return DamagedCheckpoint(
        "“{name}” could not be merged into its base.",
        "Export another step of the run.",
        name=name,
        detail=log or None,
    )


def main() -> None:
    """The child: does the job that its one argument names, and reports how it went."""
    job = read_job()
    reporter = Reporter(Path(job["events"]))
    try:
        merge(Path(job["folder"]), Path(job["base"]), Path(job["target"]), job["name"])
    except LoupeError as error:
        params = {name: str(value) for name, value in error.params.items()}
        reporter.write(
            _FAILED,
            error=type(error).__name__,
            message=error.message,
            remedy=error.remedy,
            params=params,
            detail=error.detail,
        )
        return
    reporter.write(_DONE)


if __name__ == "__main__":
    from loupe.engine.threads import available_cores, configure_threads

    configure_threads(os.environ, max(1, available_cores() - 1))
    main()
