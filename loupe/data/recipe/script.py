"""A recipe as a plain Python script: `datasets` and the standard library give the same rows."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from textwrap import indent

from loupe.data.recipe import cells, script_reading
from loupe.data.recipe.drop_ids import ROW_COLUMN, SPLIT_COLUMN, DropIds
from loupe.data.recipe.keep_columns import KeepColumns
from loupe.data.recipe.recipe import Recipe, recipe_hash
from loupe.data.recipe.script_loading import format_named, load_lines
from loupe.data.recipe.step import literal
from loupe.data.spec import Source

# Names that a script may use, and what brings them.
_IMPORTS = {
    "bz2": "import bz2",
    "codecs": "import codecs",
    "csv": "import csv",
    "gzip": "import gzip",
    "io": "import io",
    "json": "import json",
    "random": "import random",
    "re": "import re",
    "unicodedata": "import unicodedata",
    "zipfile": "import zipfile",
    "Counter": "from collections import Counter",
    "escape": "from glob import escape",
    "sha256": "from hashlib import sha256",
    "Path": "from pathlib import Path",
    "Any": "from typing import Any",
}
_FROM_DATASETS = (
    "Dataset",
    "Features",
    "List",
    "Value",
    "concatenate_datasets",
    "load_dataset",
)
_CLASS_NAMES = """\
# Classes by their names; one that is unknown has none.
for name, rows in splits.items():
    rows = rows.flatten()
    for column, feature in rows.features.items():
        is_list = isinstance(feature, List)
        inner = feature.feature if is_list else feature
        if isinstance(inner, ClassLabel):
            kind = List(Value("string")) if is_list else Value("string")
            rows = rows.map(
                lambda row: {column: named(row[column], inner.names)},
                features=Features({**rows.features, column: kind}),
                load_from_cache_file=False,
            )
    splits[name] = rows
"""
_NAMED = '''

def named(value, names):
    """A class id as its name."""
    if isinstance(value, list):
        return [named(item, names) for item in value]
    if value is None or value == -1:
        return None
    return names[value] if 0 <= value < len(names) else str(value)
'''


def to_python(
    recipe: Recipe,
    sources: Mapping[str, Sequence[Source]],
    *,
    output: str = "cleaned",
) -> str:
    """The script. sources: split to its files, whose rows follow each other; paths as they stand.

    It leaves `splits`, name to `datasets.Dataset`, and writes each as Parquet into `output`.
    Raises InvalidInput for files that no plain script can read.
    """
    steps = [step for step in recipe.steps if step.enabled]
    loading = "splits = {\n"
    for name, files in sources.items():
        loading += indent(f"{literal(name)}: {_joined([load_lines(s) for s in files])},\n", "    ")
    loading += "}\n"
    body = [loading]
    typed = any(_may_have_types(source) for files in sources.values() for source in files)
    if typed:
        body.append(_CLASS_NAMES)
    by_id = any(isinstance(step, DropIds) for step in steps)
    if by_id:
        body.append(_number_rows())
    for number, step in enumerate(steps, start=1):
        title = _comment(str(step.title()))
        if by_id and isinstance(step, KeepColumns):
            columns = (*step.columns, SPLIT_COLUMN, ROW_COLUMN)
            step = step.model_copy(update={"columns": columns})
        body.append(f"# {number}. {title}.\n{step.script()}")
    if by_id:
        body.append(_forget_numbers())
    body.append(_write(output))
    main = "\n".join(body)
    functions = (_NAMED if typed else "") + _functions(main)
    return f"{_head(recipe, functions + main)}\n{functions}\n\n{main}"


def _joined(parts: Sequence[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    listed = "".join(indent(f"{part},\n", " " * 8) for part in parts)
    return f"concatenate_datasets(\n    [\n{listed}    ]\n)"


def _may_have_types(source: Source) -> bool:
    return format_named(source) in ("parquet", "arrow")


def _number_rows() -> str:
    return f"""\
# Where each row comes from.
for name, rows in splits.items():
    rows = rows.add_column("{SPLIT_COLUMN}", [name] * len(rows))
    splits[name] = rows.add_column("{ROW_COLUMN}", list(range(len(rows))))
"""


def _forget_numbers() -> str:
    return f"""\
for name, rows in splits.items():
    splits[name] = rows.remove_columns(["{SPLIT_COLUMN}", "{ROW_COLUMN}"])
"""


def _write(output: str) -> str:
    return f"""\
output = Path({literal(output)})
output.mkdir(parents=True, exist_ok=True)
for name, rows in splits.items():
    print(f"{{name}}: {{len(rows):,}} rows")
    rows.to_parquet(output / f"{{name}}.parquet")
"""


def _functions(main: str) -> str:
    """The functions that the lines call, and those that these call, in the order of their files."""
    known = {
        name: inspect.getsource(function)
        for module in (script_reading, cells)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
    }
    needed: set[str] = set()
    text = main
    while found := {name for name in known if _uses(text, name)} - needed:
        needed |= found
        text = "\n".join(known[name] for name in found)
    ordered = [
        name for module in (script_reading, cells) for name in vars(module) if name in needed
    ]
    return "".join(f"\n\n{known[name]}" for name in ordered)


def _uses(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w.\"'“]){name}\b(?![\"'”=])", text) is not None


def _head(recipe: Recipe, rest: str) -> str:
    imports = [line for name, line in _IMPORTS.items() if _uses(rest, name)]
    plain = [line for line in imports if line.startswith("import")]
    froms = [line for line in imports if line.startswith("from")]
    names = [name for name in ("ClassLabel", *_FROM_DATASETS) if _uses(rest, name)]
    return "\n".join(
        [
            f'"""The rows after recipe {recipe_hash(recipe)}, made with datasets alone."""',
            "",
            "from __future__ import annotations",
            "",
            *plain,
            *froms,
            "",
            f"from datasets import {', '.join(names)}",
        ]
    )


def _comment(text: str) -> str:
    """On one line, without signs that no source may hold."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
