"""What the tests run in another process: forked from one that has everything imported."""

from __future__ import annotations

import multiprocessing
import os
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch
import transformers  # noqa: F401  imported once, in the process that is forked

from loupe.checkpoints.adapters import read_base
from loupe.checkpoints.loading import load
from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef
from loupe.checkpoints.resolve import resolve
from loupe.training.job import run
from tests.unit.training.fake_tasks import FakeCausal, text_rows

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])


def train(folder: Path, places: Places) -> None:
    """Train the run as `python -m loupe.training` would; the outcome is the exit code's affair."""
    torch.set_num_threads(1)
    silence = os.open(folder / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    run(folder, places, trainable=FakeCausal(), load_rows=text_rows)


def load_adapter(folder: Path, places: Places, auto_class: str | None = None) -> tuple[Any, Any]:
    """An adapter's model and tokenizer, for the task of its training unless another is named."""
    record = read_base(folder)
    return load(
        folder,
        auto_class or record.auto_class,
        device=torch.device("cpu"),
        dtype=torch.float32,
        name=folder.name,
        base=resolve(CheckpointRef.parse(record.ref), places).folder,
    )


def adapter_logits(folder: Path, places: Places, texts: list[str], answer: Connection) -> None:
    """Send the logits and labels of an adapter that is loaded here."""
    torch.set_num_threads(1)
    model, tokenizer = load_adapter(folder, places)
    batch: Any = tokenizer(texts, return_tensors="pt", padding=True)
    with torch.no_grad():
        logits = model(**batch).logits
    answer.send((logits.tolist(), dict(model.config.id2label)))
