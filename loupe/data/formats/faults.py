"""How a file can be unreadable, in words: each names the file, the line and what to do."""

from __future__ import annotations

from pathlib import Path

from loupe.errors import InvalidInput

EXCERPT_CHARACTERS = 120


def excerpt(text: str) -> str:
    """The offending text, short enough for a sentence, its control characters made visible."""
    shown = text[: EXCERPT_CHARACTERS + 1].encode("utf-8", "replace").decode()
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in shown)
    return shown if len(shown) <= EXCERPT_CHARACTERS else shown[:EXCERPT_CHARACTERS] + "…"


def empty(path: Path) -> InvalidInput:
    return InvalidInput("The file {path} has no rows.", "Choose another file.", path=str(path))


def not_decodable(path: Path, line: int, detail: str, encoding: str = "utf-8") -> InvalidInput:
    return InvalidInput(
        "The file {path} is not written in {encoding} (line {line}).",
        "Save it as UTF-8: most editors and spreadsheets offer that when saving. Or name the "
        "encoding that it is written in.",
        path=str(path),
        line=line,
        encoding=encoding.upper(),
        detail=detail,
    )


def unknown_encoding(path: Path, encoding: str) -> InvalidInput:
    return InvalidInput(
        "“{encoding}” is not the name of an encoding in which {path} can be read.",
        "Name it as Python does: utf-8, utf-16, cp1252, latin-1, gb18030.",
        path=str(path),
        encoding=encoding,
    )


def too_long(path: Path, line: int, limit: int) -> InvalidInput:
    return InvalidInput(
        "A row of {path} that begins in line {line} is longer than {limit} characters.",
        "Check that a quotation mark or bracket is not left open there, and that lines end; "
        "part longer texts into several rows.",
        path=str(path),
        line=line,
        limit=limit,
    )


def too_many_columns(path: Path, found: int, limit: int) -> InvalidInput:
    return InvalidInput(
        "{path} has {found} columns or more; at most {limit} are read.",
        "Keep the columns that you need, or check what parts them.",
        path=str(path),
        found=found,
        limit=limit,
    )


def damaged(path: Path, kind: str, detail: str) -> InvalidInput:
    return InvalidInput(
        "The file {path} is not {kind}, or is damaged.",
        "Write it again, or name its format.",
        path=str(path),
        kind=kind,
        detail=detail,
    )


def cannot_open(path: Path, detail: str) -> InvalidInput:
    return InvalidInput(
        "The file {path} cannot be read.",
        "Check that it is still there and that you may read it.",
        path=str(path),
        detail=detail,
    )


def not_a_file(path: Path) -> InvalidInput:
    return InvalidInput(
        "“{path}” is not a file: a folder, a pipe or a device.",
        "Name one file.",
        path=str(path),
    )


def unlike(path: Path, column: str, place: str, shown: str, detail: str) -> InvalidInput:
    return InvalidInput(
        "In {path}, the values of “{column}” are of different kinds: {place} is unlike those "
        "before it ({shown}).",
        "Write all of them as texts, or all as numbers, or all as lists; or read them as texts.",
        path=str(path),
        column=column,
        place=place,
        shown=shown,
        detail=detail,
    )


def not_storable(path: Path, column: str, place: str, shown: str, detail: str) -> InvalidInput:
    return InvalidInput(
        "In {path}, {place} holds a value of “{column}” that cannot be kept: {shown}.",
        "A number must fit into 64 bits, a text must be whole characters: correct that row.",
        path=str(path),
        column=column,
        place=place,
        shown=shown,
        detail=detail,
    )
