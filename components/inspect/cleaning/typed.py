"""What is typed into the forms of steps, as the steps want it."""

from __future__ import annotations

import json
import re

from loupe.errors import InvalidInput

_ARROW = "=>"
_RANGE = re.compile(r"(\d{1,12})(?:\s*[-–]\s*(\d{1,12}))?")
_MOST_ROWS = 1_000_000


def read_mapping(text: str) -> dict[str, str]:
    """Lines `from => to`; in quotation marks white space at the ends counts.

    Raises InvalidInput that names the line, counted from 1.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        old, arrow, new = line.partition(_ARROW)
        if not arrow:
            raise InvalidInput(
                "Line {line} has no =>: {text}",
                "Write what there is, =>, and what it becomes: good => positive",
                line=number,
                text=line,
            )
        value = _unquoted(old)
        if value in found:
            raise InvalidInput(
                "Line {line} names “{value}” again.",
                "Keep one of the two lines.",
                line=number,
                value=value,
            )
        found[value] = _unquoted(new)
    if not found:
        raise InvalidInput("No line says what becomes what.", "Write one such as good => positive")
    return found


def read_values(text: str) -> tuple[str, ...]:
    """Values parted by |; in quotation marks outer white space counts. Raises InvalidInput."""
    if not text.strip():
        raise InvalidInput("No value was typed.", "Type one, or several parted by |.")
    return tuple(dict.fromkeys(map(_unquoted, text.split("|"))))


def read_rows(text: str, rows: int) -> tuple[int, ...]:
    """Numbers of rows and ranges of them, parted by commas or white space.

    rows: of the split; they are counted from 0. Raises InvalidInput.
    """
    found: set[int] = set()
    for part in re.sub(r"\s*([-–])\s*", r"\1", text).replace(",", " ").split():
        match = _RANGE.fullmatch(part)
        if match is None:
            raise InvalidInput(
                "“{part}” is no number of a row.",
                "Type numbers and ranges, such as 3, 17, 20-25.",
                part=part,
            )
        first = int(match[1])
        last = int(match[2] or match[1])
        if last >= rows or first > last:
            raise InvalidInput(
                "There are no rows {part}.",
                "Rows are counted from 0; the last is {last}.",
                part=part,
                last=rows - 1,
            )
        if last - first + len(found) > _MOST_ROWS:
            raise InvalidInput(
                "These are too many rows to be named one by one.",
                "Drop them by what they have in common.",
            )
        found.update(range(first, last + 1))
    if not found:
        raise InvalidInput("No row was named.", "Type numbers and ranges, such as 3, 17, 20-25.")
    return tuple(sorted(found))


def _unquoted(text: str) -> str:
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        try:
            value = json.loads(text)
        except ValueError:
            return text[1:-1]
        return value if isinstance(value, str) else text
    return text
