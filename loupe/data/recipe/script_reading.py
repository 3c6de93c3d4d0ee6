"""How an exported script reads the files that `load_dataset` would read otherwise than Loupe.

Scripts carry these very lines: only the standard library and `Dataset` are used.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

from datasets import Dataset


def read_bytes(path: str, member: str) -> bytes:
    """The bytes of a file, also of one in a gz or a zip."""
    if path.endswith(".gz"):
        with gzip.open(path) as file:
            return file.read()
    if path.endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            files = [
                entry.filename
                for entry in archive.infolist()
                if not entry.is_dir() and not entry.filename.startswith("__MACOSX/")
            ]
            return archive.read(member or files[0])
    return Path(path).read_bytes()


def read_text(path: str, encoding: str, member: str) -> str:
    """The text of a file without a byte order mark."""
    return read_bytes(path, member).decode(encoding).removeprefix("\ufeff")


def read_lines(path: str, encoding: str, member: str) -> list[str]:
    """Lines without their ends; only \\n and \\r\\n end one."""
    lines = read_text(path, encoding, member).split("\n")
    return [line.removesuffix("\r") for line in lines]


def read_txt(path: str, encoding: str, member: str) -> Dataset:
    """A row a line that is not blank."""
    lines = [line for line in read_lines(path, encoding, member) if line.strip()]
    return Dataset.from_dict({"text": lines})


def read_delimited(
    path: str,
    encoding: str,
    member: str,
    delimiter: str,
    quoting: bool,
    header: bool,
    names: list[str],
    ragged: str,
) -> Dataset:
    """A csv or tsv with all values as texts; rows of another width as `ragged` says."""
    csv.field_size_limit(2**31 - 1)
    text = io.StringIO(read_text(path, encoding, member), newline="")
    if quoting:
        reader = csv.reader(text, delimiter=delimiter)
    else:
        reader = csv.reader(text, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    rows = [row for row in reader if row]
    first = rows.pop(0) if header else [str(i) for i in range(len(rows[0]))]
    columns = unique_names(names or first)
    width = len(columns)
    kept = []
    for number, row in enumerate(rows, start=1):
        if len(row) != width and ragged == "refuse":
            raise ValueError(f"row {number} of {path} has {len(row)} columns, not {width}")
        if len(row) != width and ragged == "drop":
            continue
        row = row + [""] * (width - len(row))
        kept.append([*row[: width - 1], delimiter.join(row[width - 1 :])])
    return Dataset.from_dict({name: [row[i] for row in kept] for i, name in enumerate(columns)})


def unique_names(names: list[str]) -> list[str]:
    """The names, an empty one by its position, the second "a" as "a_2"."""
    unique: list[str] = []
    for position, name in enumerate(names):
        wanted = name or str(position)
        chosen, number = wanted, 2
        while chosen in unique or (chosen != name and chosen in names):
            chosen, number = f"{wanted}_{number}", number + 1
        unique.append(chosen)
    return unique


def read_conll(
    path: str, encoding: str, member: str, names: list[str], delimiter: str | None = None
) -> Dataset:
    """A token a line, its columns parted by tabs or spaces; a blank line ends a sentence."""
    sentences: list[list[list[str]]] = [[]]
    given, width = delimiter, 0
    delimiter = None if delimiter == " " else delimiter
    for line in read_lines(path, encoding, member):
        if not line.strip():
            if sentences[-1]:
                sentences.append([])
            continue
        if line.startswith("-DOCSTART-"):
            continue
        if width == 0 and given is None and not line.startswith("# "):
            delimiter = "\t" if "\t" in line else None
        row = [cell.strip() for cell in line.split(delimiter)]
        if line.startswith("# ") and len(row) != width:
            continue
        width = width or len(row)
        sentences[-1].append(row)
    sentences = [sentence for sentence in sentences if sentence]
    columns = unique_names(names or ["tokens", *map(str, range(1, width - 1)), "tags"])
    return Dataset.from_dict(
        {
            name: [[row[i] for row in sentence] for sentence in sentences]
            for i, name in enumerate(columns)
        }
    )


def read_json(path: str, encoding: str, member: str, field: str, mixed: str = "") -> Dataset:
    """A list of objects, an object that holds one, or an object of lists of one length."""
    data = json.loads(read_text(path, encoding, member))
    for key in field.split(".") if field else []:
        data = data[key]
    if isinstance(data, dict):
        lists = {key: value for key, value in data.items() if isinstance(value, list)}
        tables = [v for v in lists.values() if v and all(isinstance(x, dict) for x in v)]
        if len(tables) == 1:
            data = tables[0]
        else:
            data = [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]
    return from_records(data, mixed)


def read_jsonl(path: str, encoding: str, member: str, mixed: str = "") -> Dataset:
    """An object a line."""
    lines = read_lines(path, encoding, member)
    return from_records([json.loads(line) for line in lines if line.strip()], mixed)


def from_records(records: list[dict[str, Any]], mixed: str) -> Dataset:
    """Rows of objects: `{"translation": {"en": ...}}` has the column `translation.en`.

    mixed: "text" writes values of a column as JSON where they are of different kinds.
    """
    flat = [flattened(record) for record in records]
    names = dict.fromkeys(name for record in flat for name in record)
    columns = {name: [record.get(name) for record in flat] for name in names}
    for name, values in columns.items():
        kinds = set().union(*map(kinds_of, values)) - {"missing"}
        if mixed == "text" and len(kinds) > 1 and kinds != {"int", "float"}:
            columns[name] = [
                value if isinstance(value, str) or value is None else as_json(value)
                for value in values
            ]
    return Dataset.from_dict(columns)


def kinds_of(value: Any) -> set[str]:
    """The kinds of a value and of what is in it; of an empty list only that it is one."""
    if isinstance(value, list):
        inner = set().union(*map(kinds_of, value)) - {"missing"}
        return {f"list of {kind}" for kind in inner} or {"missing"}
    return {"missing"} if value is None else {type(value).__name__}


def as_json(value: Any) -> str:
    """As JSON, in its own letters."""
    return json.dumps(value, ensure_ascii=False)


def flattened(record: dict[str, Any], before: str = "") -> dict[str, Any]:
    """An object of objects as one, with the keys joined by dots."""
    flat: dict[str, Any] = {}
    for key, value in record.items():
        if isinstance(value, dict):
            flat.update(flattened(value, f"{before}{key}."))
        else:
            flat[f"{before}{key}"] = value
    return flat
