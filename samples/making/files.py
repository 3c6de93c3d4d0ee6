"""A sample's splits as files: the same bytes on every machine."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from samples.making.rows import Row

BYTE_ORDER_MARK = "\ufeff"

Rows = Sequence[Row]


def write_file(
    path: Path, columns: Sequence[str], rows: Rows, *, byte_order_mark: bool = False
) -> None:
    """Write one split in the format of its ending: UTF-8, lines ended by a line feed."""
    text = _FORMATS[path.suffix](columns, rows)
    path.write_bytes(((BYTE_ORDER_MARK if byte_order_mark else "") + text).encode("utf-8"))


def _csv(columns: Sequence[str], rows: Rows) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([row[name] for name in columns] for row in rows)
    return out.getvalue()


def _tsv(columns: Sequence[str], rows: Rows) -> str:
    """Without quotes, as the format has it: no cell may hold a tab or a line break."""
    lines = ["\t".join(columns)]
    for row in rows:
        cells = [cast(str, row[name]) for name in columns]
        assert not any(sign in cell for cell in cells for sign in "\t\r\n")
        lines.append("\t".join(cells))
    return "\n".join(lines) + "\n"


def _jsonl(columns: Sequence[str], rows: Rows) -> str:
    """A column that a row does not have is left out of it."""
    records = [{name: row[name] for name in columns if name in row} for row in rows]
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def _conll(columns: Sequence[str], rows: Rows) -> str:
    sentences = []
    for row in rows:
        words = zip(*(cast(list[str], row[name]) for name in columns), strict=True)
        sentences.append("".join("\t".join(word) + "\n" for word in words))
    return "\n".join(sentences)


_FORMATS: dict[str, Callable[[Sequence[str], Rows], str]] = {
    ".csv": _csv,
    ".tsv": _tsv,
    ".jsonl": _jsonl,
    ".conll": _conll,
}
