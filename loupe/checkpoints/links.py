"""Whether everything in a checkpoint's folder lies where Loupe may read."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from loupe.errors import OutsideRoots, UnsupportedCheckpoint

# A checkpoint has tens of files. Somebody's whole home folder is not one, and is not walked.
ENTRIES_MAX = 10_000


def check_links(folder: Path, roots: Iterable[Path]) -> None:
    """Follow every link in a folder (or a single file) and see that it ends inside a root.

    Raises OutsideRoots at the first that does not, UnsupportedCheckpoint where the folder holds
    more than ENTRIES_MAX files and folders.
    """
    real_roots = tuple(root.resolve() for root in roots)
    _check(folder, folder, real_roots)
    seen = 0
    for place, folders, files in os.walk(folder):  # does not descend into linked folders
        for entry in (*folders, *files):
            seen += 1
            if seen > ENTRIES_MAX:
                raise UnsupportedCheckpoint(
                    "“{folder}” holds more than {limit} files: it is not a checkpoint's folder.",
                    "Choose the folder that holds config.json and the weights.",
                    folder=folder.name,
                    limit=ENTRIES_MAX,
                )
            path = Path(place, entry)
            if path.is_symlink():
                _check(path, folder, real_roots)


def _check(path: Path, folder: Path, real_roots: tuple[Path, ...]) -> None:
    try:
        real = path.resolve()
        allowed = any(real.is_relative_to(root) for root in real_roots)
    except (OSError, RuntimeError):  # links in a circle
        allowed = False
    if not allowed:
        # Where the link leads is not said: a refusal must not tell what lies elsewhere.
        raise OutsideRoots(
            "“{file}” in “{folder}” is a link to a place that Loupe may not read.",
            "Replace the link by a copy of the file.",
            file=path.name,
            folder=folder.name,
        )
