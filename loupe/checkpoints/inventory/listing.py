"""Everything that is on this machine, and what the catalogue adds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from loupe.checkpoints.catalogue import load_catalogue
from loupe.checkpoints.inventory.describe import catalogued, describe
from loupe.checkpoints.inventory.entry import Condition, Entry, Where
from loupe.checkpoints.inventory.root_folders import find_folders
from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef, Kind, is_revision
from loupe.checkpoints.resolve import CHECKPOINTS_FOLDER, CONFIG_NAME
from loupe.errors import InvalidRef, LoupeError

_PREFIX = "models--"
_DEFAULT = "main"


@dataclass(frozen=True, slots=True)
class Inventory:
    """All lines: starters, runs, the cache, folders, and what is not here.

    is_cut: the roots hold more folders than were looked at.
    """

    entries: tuple[Entry, ...]
    is_cut: bool = False


def take_inventory(places: Places) -> Inventory:
    """Look around. Raises nothing: what cannot be read is listed as damaged, or not at all."""
    starters = [CheckpointRef(Kind.STARTER, name) for name in places.starter_names()]
    cached = list(_cached(places.hub_cache))
    skip = (places.starters, places.state, places.hub_cache)
    found = find_folders(places.roots, skip)
    folders = [CheckpointRef(Kind.FOLDER, str(path)) for path in found.folders]
    here = [
        entry
        for ref in (*starters, *_steps(places.runs), *cached, *folders)
        if (entry := _described(ref, places)) is not None and entry.is_here
    ]
    known = {entry.ref for entry in here}
    missing = [catalogued(entry) for entry in load_catalogue() if entry.ref not in known]
    return Inventory((*here, *missing), found.is_cut)


def _described(ref: CheckpointRef, places: Places) -> Entry | None:
    try:
        return describe(ref, places)
    except (LoupeError, OSError):
        # A link that leads out of the roots, or a folder that has gone in this moment.
        return None if ref.kind is Kind.FOLDER else Entry(ref, _place(ref), Condition.DAMAGED)


def _place(ref: CheckpointRef) -> Where:
    return {Kind.STARTER: Where.STARTER, Kind.RUN: Where.RUN, Kind.HUB: Where.CACHE}[ref.kind]


def _steps(runs: Path) -> Iterator[CheckpointRef]:
    """Each saved step of each run, the latest first."""
    for folder in sorted(runs.iterdir()) if runs.is_dir() else ():
        try:
            CheckpointRef.parse(f"{Kind.RUN}:{folder.name}")
        except InvalidRef:  # not a run's folder
            continue
        steps = [
            path.name
            for path in (folder / CHECKPOINTS_FOLDER).glob("*")
            if path.name.isdecimal() and (path / CONFIG_NAME).is_file()
        ]
        for step in sorted(steps, key=int, reverse=True):
            yield CheckpointRef(Kind.RUN, folder.name, step)


def _cached(cache: Path) -> Iterator[CheckpointRef]:
    """Each repository once, and each further revision of it that has a name."""
    seen: set[CheckpointRef] = set()
    for storage in sorted(cache.glob(f"{_PREFIX}*")) if cache.is_dir() else ():
        try:
            ref = CheckpointRef.parse(storage.name.removeprefix(_PREFIX).replace("--", "/", 1))
        except InvalidRef:
            continue
        if ref.kind is not Kind.HUB:
            continue
        for revision in (None, *_revisions(storage)):
            one = CheckpointRef(Kind.HUB, ref.id, revision)
            if one not in seen:
                seen.add(one)
                yield one


def _revisions(storage: Path) -> list[str]:
    """The names that the cache has commits under, but the usual one."""
    refs = storage / "refs"
    names = [path.relative_to(refs).as_posix() for path in refs.rglob("*") if path.is_file()]
    return sorted(name for name in names if name != _DEFAULT and is_revision(name))
