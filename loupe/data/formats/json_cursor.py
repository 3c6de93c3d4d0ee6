"""A walk through a JSON document of any length, one value in memory at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from loupe.data.formats import faults
from loupe.data.formats.jsonl import not_json
from loupe.data.formats.records import MAX_DEPTH, too_deep
from loupe.data.formats.streams import MAX_ROW_CHARACTERS, Text

_DECODER = json.JSONDecoder()
_CHUNK_CHARACTERS = 1 << 16
_SPACE = " \t\r\n"
# So close to the end of what was read, a fault may be a word or an escape that was cut.
_CUT_CHARACTERS = 16


class Cut(Exception):
    """The document goes on behind what the look allows."""


class Cursor:
    """A window on the document that grows while a value needs more of it.

    taken: characters behind it. Faults are InvalidInput with the line.
    """

    def __init__(self, text: Text) -> None:
        self._text = text
        self._window = ""
        self._at = 0
        self._before = 0
        self._line = 1
        self._ended = False

    @property
    def taken(self) -> int:
        return self._before + self._at

    @property
    def line(self) -> int:
        return self._line + self._window.count("\n", 0, self._at)

    def peek(self) -> str:
        """The next sign that is no space; "" at the end."""
        while True:
            while self._at < len(self._window):
                sign = self._window[self._at]
                # A mark at the start of a document is no part of it.
                if sign not in _SPACE and not (sign == "\ufeff" and self.taken == 0):
                    return sign
                self._at += 1
            if self._ended:
                return ""
            self._more()

    def take(self, *signs: str) -> str:
        """Step over one of these signs."""
        found = self.peek()
        if found not in signs or not found:
            raise self._fault(self._at, "“" + "” or “".join(signs) + "” expected")
        self._at += 1
        return found

    def value(self) -> Any:
        """Step over one value."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._window, self._at)
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated") or (
                    error.pos >= len(self._window) - _CUT_CHARACTERS
                )
                if self._ended or not cut:
                    raise self._fault(error.pos, error.msg) from error
            except ValueError as error:  # a number of thousands of digits
                raise self._fault(self._at, str(error)) from error
            except RecursionError as error:
                raise too_deep(self._text.path, f"line {self.line}") from error
            else:
                # A number that touches the window's end may go on.
                if end < len(self._window) or self._ended:
                    self._at = end
                    return value
            if len(self._window) - self._at > MAX_ROW_CHARACTERS:
                raise faults.too_long(self._text.path, self.line, MAX_ROW_CHARACTERS)
            self._more()

    def elements(self) -> Iterator[Any]:
        """The values of the list that begins here."""
        self.take("[")
        if self.peek() == "]":
            self.take("]")
            return
        while True:
            yield self.value()
            if self.take(",", "]") == "]":
                return

    def members(self) -> Iterator[str]:
        """The keys of the object that begins here; whoever takes one steps over its value."""
        self.take("{")
        if self.peek() == "}":
            self.take("}")
            return
        while True:
            if self.peek() != '"':
                raise self._fault(self._at, "A key in double quotes expected")
            key = str(self.value())
            self.take(":")
            yield key
            if self.take(",", "}") == "}":
                return

    def skip(self, depth: int = 0) -> None:
        """Step over a value that may be longer than memory."""
        if depth > MAX_DEPTH:
            raise too_deep(self._text.path, f"line {self.line}")
        sign = self.peek()
        if sign == "[":
            for _ in self.elements():
                pass
        elif sign == "{":
            for _ in self.members():
                self.skip(depth + 1)
        else:
            self.value()

    def end(self) -> None:
        """Refuse anything but spaces after the document."""
        if self.peek():
            raise self._fault(self._at, "Extra data")

    def _more(self) -> None:
        rest = self._window[self._at :]
        self._line += self._window.count("\n", 0, self._at)
        self._before += self._at
        # As much again as is there: a long value is scanned a few times, not a thousand.
        piece = self._text.read(max(_CHUNK_CHARACTERS, len(rest)))
        if not piece:
            if self._text.cut:
                raise Cut
            self._ended = True
        self._window, self._at = rest + piece, 0

    def _fault(self, position: int, detail: str) -> Exception:
        line = self._line + self._window.count("\n", 0, position)
        return not_json(self._text.path, line, detail)
