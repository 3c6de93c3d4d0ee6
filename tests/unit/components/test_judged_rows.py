"""Labelled rows to be judged: those of the sample alone are read, as training reads them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from datasets import ClassLabel, Dataset, Features, List, Value
from datasets.table import Table

from components.classify.judged.rows import read_sentences, read_texts
from loupe.data.ingest import open_files
from loupe.data.labels import row_labels
from loupe.data.opened import Split
from loupe.data.read import read_rows
from loupe.data.spec import Role, Source
from loupe.errors import InvalidInput
from loupe.training.evaluation import spread

TEXT = {Role.TEXT: "text", Role.LABEL: "label"}
WORDS = {Role.TOKENS: "tokens", Role.TAGS: "tags"}
ROWS, COUNT = 40, 4
NUMBERS = spread(ROWS, COUNT)


def opened(folder: Path, *paths: Path) -> Split:
    found = open_files(
        [("train", Source(path=str(path))) for path in paths],
        name="mine",
        roots=(folder,),
        samples=folder,
        store=folder / "store",
    )
    return found.splits[0]


def written(folder: Path, rows: Sequence[dict[str, Any]], name: str = "mine.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def texts(**bad: Any) -> list[dict[str, Any]]:
    """Rows with a text and a label. bad: `row_N` to the values of that row, from 0."""
    return [{"text": f"text {i}", "label": "good", **bad.get(f"row_{i}", {})} for i in range(ROWS)]


def test_a_bad_label_outside_of_the_sample_refuses_nothing(tmp_path: Path) -> None:
    outside = next(i for i in range(ROWS) if i not in NUMBERS)
    bad = {f"row_{outside}": {"label": None}, f"row_{outside + 1}": {"text": None}}
    split = opened(tmp_path, written(tmp_path, texts(**bad)))
    found = read_texts(split, TEXT, COUNT, multi_label=False)
    assert found.numbers == tuple(NUMBERS)
    assert found.texts == tuple(f"text {i}" for i in NUMBERS)
    assert set(found.labels) == {("good",)}


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"label": None}, "Row {row} (“text {place}”) has no label."),
        ({"label": " "}, "Row {row} (“text {place}”) has no label."),
        ({"text": None}, "Row {row} of “{path}” has no value for text (column “text”)."),
    ],
    ids=["no label", "white space", "no text"],
)
def test_one_inside_of_it_does_by_its_number_in_the_split(
    bad: dict[str, Any], says: str, tmp_path: Path
) -> None:
    inside = NUMBERS[-1]
    path = written(tmp_path, texts(**{f"row_{inside}": bad}))
    with pytest.raises(InvalidInput) as raised:
        read_texts(opened(tmp_path, path), TEXT, COUNT, multi_label=False)
    said = says.format(row=inside + 1, place=inside, path=path)
    assert said in str(raised.value)


def test_no_other_row_leaves_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    split = opened(tmp_path, written(tmp_path, texts()))
    gathered: list[list[int]] = []
    real = Table.fast_gather

    def gather(self: Any, indices: Sequence[int]) -> Any:
        gathered.append(list(indices))
        return real(self, indices)

    monkeypatch.setattr(Table, "fast_gather", gather)
    monkeypatch.setattr(Dataset, "__getitem__", refuse_more_than_the_sample(Dataset.__getitem__))
    read_texts(split, TEXT, COUNT, multi_label=False)
    assert gathered == [NUMBERS]


def refuse_more_than_the_sample(real: Any) -> Any:
    def get(self: Dataset, key: Any) -> Any:
        assert len(self) == COUNT, "the whole split is read"
        return real(self, key)

    return get


def test_sentences_are_chosen_and_checked_in_the_same_way(tmp_path: Path) -> None:
    def sentences(bad: int) -> Path:
        rows = [{"tokens": ["Ada", "sleeps"], "tags": ["B-PER", "O"]} for _ in range(ROWS)]
        rows[bad]["tags"].pop()
        return written(tmp_path, rows, f"{bad}.jsonl")

    outside = NUMBERS[0] + 1
    found = read_sentences(opened(tmp_path, sentences(outside)), WORDS, COUNT)
    assert found.sentences == (("Ada", "sleeps"),) * COUNT
    assert found.tags == (("B-PER", "O"),) * COUNT
    split = opened(tmp_path, sentences(NUMBERS[1]))
    with pytest.raises(InvalidInput, match=f"Sentence {NUMBERS[1] + 1} has 2 words and 1 tags"):
        read_sentences(split, WORDS, COUNT)


def test_rows_are_as_training_reads_them(tmp_path: Path) -> None:
    """Classes by their names, a list of sentences as one text, several files as one split."""
    features = Features({"text": List(Value("string")), "label": ClassLabel(names=["ham", "spam"])})
    paths = []
    for number in range(2):
        rows = {
            "text": [[f"Mail {number}.", f"Number {i}."] for i in range(30)],
            "label": [i % 2 if i else -1 for i in range(30)],
        }
        path = tmp_path / f"{number}.parquet"
        Dataset.from_dict(rows, features=features).to_parquet(path)
        paths.append(path)
    split = opened(tmp_path, *paths)
    sources = [source.model_copy(update={"columns": dict(TEXT)}) for source in split.sources]
    every = read_rows(sources, tuple(TEXT), roots=(tmp_path,), samples=tmp_path)
    found = read_texts(split, TEXT, 12, multi_label=False)
    numbers = spread(60, 12)
    assert found.numbers == tuple(numbers)
    assert found.texts == tuple(every["text"][i] for i in numbers)
    assert found.labels == tuple(row_labels(every.select(numbers), multi_label=False))
    assert {name for (name,) in found.labels} == {"ham", "spam"}
    # -1 is no label: it refuses where it is among the rows.
    with pytest.raises(InvalidInput, match="has no label"):
        read_texts(split, TEXT, 60, multi_label=False)
