"""Room on the disk: asked before writing, and said in words when it ends."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

from loupe.errors import LoupeError, NotEnoughDisk

_SPARE_BYTES = 256 << 20  # left to others on the same disk
_MB = 1 << 20


def check_room(folder: Path, needed_bytes: int) -> None:
    """Raises NotEnoughDisk."""
    free = shutil.disk_usage(folder).free
    if free < needed_bytes + _SPARE_BYTES:
        raise _no_room(folder, needed_bytes, free)


def as_refusal(folder: Path, error: OSError) -> LoupeError:
    """What a failed write is called."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return _no_room(folder, 0, shutil.disk_usage(folder).free)
    return LoupeError(
        "Nothing can be written in {folder}.",
        "Check that the folder is there and that Loupe may write in it.",
        folder=str(folder),
        detail=str(error),
    )


def _no_room(folder: Path, needed_bytes: int, free_bytes: int) -> NotEnoughDisk:
    return NotEnoughDisk(
        "There is not enough room on the disk of {folder}: {free_mb} MB are free.",
        "Free at least {needed_mb} MB there, or choose another folder.",
        folder=str(folder),
        free_mb=free_bytes // _MB,
        needed_mb=(needed_bytes + _SPARE_BYTES) // _MB,
    )
