"""Checkpoints that lie in folders of a person's own, found without walking a whole disk."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from loupe.checkpoints.configs import CONFIG_NAME
from loupe.checkpoints.weights import ADAPTER_NAME

# A home folder is a root by default: people keep models a few levels deep, and programs keep
# hundreds of thousands of folders below that.
DEPTH_MAX = 4
FOLDERS_MAX = 2_000
FOUND_MAX = 500
_WEIGHTS = (".safetensors", ".bin")
# Libraries and caches of programs, which hold no checkpoint that a person would look for there.
_SKIPPED = frozenset({"node_modules", "site-packages", "__pycache__", "proc", "sys", "dev"})


@dataclass(frozen=True, slots=True)
class Found:
    """folders: of checkpoints, and .gguf files. is_cut: not every folder was looked at."""

    folders: tuple[Path, ...]
    is_cut: bool


def find_folders(roots: Iterable[Path], skip: Collection[Path]) -> Found:
    """The checkpoints below these folders, the nearest first; only names are read.

    Hidden and linked folders, those to skip, and what lies below a checkpoint are left out.
    """
    waiting = deque((root, 0) for root in roots)
    left_out = {path.absolute() for path in skip}
    found: list[Path] = []
    seen: set[Path] = set()
    looked_at, is_cut = 0, False
    while waiting:
        folder, depth = waiting.popleft()
        if folder in left_out or folder in seen:
            continue
        seen.add(folder)
        if looked_at >= FOLDERS_MAX or len(found) >= FOUND_MAX:
            return Found(tuple(found), is_cut=True)
        looked_at += 1
        names, below = _names(folder)
        if _is_checkpoint(names):
            found.append(folder)
            continue
        found += [folder / name for name in sorted(names) if name.endswith(".gguf")]
        if depth < DEPTH_MAX:
            waiting.extend((folder / name, depth + 1) for name in sorted(below))
        else:
            is_cut = is_cut or bool(below)
    return Found(tuple(found), is_cut)


def _names(folder: Path) -> tuple[set[str], list[str]]:
    """(files, folders worth looking into) of a folder; nothing of one that may not be read."""
    files: set[str] = set()
    folders: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                # Not following links: one in a circle could not even be asked.
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.name)
                else:
                    files.add(entry.name)
    except OSError:
        return set(), []
    return files, [n for n in folders if not n.startswith(".") and n not in _SKIPPED]


def _is_checkpoint(names: Collection[str]) -> bool:
    has_weights = ADAPTER_NAME in names or any(name.endswith(_WEIGHTS) for name in names)
    return CONFIG_NAME in names and has_weights
