"""Which file of a zip archive is read: by its name in the archive's own list, never on the disk."""

from __future__ import annotations

import stat
import struct
import zipfile
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from loupe.data.formats import faults, magic
from loupe.data.spec import Format
from loupe.errors import InvalidInput

MAX_ENTRIES = 1000
_MAX_DIRECTORY_BYTES = 1 << 20  # of the archive's list: a thousand entries with long names
_END = struct.Struct("<4s4H2LH")
TEXT_ENDINGS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".txt": "txt",
    ".conll": "conll",
    ".bio": "conll",
    ".iob2": "conll",
}
_ARCHIVES = frozenset({".zip", ".gz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".tgz", ".zst"})
_LISTED = 20
_FAULTS = (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError)


def member_format(path: Path, member: str) -> Format:
    """The format of the file that is read from an archive. Raises InvalidInput."""
    with path.open("rb") as file:
        archive, info = find_member(path, file, member)
        archive.close()
    return TEXT_ENDINGS.get(PurePosixPath(info.filename).suffix.lower(), "txt")


def find_member(path: Path, file: BinaryIO, member: str) -> tuple[zipfile.ZipFile, zipfile.ZipInfo]:
    """The open archive, and the entry to read: `member`, or the only one. Raises InvalidInput."""
    _check_directory(path, file)
    try:
        archive = zipfile.ZipFile(file)
    except _FAULTS as error:
        raise faults.damaged(path, "a zip archive", str(error)) from error
    try:
        return archive, _choose(path, archive.infolist(), member)
    except BaseException:
        archive.close()
        raise


def members(path: Path) -> tuple[str, ...]:
    """The names of the files of text in an archive. Raises InvalidInput."""
    with path.open("rb") as file:
        _check_directory(path, file)
        try:
            with zipfile.ZipFile(file) as archive:
                return tuple(info.filename for info in archive.infolist() if _is_text(info))
        except _FAULTS as error:
            raise faults.damaged(path, "a zip archive", str(error)) from error


def _check_directory(path: Path, file: BinaryIO) -> None:
    """Look at how long the archive's list is before reading it."""
    file.seek(0)
    head = file.read(magic.HEAD_BYTES)
    known = magic.recognise(head)
    if known is not None and known[0] != "a zip archive":
        raise magic.other_than_named(path, *known)
    size = file.seek(0, 2)
    file.seek(max(0, size - _END.size - 65536))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise faults.damaged(path, "a zip archive", "Its list of entries is not there.")
    _, _, _, _, entries, directory, _, _ = _END.unpack_from(tail, at)
    if entries > MAX_ENTRIES or directory > _MAX_DIRECTORY_BYTES:
        raise InvalidInput(
            "The archive {path} has more than {limit} entries.",
            "Pack only the file that you want to open.",
            path=str(path),
            limit=MAX_ENTRIES,
        )
    file.seek(0)


def _is_text(info: zipfile.ZipInfo) -> bool:
    name = PurePosixPath(info.filename)
    hidden = name.name.startswith(".") or "__MACOSX" in name.parts
    return not info.is_dir() and not hidden and name.suffix.lower() in TEXT_ENDINGS


def _choose(path: Path, infos: list[zipfile.ZipInfo], member: str) -> zipfile.ZipInfo:
    files = [info for info in infos if not info.is_dir()]
    if member:
        found = [info for info in files if info.filename == member]
    else:
        found = [info for info in infos if _is_text(info)]
        if len(found) > 1:
            raise InvalidInput(
                "The archive {path} holds {count} files of text.",
                "Name one of them: {names}.",
                path=str(path),
                count=len(found),
                names=_listed(found),
            )
    if not found:
        inner = [i for i in files if PurePosixPath(i.filename).suffix.lower() in _ARCHIVES]
        if inner:
            raise _nested(path, inner[0].filename)
        raise InvalidInput(
            "The archive {path} holds no file of text to open"
            + (" called “{member}”." if member else "."),
            "It may hold csv, tsv, txt, json, jsonl or conll; there are: {names}.",
            path=str(path),
            member=member,
            names=_listed(files) or "—",
        )
    _check_entry(path, found[0])
    return found[0]


def _check_entry(path: Path, info: zipfile.ZipInfo) -> None:
    name = PurePosixPath(info.filename.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
        raise InvalidInput(
            "The archive {path} holds an entry whose name leads out of it: “{member}”.",
            "Do not trust this archive; pack the file again under a plain name.",
            path=str(path),
            member=faults.excerpt(info.filename),
        )
    if stat.S_ISLNK(info.external_attr >> 16):
        raise InvalidInput(
            "In the archive {path}, “{member}” is a link to another file.",
            "Pack the file itself.",
            path=str(path),
            member=faults.excerpt(info.filename),
        )
    if info.flag_bits & 1:
        raise InvalidInput(
            "In the archive {path}, “{member}” is encrypted.",
            "Unpack it with its password, and open the file inside.",
            path=str(path),
            member=faults.excerpt(info.filename),
        )
    if name.suffix.lower() in _ARCHIVES:
        raise _nested(path, info.filename)


def _nested(path: Path, member: str) -> InvalidInput:
    return InvalidInput(
        "In the archive {path}, “{member}” is an archive again.",
        "Unpack it, and open the file inside.",
        path=str(path),
        member=faults.excerpt(member),
    )


def _listed(infos: list[zipfile.ZipInfo]) -> str:
    names = [f"“{faults.excerpt(info.filename)}”" for info in infos[:_LISTED]]
    return ", ".join(names) + (" …" if len(infos) > _LISTED else "")
