"""Exported scripts run without Loupe and give the rows that the recipe gives."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import ClassLabel, Dataset, Features, Value

from loupe.data.formats import read_file
from loupe.data.paths import reading_of
from loupe.data.recipe.drop_ids import fingerprint
from loupe.data.recipe.recipe import Recipe
from loupe.data.recipe.script import to_python
from loupe.data.recipe.trace import apply
from loupe.data.spec import Source
from loupe.errors import InvalidInput

pytestmark = pytest.mark.slow

TEXTS = [
    "a cup of tea", "A  cup of tea", " a cup of tea", "a cup of tea", "", "tea", "NA", "007",
    'she said "yes", twice', "ﬁne café", "see http://x.org", "two\nlines", "茶", "null", "tea",
    "only here", "more {braces} there", "back\\slash",
]  # fmt: skip
LABELS = ["pos", "pos ", "Pos", "neg", "pos", "", "neg", "1", "pos", "neg", "pos", "neg", "pos",
          "neg", "1", "pos", "neg", "pos"]  # fmt: skip
TRAIN = {"text": TEXTS, "label": LABELS}
TEST = {"text": ["tea", "A CUP OF TEA", "none of them", ""], "label": ["pos", "neg", "pos", "1"]}
WORDS = {
    "tokens": [["Ada", "in", "Lee"], ["no", "one"], ["Lee"], ["Ada", "in", "Lee"]],
    "tags": [["B-PER", "O", "I-LOC"], ["O", "O"], ["S-LOC"], ["B-PER", "O", "I-LOC"]],
}

# Runs each script in a folder of its own, where nothing of Loupe can be imported.
_DRIVER = """
import os, pathlib, runpy, sys
sys.modules["loupe"] = None
for script in sys.argv[1:]:
    os.chdir(pathlib.Path(script).parent)
    runpy.run_path(script)
"""

STEPS: dict[str, list[dict[str, Any]]] = {
    "empty": [{"step": "drop_rows", "column": "text", "where": {"kind": "empty"}}],
    "shorter": [
        {"step": "drop_rows", "column": "text", "where": {"kind": "shorter_than", "length": 4}}
    ],
    "longer": [
        {
            "step": "drop_rows",
            "column": "text",
            "where": {"kind": "longer_than", "length": 3, "unit": "words"},
            "splits": ["train"],
        }
    ],
    "values": [
        {"step": "drop_rows", "column": "label", "where": {"kind": "one_of", "values": ["1", ""]}}
    ],
    "braces": [
        {"step": "drop_rows", "column": "text", "where": {"kind": "matches", "text": "{braces}"}}
    ],
    "hostile": [
        {
            "step": "drop_rows",
            "column": "text",
            "where": {"kind": "one_of", "values": ["tea", 'x"]\nraise SystemExit(1)\u2028\0#']},
        }
    ],
    "hostile words": [
        {
            "step": "map_column",
            "column": "label",
            "values": {"pos": "\n\0'''\"\"\"", "x\nimport os": "y"},
        }
    ],
    "hostile title": [
        {
            "step": "drop_rows",
            "column": "text",
            "where": {"kind": "matches", "text": "(tea|\nraise SystemExit(1)\r\0)", "regex": True},
        }
    ],
    "regex": [
        {
            "step": "drop_rows",
            "column": "text",
            "where": {"kind": "matches", "text": r"\bTEA\b|\\", "regex": True, "case": False},
        }
    ],
    "same": [
        {"step": "drop_rows", "column": "text", "where": {"kind": "same_as", "column": "label"}}
    ],
    "duplicates": [{"step": "drop_duplicates", "columns": ["text"]}],
    "normalised duplicates": [
        {"step": "drop_duplicates", "columns": ["text", "label"], "normalised": True}
    ],
    "leaks": [{"step": "drop_leaks", "columns": ["text"]}],
    "normalised leaks": [
        {"step": "drop_leaks", "columns": ["text"], "remove_from": "test", "normalised": True}
    ],
    "conflicts": [{"step": "drop_conflicts", "columns": ["text"], "label": "label"}],
    "merge": [{"step": "merge_labels", "column": "label", "labels": {"pos ": "pos", "Pos": "pos"}}],
    "strip": [{"step": "strip", "columns": ["text", "label"]}],
    "normalise": [{"step": "normalise", "columns": ["text"], "form": "NFKC", "lower": True}],
    "sample": [{"step": "sample", "rows": 7, "seed": 5}],
    "balanced": [{"step": "sample", "rows": 7, "seed": 5, "balance_by": "label"}],
    "rename": [{"step": "rename_columns", "names": {"text": "a b"}}],
    "map": [{"step": "map_column", "column": "label", "values": {"1": 'on"e', "neg": "{no}"}}],
    "keep": [{"step": "keep_columns", "columns": ["label"]}],
    "split": [{"step": "split_by_hash", "column": "text", "share": 0.3}],
    "ids": [{"step": "drop_ids", "rows": {"train": [0, 5], "test": [1]}, "fingerprints": {}}],
}
STEPS["many"] = [
    *STEPS["strip"],
    *STEPS["normalised duplicates"],
    {"step": "keep_columns", "columns": ["text"]},
    *STEPS["ids"],
    {"step": "strip", "columns": ["label"], "enabled": False},
    *STEPS["split"],
]


def recipe_of(steps: list[dict[str, Any]], splits: dict[str, Dataset]) -> Recipe:
    """With the fingerprints that the splits have."""
    for step in steps:
        if step["step"] == "drop_ids":
            found = {name: fingerprint(splits[name], ids) for name, ids in step["rows"].items()}
            step["fingerprints"] = found
    return Recipe.model_validate({"steps": steps})


def run_scripts(folders: list[Path]) -> None:
    scripts = [str(folder / "clean.py") for folder in folders]
    home = str(folders[0].parent / "hub")
    result = subprocess.run(
        [sys.executable, "-W", "error::SyntaxWarning", "-c", _DRIVER, *scripts],
        env={**os.environ, "HF_HOME": home, "HF_DATASETS_OFFLINE": "1"},
        cwd=folders[0],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr[-4000:]


def written(folder: Path) -> dict[str, list[dict[str, Any]]]:
    return {
        path.stem: pq.read_table(path).to_pylist()
        for path in (folder / "cleaned").glob("*.parquet")
    }


def rows_of(splits: dict[str, Dataset]) -> dict[str, list[dict[str, Any]]]:
    return {name: [dict(row) for row in rows] for name, rows in splits.items()}


def test_each_step_gives_the_same_rows_as_a_script(tmp_path):
    splits = {"train": Dataset.from_dict(TRAIN), "test": Dataset.from_dict(TEST)}
    sources = {"train": [Source(path="../train.jsonl")], "test": [Source(path="../test.jsonl")]}
    for name, rows in splits.items():
        text = "\n".join(json.dumps(dict(row)) for row in rows)
        (tmp_path / f"{name}.jsonl").write_text(text, "utf-8")
    folders, recipes = [], {}
    for name, steps in STEPS.items():
        recipes[name] = recipe_of(steps, splits)
        folder = tmp_path / name
        folder.mkdir()
        (folder / "clean.py").write_text(to_python(recipes[name], sources), "utf-8")
        folders.append(folder)
    run_scripts(folders)
    for name, recipe in recipes.items():
        expected = rows_of(apply(recipe, splits))
        assert written(tmp_path / name) == expected, name
        assert expected != rows_of(splits) or name == "same", name


def _csv(rows: dict[str, list[Any]], sign: str = ",") -> str:
    lines = [sign.join(rows)]
    for row in zip(*rows.values(), strict=True):
        lines.append(sign.join('"' + cell.replace('"', '""') + '"' for cell in row))
    return "\r\n".join(lines)


def _conll(rows: dict[str, list[list[str]]]) -> str:
    sentences = zip(*rows.values(), strict=True)
    return "\n\n".join("\n".join(map("\t".join, zip(*s, strict=True))) for s in sentences)


def _zip(name: str, text: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("__MACOSX/._rows.csv", b"\0")
        archive.writestr(name, text)
    return packed.getvalue()


PLAIN = {name: [v for v in values if v and "\n" not in v] for name, values in TRAIN.items()}
PLAIN = {name: values[:14] for name, values in PLAIN.items()}
FILES: dict[str, tuple[bytes, dict[str, Any], dict[str, list[Any]]]] = {
    "a.csv": (_csv(TRAIN).encode("utf-8-sig"), {}, TRAIN),
    "b.csv": (_csv(PLAIN, ";").encode("utf-16"), {"encoding": "utf-16", "delimiter": ";"}, PLAIN),
    "latin.csv": (
        "text,label\ncafé,pos\n".encode("latin-1"),
        {"encoding": "latin-1"},
        {"text": ["café"], "label": ["pos"]},
    ),
    "c.tsv": (
        "\n".join(map("\t".join, zip(*PLAIN.values(), strict=True))).encode(),
        {"header": False, "column_names": ("text", "label")},
        PLAIN,
    ),
    "no_names.tsv": (
        b'pos\t"quoted\nneg\tNA\n',
        {"header": False},
        {"0": ["pos", "neg"], "1": ['"quoted', "NA"]},
    ),
    "ragged.csv": (
        b"text,label\na,b,c\nd\ne,f\n",
        {"ragged": "fill"},
        {"text": ["a", "d", "e"], "label": ["b,c", "", "f"]},
    ),
    "dropped.csv": (
        b"text,label\na,b,c\nd\ne,f\n",
        {"ragged": "drop"},
        {"text": ["e"], "label": ["f"]},
    ),
    "d.jsonl": (
        b'{"a": {"text": "x"}, "n": 1}\n\n{"a": {"text": null}, "n": 2}\n',
        {},
        {"a.text": ["x", None], "n": [1, 2]},
    ),
    "e.json": (
        json.dumps({"meta": {"rows": [{"text": t} for t in TEXTS]}}).encode(),
        {"field": "meta.rows"},
        {"text": TEXTS},
    ),
    "f.json": (json.dumps({"text": ["a", "b"]}).encode(), {}, {"text": ["a", "b"]}),
    "g.txt": ("\ufeffone\n\n  two\u2028x\r\n".encode(), {}, {"text": ["one", "  two\u2028x"]}),
    "h.conll": (_conll(WORDS).encode(), {}, WORDS),
    "i.csv.gz": (gzip.compress(_csv(TRAIN).encode()), {}, TRAIN),
    "j.zip": (_zip("rows.csv", _csv(TRAIN)), {"member": "rows.csv"}, TRAIN),
    "twice.csv": (
        b"a,,a,a_2\n1,2,3,4\n",
        {},
        {"a": ["1"], "1": ["2"], "a_3": ["3"], "a_2": ["4"]},
    ),
    "mixed.jsonl": (
        '{"text": "x"}\n{"text": 1}\n{"text": ["é"]}\n'.encode(),
        {"mixed": "text"},
        {"text": ["x", "1", '["é"]']},
    ),
    "spaced.bio": (
        b"# text\nAda  B-PER\n\nsat O\n",
        {"delimiter": " ", "column_names": ("words", "ner")},
        {"words": [["Ada"], ["sat"]], "ner": [["B-PER"], ["O"]]},
    ),
}


def test_each_format_is_read_as_it_was_and_nothing_changes_silently(tmp_path):
    folders = []
    expected = {}
    for name, (data, reading, columns) in FILES.items():
        folder = tmp_path / name.replace(".", "_")
        folder.mkdir()
        (folder / name).write_bytes(data)
        first = next(iter(columns))
        recipe = Recipe.model_validate(
            {"steps": [{"step": "drop_duplicates", "columns": [first], "normalised": True}]}
        )
        script = to_python(recipe, {"train": [Source(path=name, **reading)]})
        (folder / "clean.py").write_text(script, "utf-8")
        folders.append(folder)
        expected[name] = rows_of(apply(recipe, {"train": Dataset.from_dict(columns)}))
    run_scripts(folders)
    for name in FILES:
        assert written(tmp_path / name.replace(".", "_")) == expected[name], name


def test_what_a_script_reads_is_what_the_page_shows(tmp_path):
    for name, (data, reading, columns) in FILES.items():
        path = tmp_path / name
        path.write_bytes(data)
        table = read_file(path, reading_of(Source(path=name, **reading), path))
        read = {column: table.column(i).to_pylist() for i, column in enumerate(table.names)}
        assert read == columns, name


def test_parquet_and_arrow_keep_their_types_and_classes_go_by_name(tmp_path):
    features = Features(
        {"text": Value("string"), "n": Value("int64"), "label": ClassLabel(names=["ham", "spam"])}
    )
    rows = Dataset.from_dict(
        {"text": ["a", "b", "A"], "n": [1, 2, 3], "label": [0, 1, -1]}, features
    )
    tags = Dataset.from_dict(WORDS)
    folder = tmp_path / "one"
    folder.mkdir()
    rows.to_parquet(folder / "a.parquet")
    with pa.OSFile(str(folder / "b.arrow"), "wb") as file:
        table = tags.data.table
        with pa.ipc.new_stream(file, table.schema) as writer:
            writer.write_table(table)
    steps = [{"step": "drop_duplicates", "columns": ["text"], "normalised": True}]
    recipe = Recipe.model_validate({"steps": steps})
    (folder / "clean.py").write_text(to_python(recipe, {"train": [Source(path="a.parquet")]}))
    other = tmp_path / "two"
    other.mkdir()
    bio = Recipe.model_validate({"steps": [{"step": "repair_bio", "column": "tags"}]})
    (other / "clean.py").write_text(to_python(bio, {"train": [Source(path="../one/b.arrow")]}))
    run_scripts([folder, other])
    assert written(folder) == rows_of(apply(recipe, {"train": rows}))
    assert written(folder)["train"][0]["label"] == "ham"
    assert written(other) == rows_of(apply(bio, {"train": tags}))


def test_a_script_is_short_lines_that_say_each_step_and_no_more_functions_than_it_needs():
    recipe = Recipe.model_validate({"steps": [*STEPS["conflicts"], *STEPS["ids"], *STEPS["keep"]]})
    sources = {
        "train": [Source(path="a.parquet"), Source(path="b.jsonl")],
        "test": [Source(path="c.csv", delimiter=";")],
    }
    script = to_python(recipe, sources)
    assert max(map(len, script.splitlines())) <= 100
    assert "\n# 3. Keep the columns “label”.\n" in script
    assert "def read_jsonl(" in script
    assert "def read_conll(" not in script
    assert "import unicodedata" not in script
    assert "loupe" not in script


def test_a_file_of_unknown_format_is_refused_and_no_script_made():
    for path in ("rows.xyz", "sample:reviews"):
        with pytest.raises(InvalidInput, match="cannot tell which format"):
            to_python(Recipe(), {"train": [Source(path=path)]})
