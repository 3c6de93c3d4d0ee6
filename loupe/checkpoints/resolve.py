"""From a checkpoint's name to the folder on this machine that holds it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from loupe.checkpoints.links import check_links
from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.checkpoints.weights import gguf_file, is_adapter, only_pickled, weights_digest
from loupe.errors import (
    CheckpointNotFound,
    LoupeError,
    NeedsConversion,
    NotOnThisMachine,
    UnsupportedCheckpoint,
)

CHECKPOINTS_FOLDER = "checkpoints"
CONFIG_NAME = "config.json"
FINISHED_NAME = "finished.json"


@dataclass(frozen=True, slots=True)
class ResolvedCheckpoint:
    """Where a checkpoint lies.

    folder: its folder, or a .gguf file. roots: what links in it may point into.
    revision: the commit of a hub checkpoint, the step of a run, or a digest of a folder's weights.
    base: the checkpoint that an adapter changes; None for whole ones.
    """

    folder: Path
    revision: str | None
    roots: tuple[Path, ...]
    base: ResolvedCheckpoint | None = None

    @property
    def parts(self) -> tuple[ResolvedCheckpoint, ...]:
        """Everything that is read to load it: itself, and its base."""
        return (self,) if self.base is None else (self, self.base)


def resolve(ref: CheckpointRef, places: Places) -> ResolvedCheckpoint:
    """Find a checkpoint on this machine; nothing is downloaded and nothing loaded.

    Raises NotOnThisMachine for a hub checkpoint that was not downloaded, NeedsConversion where its
    weights are a pickle that was not converted yet, CheckpointNotFound, and OutsideRoots where it
    or a link in it lies outside the folders that Loupe may read. For an adapter also what its base
    raises, and UnsupportedCheckpoint where it names none that Loupe could load.
    """
    found = RESOLVERS[ref.kind](ref, places)
    check_links(found.folder, found.roots)
    if not is_adapter(found.folder):
        return found
    return replace(found, base=_base(found.folder, ref, places))


def _base(folder: Path, ref: CheckpointRef, places: Places) -> ResolvedCheckpoint:
    from loupe.checkpoints.adapters import read_base

    base = CheckpointRef.parse(read_base(folder, ref.label).ref)
    found = RESOLVERS[base.kind](base, places)
    check_links(found.folder, found.roots)
    if is_adapter(found.folder) or gguf_file(found.folder) is not None:
        raise UnsupportedCheckpoint(
            "The adapter “{name}” changes {base}, which is not a whole checkpoint in safetensors.",
            "Merge the two, save the result, and choose that folder.",
            name=ref.label,
            base=base.label,
        )
    return found


def _starter(ref: CheckpointRef, places: Places) -> ResolvedCheckpoint:
    folder = places.find_starter(ref)
    return ResolvedCheckpoint(folder, _digest(folder), (places.starters,))


def _folder(ref: CheckpointRef, places: Places) -> ResolvedCheckpoint:
    folder = places.resolve_folder(ref.id)
    if gguf_file(folder) is None and not (folder / CONFIG_NAME).is_file():
        # Said before its links are walked: this may be any folder of any size.
        raise CheckpointNotFound(
            "“{name}” is not a checkpoint: it has no {file}.",
            "Choose the folder that holds {file} and the weights, or a .gguf file.",
            name=ref.label,
            file=CONFIG_NAME,
        )
    check_links(folder, places.roots)
    if only_pickled(folder) and (converted := _converted(ref, folder, places)) is not None:
        return converted
    return ResolvedCheckpoint(folder, _digest(folder), places.roots)


def _hub(ref: CheckpointRef, places: Places) -> ResolvedCheckpoint:
    from loupe.checkpoints.hub import WeightFormat, find_cached, plan_folder

    snapshot = find_cached(ref, places.hub_cache)
    if snapshot is None:
        raise NotOnThisMachine(
            "“{name}” is not on this machine yet.",
            "Choose it on a page to download it, or choose one that is here.",
            name=ref.label,
        )
    if snapshot.needs_conversion:
        converted = _converted(ref, snapshot.folder, places)
        if converted is None:
            raise NeedsConversion(
                "“{name}” stores its weights as a pickle (pytorch_model.bin), a format that can "
                "run code when it is opened.",
                "Choose it on a page to convert it to safetensors; the original stays as it is.",
                name=ref.label,
            )
        return ResolvedCheckpoint(converted.folder, snapshot.commit, converted.roots)
    folder = snapshot.folder
    if snapshot.format is WeightFormat.GGUF and (plan := plan_folder(folder)) is not None:
        folder = folder / plan.weights[0].path
    return ResolvedCheckpoint(folder, snapshot.commit, (places.hub_cache,))


def _run(ref: CheckpointRef, places: Places) -> ResolvedCheckpoint:
    """A run's checkpoint at one step; without one its best, or its last while it is unfinished."""
    checkpoints = places.runs / ref.id / CHECKPOINTS_FOLDER
    steps = {
        folder.name: folder
        for folder in (checkpoints.iterdir() if checkpoints.is_dir() else ())
        if folder.name.isdecimal() and (folder / CONFIG_NAME).is_file()
    }
    best = _best_step(places.runs / ref.id / FINISHED_NAME)
    step = ref.revision or (best if best in steps else max(steps, key=int, default=None))
    if step is None or step not in steps:
        raise CheckpointNotFound(
            "The run “{name}” has no checkpoint on this machine.",
            "Its steps with a checkpoint are: {steps}.",
            name=ref.label,
            steps=", ".join(sorted(steps, key=int)) or "—",
        )
    return ResolvedCheckpoint(steps[step], step, (places.runs,))


def _best_step(finished: Path) -> str | None:
    """What a finished run says is its best; None where it has not finished."""
    try:
        return str(json.loads(finished.read_text("utf-8"))["best_step"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _converted(ref: CheckpointRef, source: Path, places: Places) -> ResolvedCheckpoint | None:
    from loupe.checkpoints.convert import find_converted

    folder = find_converted(ref, source, places.converted)
    if folder is None:
        return None
    return ResolvedCheckpoint(folder, _digest(folder), (places.converted,))


def _digest(folder: Path) -> str | None:
    try:
        return weights_digest(folder)
    except LoupeError:  # said better, with the rest, by whoever loads it
        return None


RESOLVERS: dict[Kind, Callable[[CheckpointRef, Places], ResolvedCheckpoint]] = {
    Kind.STARTER: _starter,
    Kind.FOLDER: _folder,
    Kind.HUB: _hub,
    Kind.RUN: _run,
}
