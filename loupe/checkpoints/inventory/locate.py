"""Where a checkpoint's own files lie, whether or not it could be loaded as it is."""

from __future__ import annotations

from pathlib import Path

from loupe.checkpoints.hub import DEFAULT_REVISION, find_cached, read_commit, repo_folder
from loupe.checkpoints.links import check_links
from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import LEGACY_IDS, CheckpointRef, Kind
from loupe.checkpoints.resolve import CONFIG_NAME, RESOLVERS
from loupe.checkpoints.weights import gguf_file
from loupe.errors import CheckpointNotFound, NotOnThisMachine


def locate(ref: CheckpointRef, places: Places) -> Path:
    """The folder (or .gguf file) of a checkpoint, its original one where it was converted.

    Unlike `resolve` it reads no weights, and finds a checkpoint that is broken or half there.
    Raises NotOnThisMachine, CheckpointNotFound, OutsideRoots, UnsupportedCheckpoint.
    """
    roots: tuple[Path, ...]
    if ref.kind is Kind.HUB:
        folder, roots = _in_cache(ref, places.hub_cache), (places.hub_cache,)
    elif ref.kind is Kind.FOLDER:
        folder, roots = _named_folder(ref, places), places.roots
    elif ref.kind is Kind.STARTER:
        folder, roots = places.find_starter(ref), (places.starters,)
    else:
        found = RESOLVERS[ref.kind](ref, places)
        folder, roots = found.folder, found.roots
    check_links(folder, roots)
    return folder


def storages(ref: CheckpointRef, cache: Path) -> tuple[Path, ...]:
    """The cache's folders that may hold a checkpoint of the hub: under its name, and older ones."""
    names = [ref.id, *(old for old, new in LEGACY_IDS.items() if new == ref.id)]
    return tuple(path for name in names if (path := repo_folder(cache, name)).is_dir())


def _in_cache(ref: CheckpointRef, cache: Path) -> Path:
    whole = find_cached(ref, cache)
    if whole is not None:
        return whole.folder
    for storage in storages(ref, cache):
        commit = read_commit(storage, ref.revision or DEFAULT_REVISION)
        if commit and (storage / "snapshots" / commit).is_dir():
            return storage / "snapshots" / commit
    raise NotOnThisMachine(
        "“{name}” is not on this machine yet.",
        "Choose it on a page to download it, or choose one that is here.",
        name=ref.label,
    )


def _named_folder(ref: CheckpointRef, places: Places) -> Path:
    folder = places.resolve_folder(ref.id)
    if gguf_file(folder) is None and not (folder / CONFIG_NAME).is_file():
        raise CheckpointNotFound(
            "“{name}” is not a checkpoint: it has no {file}.",
            "Choose the folder that holds {file} and the weights, or a .gguf file.",
            name=ref.label,
            file=CONFIG_NAME,
        )
    return folder
