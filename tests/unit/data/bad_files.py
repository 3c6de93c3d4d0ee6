"""Bad and hostile files, and what has to be said of each."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

GOOD = "text,label\n" + "".join(f"some words {i},{i % 2}\n" for i in range(30))
TABLE = pa.table({"text": [f"some words {i}" for i in range(500)]})
Maker = Callable[[Path], None]


@dataclass(frozen=True)
class Case:
    """make: writes the file at a path of this name. says: words of a finding or of the refusal."""

    cause: str
    name: str
    make: bytes | str | Maker
    says: str
    opens: bool = False


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, content in entries:
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def parquet() -> bytes:
    written = io.BytesIO()
    pq.write_table(TABLE, written)
    return written.getvalue()


def arrow(*, stream: bool) -> bytes:
    written = io.BytesIO()
    opener = pa.ipc.new_stream if stream else pa.ipc.new_file
    with opener(written, TABLE.schema) as writer:
        for batch in TABLE.to_batches(100):
            writer.write_batch(batch)
    return written.getvalue()


def arrow_with_wild_offsets() -> bytes:
    """A text whose offsets point far outside of its bytes."""
    written = io.BytesIO()
    batch = pa.record_batch([pa.array(["a" * 777, "b"])], names=["text"])
    with pa.ipc.new_stream(written, batch.schema) as writer:
        writer.write_batch(batch)
    offsets, wild = struct.pack("<2i", 777, 778), struct.pack("<2i", 1 << 30, (1 << 30) + 1)
    assert offsets in written.getvalue()
    return written.getvalue().replace(offsets, wild)


def zeros(path: Path) -> None:
    """200 MB in 200 KB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    with path.open("wb") as file:
        for _ in range(200):
            file.write(packer.compress((b"a" * 1023 + b"\n") * (1 << 10)))
        file.write(packer.flush())


def zip_of_zeros(path: Path) -> None:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.txt", "w") as entry,
    ):
        for _ in range(200):
            entry.write((b"a" * 1023 + b"\n") * (1 << 10))


def link_entry() -> bytes:
    info = zipfile.ZipInfo("a.csv")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return zipped((info, b"/etc/passwd"))


def encrypted() -> bytes:
    """The flag is what says so; the bytes behind it do not matter."""
    content = bytearray(zipped(("a.csv", GOOD.encode())))
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(sign) + offset] |= 1
    return bytes(content)


def wrong_checksum() -> bytes:
    content = bytearray(zipped(("a.csv", GOOD.encode())))
    content[content.index(b"PK\x01\x02") + 16] ^= 0xFF
    return bytes(content)


def future_zip() -> bytes:
    content = bytearray(zipped(("a.csv", GOOD.encode())))
    content[content.index(b"PK\x01\x02") + 6] = 200  # the version that it needs
    return bytes(content)


def folder(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def metadata_of_lies() -> bytes:
    schema = TABLE.schema.with_metadata({b"huggingface": b'{"info": {"features": [[[1]]]}}'})
    written = io.BytesIO()
    pq.write_table(TABLE.replace_schema_metadata(schema.metadata), written)
    return written.getvalue()


def lines_of_json(*values: str) -> str:
    return "".join(value + "\n" for value in values)


_WIDE = ",".join(f"c{i}" for i in range(5000))
_MANY = ",".join("a" * 1 for _ in range(200_000))
_LATE = "text,label\n" + "fine,1\n" * 20_000

CASES: tuple[Case, ...] = (
    Case("an empty file", "a.csv", b"", "has no rows"),
    Case("only blank lines", "a.txt", "\n\n  \n\n", "has no rows"),
    Case("only blank lines in a table", "a.csv", "\n\n\n", "has no rows"),
    Case("only a byte order mark", "a.csv", b"\xef\xbb\xbf", "has no rows"),
    Case("only a header", "a.csv", "text,label\n", "only the header"),
    Case("an empty list", "a.json", "[]", "has no rows"),
    Case("rows without values", "a.jsonl", "{}\n{}\n", "has no rows"),
    Case("latin-1", "a.csv", "text,label\ncafé,1\n".encode("latin-1"), "line 2"),
    Case("latin-1, late", "a.csv", (_LATE + "café,1\n").encode("latin-1"), "line 20002"),
    Case("UTF-16", "a.csv", GOOD.encode("utf-16"), "Read it as utf-16"),
    Case("UTF-16 without a mark", "a.csv", GOOD.encode("utf-16-le"), "utf-16-le"),
    Case("UTF-32", "a.csv", GOOD.encode("utf-32"), "Read it as utf-32"),
    Case("broken UTF-16", "a.csv", GOOD.encode("utf-16") + b"\x00\xd8\x00\xd8a", "utf-16"),
    Case("two encodings", "a.txt", "é\n".encode() + "é\n".encode("cp1252"), "Part of the file"),
    Case("a mark in the middle", "a.txt", "one\n\ufefftwo\n", "byte order mark", opens=True),
    Case("NUL bytes", "a.csv", GOOD.replace("words 3", "wo\0rds"), "NUL", opens=True),
    Case("letters lost", "a.txt", "caf\ufffd\n", "Letters were lost", opens=True),
    Case("carriage returns only", "a.csv", GOOD.replace("\n", "\r"), "carriage return", opens=True),
    Case("a line of 10 MB", "a.txt", "a" * 10_000_000 + "\nb\n", "longer than", opens=True),
    Case("a line of 20 MB", "a.jsonl", '{"a": "' + "a" * 20_000_000, "longer than"),
    Case("a cell of 20 MB", "a.csv", 'a,b\n1,"' + ("a" * 999 + "\n") * 20_000, "line 2"),
    Case("5,000 columns", "a.csv", f"{_WIDE}\n{_WIDE}\n", "5000 columns", opens=True),
    Case("200,000 columns", "a.csv", f"{_MANY}\n{_MANY}\n", "at most"),
    Case("a ragged row", "a.csv", GOOD + "a,b,c\n", "line 32 has 3"),
    Case("an unclosed quote", "a.csv", GOOD + '"some,1\n' + GOOD, "line 32"),
    Case("an unclosed quote in the last column", "a.csv", GOOD + 'a,"b\n' + GOOD, "not closed"),
    Case("semicolons", "a.csv", GOOD.replace(",", ";"), "semicolons", opens=True),
    Case("tabs in a csv", "a.csv", GOOD.replace(",", "\t"), "tabs", opens=True),
    Case("no header", "a.tsv", "ham\tone two\nspam\tthree\nham\tfour\n", "without", opens=True),
    Case("two columns of one name", "a.csv", "text,text\na,b\n", "several columns", opens=True),
    Case("a column without name", "a.csv", "text,\na,b\n", "no name", opens=True),
    Case("brackets", "a.json", "[" * 100_000, "nested more than"),
    Case("brackets in a line", "a.jsonl", '{"a": ' + "[" * 100_000 + "\n", "nested more than"),
    Case("objects in objects", "a.jsonl", '{"a":' * 200 + "1" + "}" * 200, "nested more than"),
    Case("a number of 10,000 digits", "a.jsonl", '{"a": ' + "9" * 10_000 + "}\n", "not JSON"),
    Case("a number beyond 64 bits", "a.jsonl", '{"a": 1}\n{"a": 1' + "0" * 30 + "}\n", "line 2"),
    Case("NaN", "a.jsonl", '{"a": 1.0}\n{"a": NaN}\n', "“NaN” (line 2)", opens=True),
    Case("Infinity", "a.json", '[{"a": -Infinity}]', "“-Infinity”", opens=True),
    Case("a key twice", "a.jsonl", '{"a": 1, "a": 2}\n', "“a” twice", opens=True),
    Case("half a character", "a.jsonl", '{"a": "x"}\n{"a": "\\ud800"}\n', "line 2"),
    Case("mixed kinds", "a.jsonl", '{"a": 1}\n' * 12_000 + '{"a": "x"}\n', "line 12001"),
    Case("a cut line", "a.jsonl", '{"a": 1}\n{"a": \n', "Line 2"),
    Case("a cut document", "a.json", '[{"a": 1},\n{"a"', "Line 2"),
    Case("lines as a document", "a.json", '{"a": 1}\n{"a": 2}\n', "one JSON object a line"),
    Case("a document as lines", "a.jsonl", '[{"a": 1},\n {"a": 2}]\n', "one JSON document"),
    Case("objects one after another", "a.json", '{"a": 1} {"a":\n 2}', "another JSON value"),
    Case("several lists", "a.json", '{"a": [{"x": 1}], "b": [{"x": 2}]}', "“a”, “b”"),
    Case("a lone object", "a.json", '{"a": 1}', "no list of rows"),
    Case("CoNLL of mixed widths", "a.conll", "a\tO\nb\tX\tO\n", "Line 2"),
    Case("CoNLL without blank lines", "a.conll", "word\tO\n" * 100_001, "blank line"),
    Case("a truncated parquet", "a.parquet", parquet()[:-200], "damaged"),
    Case("a parquet with zeros in it", "a.parquet", parquet()[:40] + bytes(2000), "damaged"),
    Case("a parquet with lies in it", "a.parquet", metadata_of_lies(), "", opens=True),
    Case("text as parquet", "a.parquet", GOOD, "not Parquet"),
    Case("a pickle as parquet", "a.parquet", pickle.dumps({"a": 1}), "never opens"),
    Case("a pickle as csv", "a.csv", pickle.dumps([1, 2, 3]), "never opens"),
    Case("a truncated arrow file", "a.arrow", arrow(stream=False)[:-300], "damaged"),
    Case("a truncated arrow stream", "a.arrow", arrow(stream=True)[:-1500], "damaged"),
    Case("wild offsets", "a.arrow", arrow_with_wild_offsets(), "damaged"),
    Case("a workbook as csv", "a.csv", zipped(("xl/workbook.xml", b"<x/>")), "save it as csv"),
    Case("a zip as csv", "a.csv", zipped(("a.csv", GOOD.encode())), "a zip archive"),
    Case("a web page", "a.csv", "<!DOCTYPE html>\n<html>404</html>\n", "a web page"),
    Case("a picture", "a.txt", b"\x89PNG\r\n\x1a\n" + bytes(100), "a picture"),
    Case("a truncated gzip", "a.csv.gz", gzip.compress(GOOD.encode())[:-12], "damaged"),
    Case("no gzip", "a.csv.gz", GOOD, "damaged"),
    Case("a gzip bomb", "a.txt.gz", zeros, "far more than its size"),
    Case("a zip bomb", "a.zip", zip_of_zeros, "far more than its size"),
    Case("a path in an entry", "a.zip", zipped(("../../a.csv", b"a\n1\n")), "leads out of it"),
    Case("an absolute entry", "a.zip", zipped(("/etc/a.csv", b"a\n1\n")), "leads out of it"),
    Case("a link as an entry", "a.zip", link_entry(), "is a link"),
    Case("an encrypted entry", "a.zip", encrypted(), "encrypted"),
    Case("an entry with a wrong checksum", "a.zip", wrong_checksum(), "damaged"),
    Case("an archive in an archive", "a.zip", zipped(("b.zip", zipped(("c", b"")))), "again"),
    Case("an archive of nothing", "a.zip", zipped(), "no file of text"),
    Case("an archive of programs", "a.zip", zipped(("a.exe", b"MZ")), "no file of text"),
    Case("a zip of two", "a.zip", zipped(("a.csv", b"a\n1\n"), ("b.csv", b"a\n1\n")), "2 files"),
    Case(
        "2,000 entries",
        "a.zip",
        zipped(*((f"{i}.csv", b"") for i in range(2000))),
        "more than 1000 entries",
    ),
    Case("no zip", "a.zip", GOOD, "damaged"),
    Case("a zip cut off", "a.zip", zipped(("a.csv", GOOD.encode()))[:-30], "damaged"),
    Case("a packed parquet", "a.parquet.gz", gzip.compress(parquet()), "packed already"),
    Case("an unknown ending", "a.dat", GOOD, "Read it as csv"),
    Case("a header that never ends", "a.csv", 'text,"label\n' + GOOD, "never closed"),
    Case("half a character in a name", "a.jsonl", '{"\\ud800": 1}\n', "line 1"),
    Case("a zip of the future", "a.zip", future_zip(), "damaged"),
    Case("a folder", "a.csv", folder, "folder"),
    Case("a pipe", "a.csv", pipe, "pipe"),
    Case("a link that goes in circles", "a.csv", loop, "cannot be read"),
    Case("a link to a device", "a.csv", device, "device"),
    Case("lines as txt", "a.txt", '{"a": 1}\n{"a": 2}\n', "holds JSON", opens=True),
    Case("json values under a key", "a.json", json.dumps({"x": {"y": [{"a": 1}]}}), "“x.y”"),
)
