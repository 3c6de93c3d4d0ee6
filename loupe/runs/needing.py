"""Which runs would miss a checkpoint."""

from __future__ import annotations

from dataclasses import dataclass

from loupe.checkpoints.adapters import read_base
from loupe.checkpoints.inventory import locate
from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef
from loupe.checkpoints.weights import is_adapter
from loupe.errors import LoupeError
from loupe.runs.state import Status
from loupe.runs.store import RunStore
from loupe.training.errors import RunIsBusy
from loupe.training.run_folder import newest_complete_checkpoint
from loupe.training.spec import RunSpec


@dataclass(frozen=True, slots=True)
class Need:
    """Ids of runs. busy: that wait or train from it now. adapters: whose result is a change to it,
    and cannot be loaded without it."""

    busy: tuple[str, ...]
    adapters: tuple[str, ...]


def who_needs(ref: CheckpointRef, store: RunStore) -> Need:
    """ref: whatever its revision; a run that names another revision of it needs it too."""
    busy, adapters = [], []
    for run in store.list():
        if run.status in (Status.QUEUED, Status.RUNNING) and _starts_from(run.id, ref, store):
            busy.append(run.id)
        elif _is_base_of(run.id, ref, store):
            adapters.append(run.id)
    return Need(tuple(busy), tuple(adapters))


def refuse_while_busy(ref: CheckpointRef, store: RunStore) -> None:
    """Raises RunIsBusy while a run waits or trains from a checkpoint."""
    busy = who_needs(ref, store).busy
    if busy:
        raise RunIsBusy(
            "“{name}” is what the run “{run}” starts from, which waits or trains.",
            "Wait until the run has ended, or stop it.",
            name=ref.label,
            run=busy[0],
        )


def _starts_from(run_id: str, ref: CheckpointRef, store: RunStore) -> bool:
    """Whether a run reads it to begin or to go on: weights, what they change, or a tokenizer."""
    try:
        model = RunSpec.read(store.folder(run_id).spec).model
    except LoupeError:
        return False
    tokenizer = None if model.tokenizer is None else model.tokenizer.checkpoint
    named = [name for name in (model.checkpoint, tokenizer) if name is not None]
    return any(_is_same(one, ref) for name in named for one in (name, _base_of(name, store.places)))


def _base_of(name: str, places: Places) -> str | None:
    """What a checkpoint changes, where it is an adapter that is here."""
    try:
        folder = locate(CheckpointRef.parse(name), places)
        return read_base(folder).ref if is_adapter(folder) else None
    except (LoupeError, OSError):
        return None


def is_based_on(adapter: CheckpointRef, ref: CheckpointRef, places: Places) -> bool:
    """Whether a checkpoint is a change to another, whatever the revision of that."""
    return _is_same(_base_of(str(adapter), places), ref)


def _is_same(name: str | None, ref: CheckpointRef) -> bool:
    try:
        other = CheckpointRef.parse(name or "")
    except LoupeError:
        return False
    return (other.kind, other.id) == (ref.kind, ref.id)


def _is_base_of(run_id: str, ref: CheckpointRef, store: RunStore) -> bool:
    try:
        newest = newest_complete_checkpoint(store.folder(run_id).path)
        if newest is None or not is_adapter(newest):
            return False
        return _is_same(read_base(newest).ref, ref)
    except LoupeError:
        return False
