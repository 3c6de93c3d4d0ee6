"""The lines of a document, and what was written of each."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Protocol

import regex

from loupe.engine.seq2seq.sentences import Segment, Span, put_together

_BREAK = regex.compile(r"\r\n|\r|\n")


class Row(Protocol):
    """What is asked of a document's row here: a piece of its text, and what was written of it."""

    @property
    def source(self) -> str: ...

    @property
    def target(self) -> str: ...

    @property
    def span(self) -> Span: ...


class Lines:
    """Line numbers, from 1, of places in a text. A last line break ends a line and begins none."""

    def __init__(self, text: str) -> None:
        breaks = list(_BREAK.finditer(text))
        self._starts = [0, *(found.end() for found in breaks)]
        self._ends = [*(found.start() for found in breaks), len(text)]
        if len(self._starts) > 1 and self._starts[-1] == len(text):
            self._starts.pop()
            self._ends.pop()

    def __len__(self) -> int:
        return len(self._starts)

    def number(self, place: int) -> int:
        """Of the line in which a place lies."""
        return bisect_right(self._starts, place)

    def span(self, number: int) -> Span:
        """Of a line, without its break."""
        return self._starts[number - 1], self._ends[number - 1]


def on_one_line(text: str) -> str:
    """Line breaks as spaces: what a model writes into one line may have some."""
    return " ".join(_BREAK.split(text)).strip()


def outputs_by_line(text: str, rows: Sequence[Row]) -> list[str]:
    """What was written of each line of a document, an empty text where nothing stands.

    rows: in the order of the document, none of them across a line break.
    """
    lines = Lines(text)
    by_line: list[list[Row]] = [[] for _ in range(len(lines))]
    for row in rows:
        by_line[lines.number(row.span[0]) - 1].append(row)
    found = []
    for number, own in enumerate(by_line, start=1):
        start, end = lines.span(number)
        segments = [Segment((r.span[0] - start, r.span[1] - start), r.source) for r in own]
        targets = [row.target for row in own]
        found.append(on_one_line(put_together(text[start:end], segments, targets)) if own else "")
    return found
