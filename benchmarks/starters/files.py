"""The data that the starters are made and judged from: which files, and whether they are the same.

They are not part of the project. starters/data.sha256 names each as `sha256sum` writes it, so that
`cd DATA && sha256sum -c .../starters/data.sha256` checks them too.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

_BLOCK_BYTES = 1 << 20
_HEX_DIGITS = 64


@dataclass(frozen=True, slots=True)
class DataFile:
    """path: relative to the data folder. sha256: in hexadecimal digits."""

    path: str
    sha256: str


def read_list(path: Path) -> tuple[DataFile, ...]:
    """Read a list. Raises ValueError for a line that is none of sha256sum's."""
    files = []
    for line in path.read_text("utf-8").splitlines():
        digest, _, name = line.partition("  ")
        if len(digest) != _HEX_DIGITS or not name:
            raise ValueError(f"{path}: not a line of sha256sum: {line!r}")
        files.append(DataFile(name, digest))
    return tuple(files)


def find_faults(files: tuple[DataFile, ...], folder: Path) -> list[str]:
    """A line for each file that is missing or holds something else; none where all is well."""
    faults = []
    for file in files:
        path = folder / file.path
        if not path.is_file():
            faults.append(f"missing  {file.path}  (SHA-256 {file.sha256})")
        elif (found := _digest(path)) != file.sha256:
            faults.append(f"changed  {file.path}  (SHA-256 {found}, not {file.sha256})")
    return faults


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
