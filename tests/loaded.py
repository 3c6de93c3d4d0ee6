"""A tiny checkpoint in memory, for tests that need a model and no pool."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from loupe.checkpoints.limits import context_length
from loupe.checkpoints.loading import load
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.engine.decoding import RowBatch
from loupe.engine.loaded import LoadedModel, ModelKey
from loupe.engine.ticket import Job
from loupe.engine.turns import TurnWork
from tests.tiny_models import make_tiny


def load_tiny(
    kind: str, folder: Path, auto_class: str = "AutoModelForMaskedLM", **options: Any
) -> LoadedModel:
    """Make a tiny random checkpoint of this kind and load it as the engine would.

    options: of make_tiny.
    """
    return load_folder(make_tiny(kind, folder, auto_class=auto_class, **options), auto_class)


def load_folder(folder: Path, auto_class: str, base: Path | None = None) -> LoadedModel:
    """Load as the engine would, on the CPU in float32. base: what it is an adapter of."""
    name = f"folder:{folder}"
    device, dtype = torch.device("cpu"), torch.float32
    model, tokenizer = load(folder, auto_class, device=device, dtype=dtype, name=name, base=base)
    return LoadedModel(
        key=ModelKey(CheckpointRef(Kind.FOLDER, str(folder)), auto_class),
        model=model,
        tokenizer=tokenizer,
        device=device,
        dtype=dtype,
        revision=None,
        bytes=0,
        context_length=context_length(model.config, tokenizer),
        name=name,
    )


def run_turns(loaded: LoadedModel, work: TurnWork[Any], reports: list[Any] | None = None) -> Any:
    """The result of work that goes on turn by turn; no worker. reports: gets its progress."""
    job: Job[Any] = Job(work)
    batch = RowBatch(loaded)
    with torch.inference_mode():
        steps = work.begin(loaded, job.worker_ticket, batch)
        while True:
            try:
                rows = next(steps)
            except StopIteration as stop:
                return stop.value
            finally:
                if reports is not None and job.progress is not None:
                    reports.append(job.progress)
            for _row, error in batch.step(rows):
                raise error
