"""What a file is by its first bytes, whatever its name says.

Only to refuse with the right words: nothing that is found here is ever opened.
"""

from __future__ import annotations

from pathlib import Path

from loupe.errors import InvalidInput, Phrase

HEAD_BYTES = 4096
_RESAVE = "Open it in the program that wrote it and save it as csv (UTF-8)."
_UNPACK = "Unpack it, or give it the ending {ending}."
_NAME_IT = "It can be opened when its name ends in {ending}."
_PICKLE = "Write it as csv, jsonl or parquet: opening a pickle can run any program."
_OTHER = "Choose a file of text, or one in Parquet or Arrow format."

# (first bytes, what it is, what to do)
_SIGNS: tuple[tuple[bytes, str, Phrase], ...] = (
    (b"PAR1", "a Parquet file", Phrase(_NAME_IT, {"ending": ".parquet"})),
    (b"ARROW1", "an Arrow file", Phrase(_NAME_IT, {"ending": ".arrow"})),
    (b"\x1f\x8b", "a gzip archive", Phrase(_UNPACK, {"ending": ".gz"})),
    (b"BZh", "a bzip2 archive", Phrase(_UNPACK, {"ending": ".gz"})),
    (b"\xfd7zXZ\x00", "an xz archive", Phrase(_OTHER)),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", Phrase(_OTHER)),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", Phrase(_OTHER)),
    (b"Rar!\x1a\x07", "a RAR archive", Phrase(_OTHER)),
    (b"\xd0\xcf\x11\xe0", "an old Office document, such as xls", Phrase(_RESAVE)),
    (b"%PDF-", "a PDF document", Phrase(_OTHER)),
    (b"SQLite format 3\x00", "an SQLite database", Phrase(_OTHER)),
    (b"\x89PNG", "a picture", Phrase(_OTHER)),
    (b"\xff\xd8\xff", "a picture", Phrase(_OTHER)),
    (b"GIF8", "a picture", Phrase(_OTHER)),
    (b"\x93NUMPY", "a NumPy array", Phrase(_OTHER)),
    (b"\x89HDF\r\n", "an HDF5 file", Phrase(_OTHER)),
    (b"\x7fELF", "a program", Phrase(_OTHER)),
)
_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_OFFICE = (b"[Content_Types].xml", b"xl/", b"word/", b"mimetypeapplication/vnd.oasis")
_HTML = (b"<!doctype html", b"<html", b"<?xml", b"<head")


def recognise(head: bytes) -> tuple[str, Phrase] | None:
    """(what it is, what to do) of a file that is not a text; None where it may be one."""
    for sign, kind, remedy in _SIGNS:
        if head.startswith(sign):
            return kind, remedy
    if head.startswith((_ZIP, _EMPTY_ZIP)):
        if any(part in head for part in _OFFICE):
            return "an Office document, such as xlsx", Phrase(_RESAVE)
        return "a zip archive", Phrase(_NAME_IT, {"ending": ".zip"})
    # A pickle of protocol 2 to 5 begins so; no text in any encoding of people does.
    if len(head) > 2 and head[0] == 0x80 and 2 <= head[1] <= 5:
        return "a Python pickle, which Loupe never opens", Phrase(_PICKLE)
    if head[257:262] == b"ustar":
        return "a tar archive", Phrase(_OTHER)
    return None


def is_web_page(head: bytes) -> bool:
    """Whether it begins as HTML or XML: most often the error page of a download."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:64].lower().startswith(_HTML)


def other_than_named(path: Path, kind: str, remedy: Phrase) -> InvalidInput:
    """The refusal of a file that is something else than its name says."""
    return InvalidInput(
        "By its first bytes, {path} is {kind}.",
        remedy.template,
        path=str(path),
        kind=kind,
        ending=remedy.params.get("ending", ""),
    )


def web_page(path: Path) -> InvalidInput:
    return InvalidInput(
        "{path} is a web page, not data: perhaps a download that failed.",
        "Open it in a browser to see what it says, and download the file again.",
        path=str(path),
    )
