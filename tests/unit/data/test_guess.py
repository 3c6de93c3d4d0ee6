"""What a dataset is for, by its columns' names and by what is in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from loupe.data.guess import LABELS_MAX, guess, guess_roles_in
from loupe.data.ingest import group_files, open_files
from loupe.data.spec import Role, Source

PROJECT = Path(__file__).resolve().parents[3]
SAMPLES = PROJECT / "samples"

MESSAGES = [f"This is message number {i}, and it says a little more than that." for i in range(40)]
NAMES = ["Anna", "Bert", "Cleo", "Dora"]
WORDS = [["My", "name", "is", f"{NAMES[i % 4]}{i}"] for i in range(20)]


def table(**columns: Sequence[Any] | pa.Array) -> pa.Table:
    return pa.table(
        {n: v if isinstance(v, pa.Array) else pa.array(list(v)) for n, v in columns.items()}
    )


# (the columns, the lens, role to column, whether their names told it)
SHAPES: Mapping[str, tuple[pa.Table, str, dict[Role, str], bool]] = {
    "a headerless file of labels and texts": (
        pa.table({"0": ["ham", "ham", "spam", "ham"] * 10, "1": MESSAGES}),
        "text-classification",
        {Role.TEXT: "1", Role.LABEL: "0"},
        False,
    ),
    "the same the other way round": (
        pa.table({"0": MESSAGES, "1": ["ham", "ham", "spam", "ham"] * 10}),
        "text-classification",
        {Role.TEXT: "0", Role.LABEL: "1"},
        False,
    ),
    "text and an unusual name for the label": (
        table(text=MESSAGES, topic=["a", "b", "c", "d"] * 10),
        "text-classification",
        {Role.TEXT: "text", Role.LABEL: "topic"},
        False,
    ),
    "text and category": (
        table(text=MESSAGES, category=[f"intent {i % 8}" for i in range(40)]),
        "text-classification",
        {Role.TEXT: "text", Role.LABEL: "category"},
        True,
    ),
    "numbers of classes": (
        table(sentence=MESSAGES, stars=[1, 2, 3, 4] * 10),
        "text-classification",
        {Role.TEXT: "sentence", Role.LABEL: "stars"},
        False,
    ),
    "true and false": (
        table(body=MESSAGES, is_spam=[True, False] * 20),
        "text-classification",
        {Role.TEXT: "body", Role.LABEL: "is_spam"},
        False,
    ),
    "Chinese": (
        pa.table(
            {
                "内容": ["今天天气很好，我们去公园吧，好吗？"] * 3 + MESSAGES[:7],
                "类别": list("好坏") * 5,
            }
        ),
        "text-classification",
        {Role.TEXT: "内容", Role.LABEL: "类别"},
        False,
    ),
    "words and tags by their usual names": (
        table(tokens=WORDS, tags=[["O", "O", "O", "B-PER"]] * 20),
        "token-classification",
        {Role.TOKENS: "tokens", Role.TAGS: "tags"},
        True,
    ),
    "words and tags by other names": (
        table(woorden=WORDS, soort=[["O", "O", "O", "B-PER"]] * 20),
        "token-classification",
        {Role.TOKENS: "woorden", Role.TAGS: "soort"},
        False,
    ),
    "two languages": (
        table(en=MESSAGES, fr=MESSAGES),
        "translation",
        {Role.SOURCE: "en", Role.TARGET: "fr"},
        True,
    ),
    "two texts of one length": (
        pa.table({"0": MESSAGES, "1": [text[::-1] for text in MESSAGES]}),
        "translation",
        {Role.SOURCE: "0", Role.TARGET: "1"},
        False,
    ),
    "a long text and a short one": (
        table(body=[" ".join(MESSAGES[i:] + MESSAGES[:i]) for i in range(40)], gist=MESSAGES),
        "summarization",
        {Role.SOURCE: "body", Role.TARGET: "gist"},
        False,
    ),
    "lists of sentences and of summaries": (
        table(source=[MESSAGES[:3]] * 20, target=[["A summary."]] * 20, paper_id=range(20)),
        "summarization",
        {Role.SOURCE: "source", Role.TARGET: "target"},
        True,
    ),
    "a title is no summary": (
        table(title=[f"On {i}" for i in range(40)], text=MESSAGES),
        "language-modeling",
        {Role.TEXT: "text"},
        True,
    ),
    "one column": (table(content=MESSAGES), "language-modeling", {Role.TEXT: "content"}, True),
    "one column of another name": (
        table(zin=MESSAGES, id=range(40)),
        "language-modeling",
        {Role.TEXT: "zin"},
        False,
    ),
    "a language of each row is no label": (
        table(text=MESSAGES, lang=["en", "fr"] * 20),
        "language-modeling",
        {Role.TEXT: "text"},
        True,
    ),
    "measures are no labels": (
        table(text=MESSAGES, score=[i / 7 for i in range(40)]),
        "language-modeling",
        {Role.TEXT: "text"},
        True,
    ),
    "a label that is a text by itself is none": (
        table(text=MESSAGES, label=[text + text for text in MESSAGES]),
        "language-modeling",
        {Role.TEXT: "text"},
        True,
    ),
    "nothing": (pa.table({}), "language-modeling", {}, False),
    "no rows": (
        table(text=pa.array([], pa.string())),
        "language-modeling",
        {Role.TEXT: "text"},
        True,
    ),
    "nothing but missing values": (
        table(a=pa.array([None] * 9, pa.string()), b=pa.array([None] * 9, pa.string())),
        "language-modeling",
        {},
        False,
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_rows_tell_the_task_and_the_columns(shape: str) -> None:
    rows, lens, roles, by_names = SHAPES[shape]
    found = guess(rows)
    assert (found.lens, dict(found.roles), found.by_names) == (lens, roles, by_names)
    assert not found.multi_label


def test_lists_of_labels_are_several_labels_a_text() -> None:
    found = guess(table(text=MESSAGES, labels=[["a", "b"], ["b"]] * 20))
    assert found.lens == "text-classification"
    assert found.multi_label


def test_more_values_than_labels_ever_are_is_no_label() -> None:
    many = [f"class {i % (LABELS_MAX + 1)}" for i in range(1000)]
    texts = [f"Some message of five words {i}" for i in range(1000)]
    assert Role.LABEL not in guess(pa.table({"a": texts, "b": many})).roles
    few = [f"class {i % LABELS_MAX}" for i in range(1000)]
    assert guess(pa.table({"a": texts, "b": few})).roles[Role.LABEL] == "b"


def test_a_sorted_file_is_seen_to_have_both_labels() -> None:
    rows = 20_000
    texts = [f"Some message of five words {i}" for i in range(rows)]
    labels = ["ham"] * (rows - 900) + ["spam"] * 900
    assert guess(pa.table({"0": labels, "1": texts})).lens == "text-classification"


@pytest.mark.parametrize(
    ("name", "lens"),
    [
        ("sentiment-train.csv", "text-classification"),
        ("spam-train.tsv", "text-classification"),
        ("topics-train.jsonl", "text-classification"),
        ("entities-train.conll", "token-classification"),
        ("pairs-train.csv", "translation"),
        ("articles-train.jsonl", "summarization"),
        ("small-texts.txt", "language-modeling"),
    ],
)
def test_every_sample_is_known(name: str, lens: str, tmp_path: Path) -> None:
    assert (SAMPLES / name) in [file for _split, file in group_files(SAMPLES / name)]
    source = Source(path=f"sample:{Path(name).stem}")
    opened = open_files(
        [("train", source)], name=name, roots=(), samples=SAMPLES, store=tmp_path / "store"
    )
    found = guess(opened.splits[0].table)
    assert found.lens == lens
    assert found.roles


def test_roles_are_guessed_for_a_task_that_a_person_chose() -> None:
    rows = pa.table({"0": ["ham", "spam"] * 20, "1": MESSAGES})
    assert guess_roles_in(rows, "text-classification") == {Role.LABEL: "0", Role.TEXT: "1"}
    assert guess_roles_in(rows, "language-modeling") == {Role.TEXT: "1"}
    assert guess_roles_in(rows, "translation") == {Role.SOURCE: "1", Role.TARGET: "0"}
    assert guess_roles_in(rows, "token-classification") == {}
    named = table(text=MESSAGES, kind=["a", "b"] * 20)
    assert guess_roles_in(named, "text-classification") == {Role.TEXT: "text", Role.LABEL: "kind"}
    # What a name tells is never given to another role as well.
    assert guess_roles_in(table(text=MESSAGES), "text-classification") == {Role.TEXT: "text"}
