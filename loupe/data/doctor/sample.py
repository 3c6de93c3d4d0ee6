"""The beginning of a file, as the checks look at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from loupe.data.formats import BINARY_FORMATS, Look
from loupe.data.formats.delimited import UnclosedQuote, raw_rows
from loupe.data.formats.streams import Bytes, codec_of
from loupe.data.spec import Reading
from loupe.errors import InvalidInput

HEAD_BYTES = 1 << 20  # what is looked at closely
SCAN_BYTES = 16 << 20  # what is looked through for a fault that can sit late
CHUNK_BYTES = 1 << 18
_LINE_BYTES = 1 << 16


@dataclass(frozen=True)
class Sample:
    """reading: its format is named. head: the first bytes, unpacked. whole: head is all."""

    path: Path
    reading: Reading
    head: bytes
    whole: bool

    @cached_property
    def is_text(self) -> bool:
        """Whether the format is one of texts."""
        return self.reading.format not in BINARY_FORMATS

    @cached_property
    def is_delimited(self) -> bool:
        return self.reading.format in {"csv", "tsv"}

    @cached_property
    def text(self) -> str:
        """The head, decoded; "�" for what is not in the encoding; without a mark at its start."""
        text = self.head.decode(codec_of(self.path, self.reading.encoding), "replace")
        return text.removeprefix("\ufeff")

    @cached_property
    def lines(self) -> list[str]:
        """The head's lines, without one that the look cuts."""
        ends = "\r" if "\r" in self.text and "\n" not in self.text else "\n"
        lines = [line.removesuffix("\r") for line in self.text.split(ends)]
        return lines if self.whole and lines[-1] else lines[:-1]

    def rows(self, reading: Reading, limit_bytes: int = HEAD_BYTES) -> list[tuple[int, list[str]]]:
        """(line, fields) of a csv or tsv read in this way, up to a fault or the limit."""
        rows = []
        try:
            for line, row, _ in raw_rows(self.path, reading, Look(limit_bytes=limit_bytes)):
                rows.append((line, row))
        except (UnclosedQuote, InvalidInput):
            pass
        return rows

    def byte_lines(self) -> Iterator[tuple[int, bytes]]:
        """(number, line) of up to `SCAN_BYTES`; a long line comes in pieces of one number."""
        with Bytes(self.path, self.reading, Look(limit_bytes=SCAN_BYTES)) as opened:
            number = 1
            while piece := opened.stream.readline(_LINE_BYTES):
                yield number, piece
                number += piece.endswith(b"\n")

    def chunks(self) -> Iterator[tuple[int, bytes]]:
        """(line in which it begins, piece) of up to `SCAN_BYTES`: far faster than line by line."""
        with Bytes(self.path, self.reading, Look(limit_bytes=SCAN_BYTES)) as opened:
            number = 1
            while piece := opened.stream.read(CHUNK_BYTES):
                yield number, piece
                number += piece.count(b"\n")


def take_sample(path: Path, reading: Reading) -> Sample:
    """Raises InvalidInput where the file or the archive cannot be opened."""
    with Bytes(path, reading, Look(limit_bytes=HEAD_BYTES)) as opened:
        pieces = []
        while piece := opened.stream.read(HEAD_BYTES):
            pieces.append(piece)
        return Sample(path, reading, b"".join(pieces), not opened.cut)
