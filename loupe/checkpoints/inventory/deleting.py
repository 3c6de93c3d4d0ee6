"""Taking a checkpoint of the hub off this machine's disk.

What the cache shares between revisions stays for the others: the hub's own library knows how.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loupe.checkpoints.convert import read_source
from loupe.checkpoints.hub import DEFAULT_REVISION, read_commit
from loupe.checkpoints.inventory.locate import storages
from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.errors import CheckpointError, CheckpointNotFound, DamagedCheckpoint, InvalidInput

if TYPE_CHECKING:
    from huggingface_hub import DeleteCacheStrategy

_BLOCK_BYTES = 512  # the unit of st_blocks. Source: POSIX, sys/stat.h


class NotDeleted(CheckpointError):
    """It is somebody else's, or the files are not what the cache makes."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """What would go. revisions: commits; others: how many more the cache keeps of it.

    converted: folders that hold safetensors made of it. freed_bytes: on the disk, about.
    """

    ref: CheckpointRef
    revisions: tuple[str, ...]
    others: int
    converted: tuple[Path, ...]
    freed_bytes: int


def why_not_deletable(ref: CheckpointRef) -> InvalidInput | None:
    """Why Loupe deletes no such checkpoint; None for the cache's and for runs."""
    if ref.kind is Kind.STARTER:
        return InvalidInput(
            "“{name}” belongs to Loupe.",
            "It stays: the worked examples of the pages are computed with it.",
            name=ref.label,
        )
    if ref.kind is Kind.FOLDER:
        return InvalidInput(
            "“{name}” is a folder of yours.",
            "Loupe deletes only its own runs and what lies in the hub's cache; delete the folder "
            "with your own tools.",
            name=ref.label,
        )
    return None


def plan_deletion(ref: CheckpointRef, places: Places) -> Deletion:
    """What deleting a checkpoint of the cache takes away: one revision where it names one, else
    all of them.

    Raises CheckpointNotFound, and NotDeleted where the cache's files lead out of it.
    """
    assert ref.kind is Kind.HUB
    found = storages(ref, places.hub_cache)
    if not found:
        raise CheckpointNotFound(
            "“{name}” is not on this machine.", "Nothing has to be deleted.", name=ref.label
        )
    commits = _commits(ref, found)
    freed_bytes, others = 0, 0
    for storage in found:
        strategy = _strategy(ref, storage, commits)
        freed_bytes += _plain_size(storage) if strategy is None else strategy.expected_freed_size
        others += 0 if strategy is None else len(_snapshots(storage)) - len(commits[storage])
    converted = _converted(places, commits, whole=ref.revision is None)
    freed_bytes += sum(size_on_disk(path) for path in converted)
    named = tuple(sorted({commit for of in commits.values() for commit in of}))
    return Deletion(ref, named, others, converted, freed_bytes)


def delete(ref: CheckpointRef, places: Places) -> int:
    """Delete a checkpoint of the cache; the bytes that this has freed on the disk.

    Raises as `plan_deletion`, and DamagedCheckpoint where something of it could not be removed.
    """
    planned = plan_deletion(ref, places)
    found = storages(ref, places.hub_cache)
    before = sum(size_on_disk(path) for path in (*found, *planned.converted))
    commits = _commits(ref, found)
    try:
        for storage in found:
            strategy = _strategy(ref, storage, commits)
            if strategy is None:
                shutil.rmtree(storage)
            else:
                strategy.execute()
                _check_gone(strategy)
        for path in planned.converted:
            shutil.rmtree(path)
    except OSError as error:
        raise DamagedCheckpoint(
            "Not all of “{name}” could be removed.",
            "Look whether another program uses it, and whether you may write there.",
            name=ref.label,
            detail=f"{type(error).__name__}: {error}",
        ) from error
    left = sum(size_on_disk(path) for path in (*found, *planned.converted) if path.exists())
    return before - left


def _check_gone(strategy: DeleteCacheStrategy) -> None:
    """Raises OSError: the library only logs what it was not allowed to remove."""
    planned = (*strategy.repos, *strategy.snapshots, *strategy.refs, *strategy.blobs)
    left = [path for path in planned if os.path.lexists(path)]
    if left:
        raise OSError(f"{len(left)} of {len(planned)} are still there ({left[0].name})")


def size_on_disk(folder: Path) -> int:
    """What a folder takes on the disk, links not followed; a file with several names counts once.

    As `du` says it.
    """
    seen: dict[tuple[int, int], int] = {}
    for place, folders, names in os.walk(folder):
        for path in (place, *(os.path.join(place, name) for name in (*names, *folders))):
            try:
                status = os.lstat(path)
            except OSError:
                continue
            seen[status.st_dev, status.st_ino] = status.st_blocks * _BLOCK_BYTES
    return sum(seen.values())


def _plain_size(storage: Path) -> int:
    blobs = [path for path in storage.rglob("*") if path.is_file() and not path.is_symlink()]
    return sum(path.stat().st_size for path in blobs)


def _snapshots(storage: Path) -> list[str]:
    folder = storage / "snapshots"
    return [path.name for path in folder.iterdir()] if folder.is_dir() else []


def _commits(ref: CheckpointRef, found: tuple[Path, ...]) -> dict[Path, list[str]]:
    if ref.revision is None:
        return {storage: _snapshots(storage) for storage in found}
    named = {path: read_commit(path, ref.revision or DEFAULT_REVISION) for path in found}
    return {path: [commit] if commit in _snapshots(path) else [] for path, commit in named.items()}


def _strategy(
    ref: CheckpointRef, storage: Path, commits: dict[Path, list[str]]
) -> DeleteCacheStrategy | None:
    """The library's own way to delete; None where the folder is not whole enough for it to read,
    and all of it is to go."""
    from huggingface_hub import scan_cache_dir

    if storage.is_symlink():
        raise _leads_out(ref)
    info = scan_cache_dir(storage.parent)
    # A commit may lie under an old and a new name of the same repository: only this one is meant.
    repos = frozenset(repo for repo in info.repos if repo.repo_path.name == storage.name)
    if not repos:
        if ref.revision is not None:
            raise DamagedCheckpoint(
                "The cache's folder of “{name}” is damaged, so one revision cannot be told from "
                "the others.",
                "Delete the whole checkpoint instead.",
                name=ref.id,
            )
        return None
    one: Any = replace(info, repos=repos)
    strategy: DeleteCacheStrategy = one.delete_revisions(*commits[storage])
    if not all(_is_inside(path, storage) for path in (*strategy.blobs, *strategy.refs)):
        raise _leads_out(ref)
    return strategy


def _is_inside(path: Path, storage: Path) -> bool:
    return Path(os.path.abspath(path)).is_relative_to(os.path.abspath(storage))


def _leads_out(ref: CheckpointRef) -> NotDeleted:
    return NotDeleted(
        "The cache's folder of “{name}” has links that lead out of it.",
        "Nothing was deleted. Look into the folder, and delete it with your own tools.",
        name=ref.label,
    )


def _converted(places: Places, commits: dict[Path, list[str]], *, whole: bool) -> tuple[Path, ...]:
    """What was converted from the files that go; a conversion's manifest names their folder.

    whole: all that was converted of the repository, whatever its commit.
    """
    gone = [
        os.path.abspath(path)
        for storage, names in commits.items()
        for path in ([storage] if whole else [storage / "snapshots" / name for name in names])
    ]
    folders = sorted(places.converted.iterdir()) if places.converted.is_dir() else []
    return tuple(
        folder
        for folder in folders
        if (source := read_source(folder)) is not None
        and any(Path(os.path.abspath(source)).is_relative_to(path) for path in gone)
    )
