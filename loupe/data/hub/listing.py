"""What the hub said of one dataset at one commit, as it is kept on disk.

Written by the process that asks (`ask.py`), read without a network ever after.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from loupe.checkpoints.hub import safe_name
from loupe.checkpoints.ref import is_hub_id
from loupe.data.hub.ref import DatasetRef
from loupe.errors import UnsupportedDataset

SCHEMA_VERSION = 1
README = "README.md"
_COMMIT = re.compile(r"[0-9a-f]{40}")
_PATH_MAX_CHARACTERS = 1000


@dataclass(frozen=True, slots=True, order=True)
class DataFile:
    """One file of a dataset.

    path: inside the repository, with “/”. size: in bytes. blob: the hash of its bytes that the
    cache files it by; None where only the cache was asked.
    """

    path: str
    size: int
    blob: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """One commit of one dataset.

    id: as the hub itself writes it. gated: whether its files are handed out only to those who
    accepted its licence. card: the README's text. card_data: its metadata as the hub read them, for
    where the README is not handed out. convert_revisions: the copies that the hub made (Parquet).
    whole: False where only what lies in the cache is known.
    """

    id: str
    commit: str
    files: tuple[DataFile, ...]
    gated: bool = False
    card: str | None = None
    card_data: dict[str, Any] | None = None
    convert_revisions: tuple[str, ...] = ()
    whole: bool = True


def check_listing(listing: Listing) -> Listing:
    """The same listing; what a hub says becomes part of paths, so nothing odd may pass.

    Raises UnsupportedDataset that names the offending word.
    """
    if not is_hub_id(listing.id) or not _COMMIT.fullmatch(listing.commit):
        raise UnsupportedDataset(
            "The model hub calls this dataset “{id}” at “{commit}”, which cannot be right.",
            "Check the hub's address in the settings.",
            id=listing.id[:100],
            commit=listing.commit[:100],
        )
    for file in listing.files:
        if not is_safe_path(file.path):
            raise UnsupportedDataset(
                "“{id}” has a file whose name leads out of its folder: {path}.",
                "Do not use this dataset; somebody may mean harm.",
                id=listing.id,
                path=repr(file.path[:100]),
            )
    return listing


def is_safe_path(path: str) -> bool:
    """Whether a file's name stays inside the folder that it is put into."""
    parts = path.split("/")
    return (
        0 < len(path) <= _PATH_MAX_CHARACTERS
        and all(part not in {"", ".", ".."} for part in parts)
        and "\\" not in path
        and not any(ord(character) < 32 or ord(character) == 127 for character in path)
    )


def listing_path(folder: Path, id: str, commit: str) -> Path:
    """Where the listing of one commit is kept."""
    return folder / f"{safe_name(DatasetRef(id, commit))}.json"


def write_listing(listing: Listing, folder: Path) -> Path:
    """Keep it; whole or not at all. Returns its path."""
    path = listing_path(folder, listing.id, listing.commit)
    folder.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    said = {
        **asdict(listing),
        "files": [[file.path, file.size, file.blob] for file in listing.files],
        "schema_version": SCHEMA_VERSION,
    }
    # default: a card's dates, as YAML reads them.
    temporary.write_text(json.dumps(said, default=str), encoding="utf-8")
    temporary.replace(path)
    return path


def read_listing(path: Path) -> Listing:
    """The listing of a file. Raises OSError, ValueError, UnsupportedDataset."""
    said = json.loads(path.read_text(encoding="utf-8"))
    try:
        if said.pop("schema_version") != SCHEMA_VERSION:
            raise ValueError(f"another version of a listing: {path}")
        said["files"] = tuple(DataFile(*file) for file in said["files"])
        said["convert_revisions"] = tuple(said["convert_revisions"])
        return check_listing(Listing(**said))
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"not a listing: {path}") from error
