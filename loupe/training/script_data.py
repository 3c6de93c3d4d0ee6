"""The lines of a training script that read a run's rows: the same rows as Loupe reads.

What `load_dataset` does to files without a word is switched off: "NA" and "007" as values, a mark
at the start of a file as text, a tsv's quotation marks, records under another key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from string import Template
from textwrap import indent

import pyarrow as pa

from loupe.checkpoints.places import Places
from loupe.data.columns import find_columns
from loupe.data.formats import read_table
from loupe.data.paths import format_of, resolve
from loupe.data.spec import DataSpec, Reading, Role, Source
from loupe.training.errors import NoScript

# Names from before the hub's data sets had owners; loading scripts, which some of them were, are
# gone, and these are the same data as files.
LEGACY_DATASETS = {"wikitext": "Salesforce/wikitext"}


@dataclass(frozen=True, slots=True)
class HubData:
    """A data set of the hub instead of a run's files. id: also its old name, such as `wikitext`.

    validation: the split that is held out.
    """

    id: str
    config: str | None = None
    column: str = "text"
    train: str = "train"
    validation: str = "validation"


_HAS_TEXT = '.filter(lambda row: row["text"].strip())'

_HOLD_OUT = Template("""

def place_of(text):
    \"\"\"A number from 0 to 1 that depends on the text alone: equal texts fall on one side.\"\"\"
    digest = sha256(" ".join(text.lower().split()).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


places = [place_of(text) for text in train["text"]]
distinct = sorted(set(places))
threshold = min(max($holdout, distinct[1]), distinct[-1])
held_out = train.select([i for i, place in enumerate(places) if place < threshold])
train = train.select([i for i, place in enumerate(places) if place >= threshold])
""")

_LIMIT = Template("""
if len($name) > $rows:
    $name = $name.select(sorted(random.Random(seed).sample(range(len($name)), $rows)))
""")


def literal(value: object) -> str:
    """As Python and its formatters write it: texts in double quotes."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def text_lines(data: DataSpec, places: Places, hub: HubData | None) -> str:
    """Lines that leave `train` and, where something is held out, `held_out`, with a column `text`.

    They use `csv`, `random`, `sha256`, `seed`, and `load_dataset`, `Features`, `Value` and
    `concatenate_datasets` of `datasets`.
    Raises InvalidInput and OutsideRoots as reading does, and NoScript.
    """
    if not data.recipe.is_empty:
        raise NoScript(
            "There is no plain script for a run whose rows a recipe cleans.",
            "Export the recipe as a script, and train on the files that it writes.",
        )
    if hub is not None:
        lines = _hub_lines(hub)
    else:
        lines = f"train = {_read(data.train, places)}\n"
        if data.validation:
            lines += f"held_out = {_read(data.validation, places)}\n"
        elif data.holdout > 0:
            lines += _HOLD_OUT.substitute(holdout=data.holdout)
    limits = {"train": data.max_train_rows}
    if holds_out(data, hub):
        limits["held_out"] = data.max_validation_rows
    lines += "".join(
        _LIMIT.substitute(name=name, rows=rows) for name, rows in limits.items() if rows is not None
    )
    return lines + "".join(f"{name} = {name}{_HAS_TEXT}\n" for name in limits)


def holds_out(data: DataSpec, hub: HubData | None) -> bool:
    """Whether there is something to judge by."""
    return hub is not None or bool(data.validation) or data.holdout > 0


def _hub_lines(hub: HubData) -> str:
    name = LEGACY_DATASETS.get(hub.id, hub.id)
    named = ", ".join(literal(part) for part in (name, hub.config) if part is not None)
    return (
        f"rows = load_dataset({named})\n"
        f"train = rows[{literal(hub.train)}]{_only(hub.column)}\n"
        f"held_out = rows[{literal(hub.validation)}]{_only(hub.column)}\n"
    )


@dataclass(frozen=True, slots=True)
class _File:
    """One file, and where in it the texts stand. names: of its columns where the file has none."""

    path: Path
    column: str
    names: tuple[str, ...] | None


def _read(sources: Sequence[Source], places: Places) -> str:
    parts = [_load(source, places) for source in sources]
    if len(parts) == 1:
        return parts[0]
    listed = "".join(indent(part, "        ") + ",\n" for part in parts)
    return f"concatenate_datasets(\n    [\n{listed}    ]\n)"


def _load(source: Source, places: Places) -> str:
    path = resolve(source, roots=places.data_roots, samples=places.starters.parent / "samples")
    kind = format_of(source, path)
    _refuse_special(source, kind)
    table = read_table(path, kind, header=source.header)
    has_header = source.header or kind not in {"csv", "tsv"}
    position = find_columns(source, table.names, (Role.TEXT,), has_header=has_header)[Role.TEXT]
    column, values = table.names[position], table.column(position).type
    if not (pa.types.is_string(values) or pa.types.is_large_string(values)):
        raise NoScript(
            "There is no plain script for “{path}”: its column “{column}” holds {kind}.",
            "Train it here, or write each text as one value.",
            path=source.path,
            column=column,
            kind=str(values),
        )
    return _LOADERS[kind](_File(path, column, None if has_header else table.names))


def _refuse_special(source: Source, kind: str) -> None:
    """Raise NoScript where `load_dataset` would have to be told more than these lines can."""
    plain = Reading(format=source.format, header=source.header)
    special = [
        name for name in Reading.model_fields if getattr(source, name) != getattr(plain, name)
    ]
    if special or kind not in _LOADERS or source.path.endswith((".gz", ".zip")):
        raise NoScript(
            "There is no plain script for “{path}”, which is read in a way of its own: {how}.",
            "Train it here, or save its rows on the page Inspect a dataset and train on that file.",
            path=source.path,
            how=", ".join(special) or kind,
        )


def _call(builder: str, path: Path, *options: str) -> str:
    # A name with brackets or stars would be taken for a pattern.
    file = literal(escape(str(path)))
    listed = (f'"{builder}"', f"data_files=[{file}]", 'split="train"', *options)
    return "load_dataset(\n" + "".join(f"    {option},\n" for option in listed) + ")"


def _csv(file: _File, *options: str) -> str:
    # Only this column, and as text, whatever is written in it.
    kept = (
        f"usecols=[{literal(file.column)}]",
        f'features=Features({{{literal(file.column)}: Value("string")}})',
        "keep_default_na=False",
    )
    listed = ", ".join(literal(name) for name in file.names or ())
    names = () if file.names is None else ("header=None", f"names=[{listed}]")
    return _call("csv", file.path, *options, *names, *kept) + _only(file.column)


def _tsv(file: _File) -> str:
    return _csv(file, 'sep="\\t"', "quoting=csv.QUOTE_NONE")


def _txt(file: _File) -> str:
    return _call("text", file.path, 'encoding="utf-8-sig"') + _HAS_TEXT


def _jsonl(file: _File, *options: str) -> str:
    return _call("json", file.path, *options) + _flat(file.column) + _only(file.column)


def _json(file: _File) -> str:
    return _jsonl(file, *_field(file.path))


def _field(path: Path) -> tuple[str, ...]:
    """Under which key the records stand, where the file is an object that holds a list of them."""
    data = json.loads(path.read_text("utf-8-sig"))
    if isinstance(data, list):
        return ()
    for key, value in data.items():
        if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
            return (f"field={literal(key)}",)
    raise NoScript(
        "There is no plain script for “{path}”, which has a list for each column.",
        "Train it here, or write it as one object a line (jsonl).",
        path=str(path),
    )


def _parquet(file: _File) -> str:
    return _call("parquet", file.path) + _flat(file.column) + _only(file.column)


def _flat(column: str) -> str:
    return ".flatten()" if "." in column else ""


def _only(column: str) -> str:
    kept = f".select_columns([{literal(column)}])"
    return kept if column == "text" else f'{kept}.rename_column({literal(column)}, "text")'


# What a text to learn from can be read from; conll holds words.
_LOADERS: dict[str, Callable[[_File], str]] = {
    "csv": _csv,
    "tsv": _tsv,
    "txt": _txt,
    "jsonl": _jsonl,
    "json": _json,
    "parquet": _parquet,
}
