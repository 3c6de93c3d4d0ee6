"""The bytes of a file as text, piece by piece: gz and zip are unpacked on the way, never to disk.

Whatever the file is, at most one row of `MAX_ROW_CHARACTERS` and a few buffers are held.
"""

from __future__ import annotations

import codecs
import gzip
import io
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from loupe.data.formats import faults, magic
from loupe.data.formats.members import find_member
from loupe.data.spec import Reading
from loupe.errors import InvalidInput

MAX_ROW_CHARACTERS = 16 << 20  # of a line, of a csv record, of a JSON object
# What an archive may unpack to: people's texts shrink to a tenth or so, bombs to a thousandth.
MAX_UNPACKED_BYTES = 20 << 30
MAX_RATIO = 100
RATIO_FREE_BYTES = 32 << 20  # a small archive may shrink as well as it likes
_CHUNK_BYTES = 1 << 18
_UTF8 = frozenset({"utf-8", "utf-8-sig", "ascii"})
# Text encodings by name that decode programs' escapes or in quadratic time, not people's files.
_NOT_OF_FILES = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"})
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",  # begins like the next: asked first
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
Watch = Callable[[int], None]


def _unwatched(_: int) -> None:
    """Nobody is told."""


@dataclass(frozen=True, slots=True)
class Look:
    """How much of a file is read, and who is told.

    limit_bytes: of its unpacked bytes, only so many; the row that this cuts is left out.
    watch: is told after each piece how many more bytes of the file on disk were read; what it
    raises ends the reading.
    """

    limit_bytes: int | None = None
    watch: Watch = _unwatched


def check_regular(path: Path) -> None:
    """Refuse what would block or never end. Raises InvalidInput."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise faults.cannot_open(path, str(error)) from error
    if not stat.S_ISREG(mode):
        raise faults.not_a_file(path)


class _Pieces(io.RawIOBase):
    """A raw stream over another's `read`, that counts, caps and translates faults."""

    def __init__(self, inner: BinaryIO, path: Path) -> None:
        self._inner = inner
        self._path = path

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        piece = self._piece(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def _piece(self, size: int) -> bytes:
        raise NotImplementedError


class _Watched(_Pieces):
    def __init__(self, inner: BinaryIO, path: Path, watch: Watch) -> None:
        super().__init__(inner, path)
        self._watch = watch

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._inner.seek(offset, whence)

    def tell(self) -> int:
        return self._inner.tell()

    def _piece(self, size: int) -> bytes:
        try:
            piece = self._inner.read(size)
        except OSError as error:
            raise faults.cannot_open(self._path, str(error)) from error
        self._watch(len(piece))
        return piece


class _Unpacked(_Pieces):
    def __init__(self, inner: BinaryIO, path: Path, packed_bytes: int) -> None:
        super().__init__(inner, path)
        self._left = min(MAX_UNPACKED_BYTES, max(RATIO_FREE_BYTES, packed_bytes * MAX_RATIO))

    def _piece(self, size: int) -> bytes:
        try:
            piece = self._inner.read(size)
        except (zlib.error, EOFError, zipfile.BadZipFile, RuntimeError, OSError, ValueError) as e:
            raise faults.damaged(self._path, "a whole archive", str(e)) from e
        self._left -= len(piece)
        if self._left < 0:
            raise InvalidInput(
                "The archive {path} unpacks to far more than its size lets expect; it was "
                "stopped there.",
                "Unpack it yourself, look at what is in it, and open the file inside.",
                path=str(self._path),
            )
        return piece


class _Beginning(_Pieces):
    """The first bytes; `cut` where there were more."""

    def __init__(self, inner: BinaryIO, path: Path, limit: int) -> None:
        super().__init__(inner, path)
        self._left = limit
        self.cut = False

    def _piece(self, size: int) -> bytes:
        piece = self._inner.read(min(size, self._left + 1))
        if len(piece) > self._left:
            self.cut, piece = True, piece[: self._left]
        self._left -= len(piece)
        return piece


class Bytes:
    """The unpacked bytes of a file. cut: whether `Look.limit_bytes` ended them."""

    def __init__(self, path: Path, reading: Reading, look: Look) -> None:
        check_regular(path)
        self._closing = ExitStack()
        self._beginning: _Beginning | None = None
        self.path = path
        try:
            self.stream = self._open(path, reading, look)
        except BaseException:
            self._closing.close()
            raise

    @property
    def cut(self) -> bool:
        return self._beginning is not None and self._beginning.cut

    def __enter__(self) -> Bytes:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def _open(self, path: Path, reading: Reading, look: Look) -> BinaryIO:
        try:
            disk = self._closing.enter_context(path.open("rb"))
        except OSError as error:
            raise faults.cannot_open(path, str(error)) from error
        stream = cast(BinaryIO, io.BufferedReader(_Watched(disk, path, look.watch), _CHUNK_BYTES))
        packed = path.stat().st_size
        if path.suffix.lower() == ".gz":
            unpacked = self._closing.enter_context(gzip.GzipFile(fileobj=stream))
            stream = self._unpack(cast(BinaryIO, unpacked), packed)
        elif path.suffix.lower() == ".zip":
            archive, info = find_member(path, stream, reading.member)
            self._closing.enter_context(archive)
            try:
                member = self._closing.enter_context(archive.open(info))
            except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as error:
                raise faults.damaged(path, "a whole archive", str(error)) from error
            stream = self._unpack(cast(BinaryIO, member), max(info.compress_size, 1))
        if look.limit_bytes is not None:
            self._beginning = _Beginning(stream, path, look.limit_bytes)
            stream = cast(BinaryIO, io.BufferedReader(self._beginning, _CHUNK_BYTES))
        return stream

    def _unpack(self, inner: BinaryIO, packed: int) -> BinaryIO:
        return cast(BinaryIO, io.BufferedReader(_Unpacked(inner, self.path, packed), _CHUNK_BYTES))


def codec_of(path: Path, encoding: str) -> str:
    """The codec's own name. Raises InvalidInput for what is not an encoding of texts."""
    try:
        found = codecs.lookup(encoding)
        "".encode(encoding)  # refuses codecs that do not make texts of bytes
    except (LookupError, ValueError, TypeError) as error:
        raise faults.unknown_encoding(path, encoding) from error
    if found.name.replace("_", "-") in _NOT_OF_FILES:
        raise faults.unknown_encoding(path, encoding)
    return "utf-8-sig" if found.name in _UTF8 else found.name


def check_head(path: Path, head: bytes, encoding: str, *, web_pages: bool) -> None:
    """Refuse what is no text, or one in another encoding, by the first bytes."""
    marked = next((name for mark, name in _BYTE_ORDER_MARKS.items() if head.startswith(mark)), None)
    if encoding == "utf-8-sig" and marked is not None:
        raise faults.not_decodable(path, 1, f"It starts with the mark of {marked}.")
    known = magic.recognise(head)
    if known is not None and marked is None:
        raise magic.other_than_named(path, *known)
    if not web_pages and magic.is_web_page(head):
        raise magic.web_page(path)


class Text:
    """The text of a file, decoded as it is read.

    newline: as `io.TextIOWrapper` takes it; "\\n": only \\n and \\r\\n end a line, since a text may
    hold U+2028, and \\r where the beginning has no other.
    """

    def __init__(self, path: Path, reading: Reading, look: Look, *, newline: str = "\n") -> None:
        self.path = path
        self.line = 0  # of the last line that was read, from 1
        self._reading, self._codec = reading, codec_of(path, reading.encoding)
        self._bytes = Bytes(path, reading, look)
        try:
            # What was read for a look at the beginning stays in the buffer.
            head = cast(io.BufferedReader, self._bytes.stream).peek(magic.HEAD_BYTES)
            # A txt may hold a web page as its text.
            check_head(path, head, self._codec, web_pages=reading.format == "txt")
            if newline == "\n" and b"\r" in head and b"\n" not in head:
                newline = "\r"
            self._text = io.TextIOWrapper(
                cast(io.BufferedReader, self._bytes.stream), self._codec, newline=newline
            )
        except BaseException:
            self._bytes.__exit__()
            raise

    def __enter__(self) -> Text:
        return self

    def __exit__(self, *_: object) -> None:
        self._bytes.__exit__()

    @property
    def cut(self) -> bool:
        """Whether the end is that of the look, not of the file."""
        return self._bytes.cut

    def read(self, characters: int) -> str:
        """The next characters; "" at the end."""
        try:
            return self._text.read(characters)
        except UnicodeError as error:
            if self.cut:
                return ""
            raise self._undecodable(error) from error

    def readline(self, limit: int = MAX_ROW_CHARACTERS) -> str:
        """The next line with its end; "" at the end. Raises InvalidInput above the limit."""
        try:
            line = self._text.readline(limit + 1)
        except UnicodeError as error:
            if self.cut:  # in the middle of a character
                return ""
            raise self._undecodable(error) from error
        self.line += 1
        if len(line) > limit:
            raise faults.too_long(self.path, self.line, limit)
        if self.line == 1:
            line = line.removeprefix("\ufeff")
        return line

    def lines(self) -> Iterator[tuple[int, str]]:
        """(number from 1, line without its end)."""
        while line := self.readline():
            ended = line.endswith(("\n", "\r"))
            if not ended and self.cut:
                return
            yield self.line, line.removesuffix("\n").removesuffix("\r") if ended else line

    def _undecodable(self, error: UnicodeError) -> InvalidInput:
        line, detail = find_undecodable(self.path, self._reading, Look()) or (self.line, str(error))
        return faults.not_decodable(self.path, line, detail, self._reading.encoding)


def find_undecodable(path: Path, reading: Reading, look: Look) -> tuple[int, str] | None:
    """(line from 1, the codec's words) of the first bytes that are not of this encoding."""
    decoder = codecs.getincrementaldecoder(codec_of(path, reading.encoding))()
    line = 1
    with Bytes(path, reading, look) as opened:
        while True:
            chunk = opened.stream.read(_CHUNK_BYTES)
            try:
                line += decoder.decode(chunk, final=not chunk and not opened.cut).count("\n")
            except UnicodeDecodeError as error:
                # A decoder that fails forgets the beginning of its chunk, which was decodable.
                return line + error.object[: error.start].count(b"\n"), str(error)
            except UnicodeError as error:
                return line, str(error)
            if not chunk:
                return None
