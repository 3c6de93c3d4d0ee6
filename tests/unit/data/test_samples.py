"""The bundled datasets: made by their script, faulty where it is written down, clean on request."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from loupe.data.labels import find_labels, row_labels
from loupe.data.read import read_rows
from loupe.data.spec import Role, Source
from loupe.data.tags import find_tags
from loupe.errors import InvalidInput
from samples.make_samples import FAULTS_FILE, make
from samples.recheck import (
    BYTE_ORDER_MARK,
    ENDINGS,
    SPLITS,
    TEXTS,
    Splits,
    file_of,
    find,
    folded,
    most_alike,
    plain,
    read_sample,
)

SAMPLES = Path(__file__).resolve().parents[3] / "samples"
ORACLE: dict[str, Any] = json.loads((SAMPLES / FAULTS_FILE).read_text("utf-8"))
OF_A_ROW = [kind for kind in ORACLE["kinds"] if kind != "bom"]
MOST_BYTES = 2_500_000

ROLES = {
    "sentiment": (Role.TEXT, Role.LABEL),
    "spam": (Role.TEXT, Role.LABEL),
    "topics": (Role.TEXT, Role.LABEL),
    "entities": (Role.TOKENS, Role.TAGS),
    "pairs": (Role.SOURCE, Role.TARGET),
    "articles": (Role.SOURCE, Role.TARGET),
}
LABELS = {
    "sentiment": ("negative", "positive"),
    "spam": ("ham", "spam"),
    "topics": ("business", "cooking", "science", "sports", "technology", "travel"),
}


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clean")
    make(folder, faults=False)
    return folder


def rows_of(folder: Path, sample: str, split: str, roles: tuple[Role, ...]):
    source = Source(path=f"sample:{sample}-{split}")
    return read_rows([source], roles, roots=(), samples=folder)


@cache
def committed(sample: str) -> Splits:
    return read_sample(SAMPLES, sample)


def planted(sample: str, kind: str) -> set[tuple[str, int]]:
    return {
        (fault["split"], fault["row"])
        for fault in ORACLE["faults"]
        if fault["sample"] == sample and fault["kind"] == kind
    }


def excused(sample: str, kind: str) -> set[tuple[str, int]]:
    return {
        (fault["split"], fault["row"])
        for fault in ORACLE["faults"]
        if fault["sample"] == sample and kind in fault["also"]
    }


def test_the_script_writes_the_committed_files_byte_for_byte(tmp_path: Path) -> None:
    make(tmp_path)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert len(written) == 2 * len(ENDINGS) + 1
    for name, content in written.items():
        assert content == (SAMPLES / name).read_bytes(), f"python -m samples.make_samples ({name})"


def test_what_is_committed_stays_small() -> None:
    files = [file_of(SAMPLES, sample, split) for sample in ENDINGS for split in SPLITS]
    assert sum(path.stat().st_size for path in [*files, SAMPLES / FAULTS_FILE]) <= MOST_BYTES


@pytest.mark.parametrize("sample", ENDINGS)
@pytest.mark.parametrize("kind", OF_A_ROW)
def test_the_rows_hold_the_planted_faults_and_no_others(kind: str, sample: str) -> None:
    found = find(kind, sample, committed(sample))
    assert planted(sample, kind) - found == set()
    assert found - planted(sample, kind) - excused(sample, kind) == set()


@pytest.mark.parametrize("sample", ENDINGS)
def test_the_clean_copy_has_no_fault_of_any_kind(clean: Path, sample: str) -> None:
    splits = read_sample(clean, sample)
    assert {kind: places for kind in OF_A_ROW if (places := find(kind, sample, splits))} == {}
    for split in SPLITS:
        assert not file_of(clean, sample, split).read_bytes().startswith(BYTE_ORDER_MARK)


@pytest.mark.parametrize("sample", ENDINGS)
def test_no_two_rows_of_the_clean_copy_are_nearly_alike(clean: Path, sample: str) -> None:
    assert 0.2 < most_alike(sample, read_sample(clean, sample)) < 0.7
    assert most_alike(sample, committed(sample)) == 1.0


def test_only_the_files_that_are_said_to_have_a_byte_order_mark_have_one() -> None:
    said = {fault["file"] for fault in ORACLE["faults"] if fault["kind"] == "bom"}
    paths = [file_of(SAMPLES, sample, split) for sample in ENDINGS for split in SPLITS]
    assert {p.name for p in paths if p.read_bytes().startswith(BYTE_ORDER_MARK)} == said
    assert len(said) == 1


def test_every_kind_that_the_account_explains_is_planted_and_no_other() -> None:
    assert ORACLE["schema_version"] == 1
    assert {fault["kind"] for fault in ORACLE["faults"]} == set(ORACLE["kinds"])
    assert {kind for fault in ORACLE["faults"] for kind in fault["also"]} <= set(ORACLE["kinds"])
    rows = [(f["file"], f["row"]) for f in ORACLE["faults"]]
    assert len(rows) == len(set(rows))


def test_the_readme_counts_the_rows_and_the_faults_as_they_are() -> None:
    lines = (SAMPLES / "README.md").read_text("utf-8").splitlines()
    for sample, ending in ENDINGS.items():
        train, test = (len(committed(sample)[split]) for split in SPLITS)
        (line,) = (line for line in lines if line.startswith(f"| `{sample}` |"))
        assert line.endswith(f"| {train:,} | {test:,} | {ending} |")
    counts = Counter((fault["kind"], fault["sample"]) for fault in ORACLE["faults"])
    for kind, meaning in ORACLE["kinds"].items():
        cells = [str(counts[kind, sample] or "–") for sample in ENDINGS]
        assert f"| `{kind}` | {meaning} | {' | '.join(cells)} |" in lines


def test_a_pair_of_rows_says_the_same_in_the_splits_that_are_named() -> None:
    pairs = 0
    for fault in ORACLE["faults"]:
        splits: Splits = committed(fault["sample"])
        column = TEXTS[fault["sample"]][0]
        for other in fault["pairs_with"]:
            copy = splits[fault["split"]][fault["row"]]
            original = splits[other["split"]][other["row"]]
            assert folded(copy[column]) == folded(original[column])
            assert (copy == original) == fault["kind"].startswith("exact")
            assert (fault["split"] != other["split"]) == fault["kind"].endswith("leak")
            assert fault["split"] == "test" or other["row"] < fault["row"]
            pairs += 1
    assert pairs > 60


@pytest.mark.parametrize(
    ("sample", "train", "test"),
    [
        ("sentiment", 1100, 300),
        ("spam", 900, 250),
        ("topics", 900, 240),
        ("entities", 900, 250),
        ("pairs", 900, 240),
        ("articles", 320, 70),
    ],
)
def test_loupe_reads_every_row_of_the_clean_copy_by_its_usual_columns(
    clean: Path, sample: str, train: int, test: int
) -> None:
    splits = read_sample(clean, sample)
    for split, count in (("train", train), ("test", test)):
        rows = rows_of(clean, sample, split, ROLES[sample])
        assert len(rows) == len(splits[split]) == count
        first = ROLES[sample][0].value
        assert [plain(cell) for cell in rows[first]] == [
            plain(row[TEXTS[sample][0]]) for row in splits[split]
        ]


@pytest.mark.parametrize("sample", LABELS)
def test_the_clean_labels_are_those_and_balanced_as_told(clean: Path, sample: str) -> None:
    train, test = (rows_of(clean, sample, split, ROLES[sample]) for split in SPLITS)
    assert find_labels(train, test, multi_label=False) == LABELS[sample]
    for rows in (train, test):
        counts = Counter(name for (name,) in row_labels(rows, multi_label=False))
        if sample == "spam":
            assert 0.13 <= counts["spam"] / len(rows) <= 0.15
        else:
            assert len(set(counts.values())) == 1


def test_the_clean_tags_are_valid_and_the_test_split_has_names_that_train_has_not(
    clean: Path,
) -> None:
    train, test = (rows_of(clean, "entities", split, ROLES["entities"]) for split in SPLITS)
    assert find_tags(train, test) == ("O", "B-LOC", "I-LOC", "B-ORG", "I-ORG", "B-PER", "I-PER")
    begun = [
        {
            (word, tag)
            for words, tags in zip(rows["tokens"], rows["tags"], strict=True)
            for word, tag in zip(words, tags, strict=True)
            if tag.startswith("B-")
        }
        for rows in (train, test)
    ]
    assert len(begun[1] - begun[0]) > 20
    types = defaultdict(set)
    for word, tag in begun[0]:
        types[word].add(tag)
    assert sum(len(tags) > 1 for tags in types.values()) > 10  # ambiguous words


def test_articles_serve_as_plain_text_too(clean: Path) -> None:
    rows = rows_of(clean, "articles", "train", (Role.TEXT,))
    assert min(len(text) for text in rows["text"]) > 200


def test_a_training_on_the_faulty_labels_is_refused_and_says_why() -> None:
    train = rows_of(SAMPLES, "sentiment", "train", ROLES["sentiment"])
    with pytest.raises(InvalidInput, match="has no label"):
        find_labels(train, None, multi_label=False)
    kept = train.filter(lambda row: bool(row["label"]))
    with pytest.raises(InvalidInput, match="differ in case or white space"):
        find_labels(kept, None, multi_label=False)


def test_words_for_nothing_and_formulas_stay_texts_when_the_faulty_files_are_read() -> None:
    for sample in ("sentiment", "spam", "pairs"):
        first = rows_of(SAMPLES, sample, "train", ROLES[sample])[ROLES[sample][0].value]
        assert {"NA", "null", "None"} <= set(first)
        assert any(text.startswith("=") for text in first)
        assert len(first) == len(committed(sample)["train"])


def test_every_address_in_the_messages_is_a_reserved_one() -> None:
    text = "\n".join(file_of(SAMPLES, "spam", split).read_text("utf-8") for split in SPLITS)
    addresses = re.findall(r"\b[\w.-]+\.(?:com|net|org|io|info|biz|co)\b", text)
    assert len(addresses) > 50
    assert all(address.casefold().endswith("example.org") for address in addresses)
