"""What the hub's cache on this machine holds, whoever put it there."""

from __future__ import annotations

import json
from pathlib import Path

from loupe.checkpoints.heads import has_head
from loupe.checkpoints.hub import find_cached
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.errors import InvalidRef


def cached_refs(cache: Path, auto_class: str) -> tuple[CheckpointRef, ...]:
    """The complete checkpoints in the cache that say they have this head, in alphabetical order.

    Only the default revision is looked at. auto_class: a key of `loading.AUTO_CLASSES`.
    """
    found = []
    for folder in sorted(cache.glob("models--*")) if cache.is_dir() else ():
        try:
            ref = CheckpointRef.parse(folder.name.removeprefix("models--").replace("--", "/", 1))
        except InvalidRef:
            continue
        if ref.kind is not Kind.HUB:
            continue
        snapshot = find_cached(ref, cache)
        if snapshot is not None and _has_head(snapshot.folder, auto_class):
            found.append(ref)
    return tuple(dict.fromkeys(found))


def _has_head(folder: Path, auto_class: str) -> bool:
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        return has_head(config.get("architectures"), auto_class)
    except (OSError, ValueError, AttributeError, TypeError, RecursionError):
        return False
