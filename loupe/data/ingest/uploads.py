"""Uploads: written to disk in pieces and hashed on the way; what a person calls one is no path."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO

from loupe.data.ingest import disk
from loupe.data.ingest.digests import new_hash
from loupe.errors import InvalidInput

UPLOADS = "uploads"
MAX_UPLOAD_BYTES = 4 << 30
_CHUNK_BYTES = 1 << 20
_LONGEST_NAME = 120
_UNWANTED = re.compile(r'[\x00-\x1f\x7f<>:"|?*\u202a-\u202e\u2066-\u2069]')


def save_upload(
    store: Path, name: str, content: BinaryIO | bytes, *, limit_bytes: int = MAX_UPLOAD_BYTES
) -> Path:
    """The upload's file: `store/uploads/DIGEST/NAME`; equal bytes and name give the same one.

    Raises InvalidInput above the limit, NotEnoughDisk, and LoupeError where nothing can be written.
    """
    folder = store / UPLOADS
    try:
        folder.mkdir(parents=True, exist_ok=True)
        disk.check_room(folder, len(content) if isinstance(content, bytes) else 0)
        handle, temporary = tempfile.mkstemp(prefix=".incoming-", dir=folder)
    except OSError as error:
        raise disk.as_refusal(store, error) from error
    try:
        hashed, size = new_hash(), 0
        with os.fdopen(handle, "wb") as file:
            for chunk in _chunks(content):
                size += len(chunk)
                if size > limit_bytes:
                    raise InvalidInput(
                        "The upload “{name}” is larger than {limit_mb} MB.",
                        "Copy the file to this machine and open it by its path.",
                        name=plain_name(name),
                        limit_mb=limit_bytes >> 20,
                    )
                hashed.update(chunk)
                file.write(chunk)
        path = folder / hashed.hexdigest() / plain_name(name)
        path.parent.mkdir(exist_ok=True)
        if path.is_file() and path.stat().st_size == size:
            # Kept as it is, so that its hash need not be taken again.
            return path
        Path(temporary).replace(path)
        return path
    except OSError as error:
        raise disk.as_refusal(store, error) from error
    finally:
        Path(temporary).unlink(missing_ok=True)


def plain_name(name: str) -> str:
    """The last part of a name, without what a disk or a reader could take for something else."""
    last = PurePosixPath(PureWindowsPath(name).name).name
    plain = _UNWANTED.sub("_", last.encode("utf-8", "replace").decode()).strip(" .")
    while len(plain.encode()) > _LONGEST_NAME:
        stem, dot, ending = plain.rpartition(".")
        # The ending says the format: the rest is shortened.
        plain = stem[:-1] + dot + ending if stem and len(ending) < 10 else plain[:-1]
    return plain or "upload"


def _chunks(content: BinaryIO | bytes) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    while chunk := content.read(_CHUNK_BYTES):
        yield chunk
