"""What the hub's cache on this machine has of datasets, whoever put it there; no network."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from loupe.checkpoints.hub import DEFAULT_REVISION, read_commit, repo_folder
from loupe.checkpoints.ref import is_hub_id
from loupe.data.hub.ask import CARD_MAX_BYTES, FILES_MAX
from loupe.data.hub.listing import (
    README,
    DataFile,
    Listing,
    is_safe_path,
    listing_path,
    read_listing,
)
from loupe.data.hub.ref import LEGACY_IDS, DatasetRef
from loupe.errors import UnsupportedDataset

_FOLDER_PREFIX = "datasets--"
_NO_DATA = {README, ".gitattributes", ".gitignore"}


def find_cached_listing(ref: DatasetRef, cache: Path, listings: Path) -> Listing | None:
    """What is known of a dataset without asking; None where none of its data is here.

    The hub's own answer where it was kept (`Listing.whole`), else the files that lie in the cache.
    Source of the layout: huggingface_hub, “Understand caching”.
    """
    for id in _ids_in_cache(ref, cache):
        storage = repo_folder(cache, id, "dataset")
        for commit in _commits(storage, ref.revision):
            files = _files_here(storage / "snapshots" / commit)
            if all(file.path in _NO_DATA for file in files):
                continue
            kept = find_kept_listing(DatasetRef(id, commit), listings)
            return kept or Listing(
                id=id,
                commit=commit,
                files=tuple(files),
                card=_read_card(storage / "snapshots" / commit / README),
                whole=False,
            )
    return None


def find_kept_listing(ref: DatasetRef, listings: Path) -> Listing | None:
    """The hub's answer for a commit, where it was once asked: a commit never changes."""
    if ref.revision is None:
        return None
    try:
        return read_listing(listing_path(listings, ref.id, ref.revision))
    except (OSError, ValueError, UnsupportedDataset):
        # Damaged, or of another version of Loupe: it can be asked for again.
        return None


def cached_datasets(cache: Path) -> tuple[DatasetRef, ...]:
    """The datasets of which any data lies in the cache, in alphabetical order."""
    found = []
    for folder in sorted(cache.glob(f"{_FOLDER_PREFIX}*")) if cache.is_dir() else ():
        id = _id_of(folder)
        if is_hub_id(id) and any(
            file.path not in _NO_DATA
            for commit in _commits(folder, None)
            for file in _files_here(folder / "snapshots" / commit)
        ):
            found.append(DatasetRef(id))
    return tuple(found)


def _id_of(folder: Path) -> str:
    return folder.name.removeprefix(_FOLDER_PREFIX).replace("--", "/", 1)


def _ids_in_cache(ref: DatasetRef, cache: Path) -> list[str]:
    """Under which names it may lie here: its own, the one of old, and with an owner that the hub
    gave to a name without one.
    """
    ids = [ref.id, *(old for old, new in LEGACY_IDS.items() if new == ref.id)]
    if "/" not in ref.id and cache.is_dir():
        owned = sorted(cache.glob(f"{_FOLDER_PREFIX}*--{ref.id}"))
        # Of two owners nobody can say which one was meant.
        ids += [_id_of(owned[0])] if len(owned) == 1 else []
    return ids


def _commits(storage: Path, revision: str | None) -> list[str]:
    """The commit of a revision; without one also every other that is here, the newest first."""
    named = read_commit(storage, revision or DEFAULT_REVISION)
    if revision is not None:
        return [named] if named else []
    try:
        folders = [p for p in (storage / "snapshots").iterdir() if p.is_dir()]
        folders.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    except OSError:
        folders = []
    others = [folder.name for folder in folders]
    return list(dict.fromkeys([*([named] if named else []), *others]))


def _files_here(folder: Path) -> list[DataFile]:
    found = []
    for path in _walk(folder):
        name = path.relative_to(folder).as_posix()
        # A link that leads nowhere is a file that never came.
        if path.is_file() and is_safe_path(name):
            found.append(DataFile(name, path.stat().st_size))
        if len(found) >= FILES_MAX:
            break
    return sorted(found)


def _walk(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder):
        for name in names:
            yield Path(parent) / name


def _read_card(path: Path) -> str | None:
    try:
        if path.stat().st_size > CARD_MAX_BYTES:
            return None
        return path.read_text("utf-8", errors="replace")
    except OSError:
        return None
