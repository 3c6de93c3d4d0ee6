"""The samples read back, and each kind of planted fault found by the simplest check that can.

It shares nothing with the script that plants them, and is slow where that is simpler: the tests
hold what it finds against `planted_faults.json`.
"""

from __future__ import annotations

import csv
import io
import json
import statistics
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

TEXTS = {
    "sentiment": ("text",),
    "spam": ("message",),
    "topics": ("text",),
    "entities": ("tokens",),
    "pairs": ("en", "fr"),
    "articles": ("document",),
}
ENDINGS = {
    "sentiment": "csv",
    "spam": "tsv",
    "topics": "jsonl",
    "entities": "conll",
    "pairs": "csv",
    "articles": "jsonl",
}
SPLITS = ("train", "test")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

Rows = list[dict[str, Any]]
Splits = dict[str, Rows]
Places = set[tuple[str, int]]


def file_of(folder: Path, sample: str, split: str) -> Path:
    return folder / f"{sample}-{split}.{ENDINGS[sample]}"


def read_split(path: Path) -> Rows:
    """The rows as plain dicts, by nothing but Python's own modules."""
    text = path.read_bytes().removeprefix(BYTE_ORDER_MARK).decode("utf-8")
    if path.suffix == ".csv":
        return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in text.split("\n") if line]
    if path.suffix == ".tsv":
        head, *lines = [line.split("\t") for line in text.split("\n") if line]
        return [dict(zip(head, line, strict=True)) for line in lines]
    sentences = [[word.split("\t") for word in s.split("\n") if word] for s in text.split("\n\n")]
    return [{"tokens": [t for t, _ in s], "tags": [g for _, g in s]} for s in sentences]


def read_sample(folder: Path, sample: str) -> Splits:
    return {split: read_split(file_of(folder, sample, split)) for split in SPLITS}


def plain(cell: Any) -> str:
    return " ".join(cell) if isinstance(cell, list) else (cell or "")


def folded(cell: Any) -> str:
    return " ".join(plain(cell).split()).casefold()


def _each(splits: Splits) -> Iterator[tuple[str, int, dict[str, Any]]]:
    for split, rows in splits.items():
        for i, row in enumerate(rows):
            yield split, i, row


def _where(splits: Splits, holds: Callable[[dict[str, Any]], bool]) -> Places:
    return {(split, i) for split, i, row in _each(splits) if holds(row)}


def _texts(sample: str, row: dict[str, Any]) -> list[str]:
    return [plain(row[name]) for name in TEXTS[sample] if row[name] is not None]


def _exactly(row: dict[str, Any]) -> str:
    return json.dumps(row, sort_keys=True)


def _nearly(sample: str) -> Callable[[dict[str, Any]], str]:
    """The row with its first text folded."""
    column = TEXTS[sample][0]
    return lambda row: _exactly({**row, column: folded(row[column])})


def _repeats(sample: str, splits: Splits, key: Callable[[dict[str, Any]], str]) -> Places:
    found: Places = set()
    for split, rows in splits.items():
        seen: set[str] = set()
        for i, row in enumerate(rows):
            if key(row) in seen and folded(row[TEXTS[sample][0]]):
                found.add((split, i))
            seen.add(key(row))
    return found


def _leaks(sample: str, splits: Splits, key: Callable[[dict[str, Any]], str]) -> Places:
    known = {key(row) for row in splits["train"]}
    rows = enumerate(splits["test"])
    return {("test", i) for i, r in rows if key(r) in known and folded(r[TEXTS[sample][0]])}


def _answer(row: dict[str, Any]) -> str:
    return folded(row.get("label", row.get("tags")))


def _conflicts(sample: str, splits: Splits) -> Places:
    found: Places = set()
    if sample in {"pairs", "articles"}:
        return found
    for split, rows in splits.items():
        first: dict[str, str] = {}
        for i, row in enumerate(rows):
            text = folded(row[TEXTS[sample][0]])
            if text and _answer(row) and first.setdefault(text, _answer(row)) != _answer(row):
                found.add((split, i))
    return found


def _aliases(splits: Splits) -> Places:
    def labels(row: dict[str, Any]) -> list[str]:
        if "tags" in row:
            return [tag[2:] for tag in row["tags"] if tag != "O"]
        return [row["label"]] if row.get("label") else []

    usual: dict[str, Counter[str]] = {}
    for _, _, row in _each(splits):
        for label in labels(row):
            usual.setdefault(folded(label), Counter())[label] += 1
    kept = {names.most_common(1)[0][0] for names in usual.values()}
    return _where(splits, lambda row: any(label not in kept for label in labels(row)))


def _long(sample: str, splits: Splits) -> Places:
    found: Places = set()
    for name in TEXTS[sample]:
        usual = statistics.median(len(plain(row[name])) for _, _, row in _each(splits))
        found |= _where(splits, lambda row, n=name, u=usual: len(plain(row[n])) > 5 * u)  # type: ignore[misc]
    return found


def _invalid_bio(row: dict[str, Any]) -> bool:
    before = ["O", *row.get("tags", [])]
    return any(tag[0] == "I" and old[1:] != tag[1:] for old, tag in pairwise(before))


def _uneven(row: dict[str, Any]) -> bool:
    sizes = [len(row.get("en", "").strip()), len(row.get("fr", "").strip())]
    return min(sizes) > 0 and max(sizes) > 4 * min(sizes)


def _goes_round(row: dict[str, Any]) -> bool:
    sentences = plain(row.get("document")).rstrip(".").split(". ")
    times = Counter(sentences).most_common(1)[0][1]
    return times >= 3 and 2 * times > len(sentences)


def _is_untold(row: dict[str, Any]) -> bool:
    return bool(plain(row.get("document"))) and row.get("summary") is None


def most_alike(sample: str, splits: Splits) -> float:
    """The largest share of three-word pieces that two rows have in common (Jaccard), 0 to 1."""
    largest = 0.0
    sizes: list[int] = []
    holders: dict[tuple[str, ...], list[int]] = {}
    for _, _, row in _each(splits):
        words = folded(row[TEXTS[sample][0]]).split()
        pieces = {tuple(words[i : i + 3]) for i in range(max(1, len(words) - 2))}
        shared = Counter(i for piece in pieces for i in holders.get(piece, ()))
        for i, count in shared.items():
            largest = max(largest, count / (len(pieces) + sizes[i] - count))
        for piece in pieces:
            holders.setdefault(piece, []).append(len(sizes))
        sizes.append(len(pieces))
    return largest


def find(kind: str, sample: str, splits: Splits) -> Places:
    """The rows of one sample that have this kind of fault."""
    nearly = _nearly(sample)
    texts = TEXTS[sample]
    checks: dict[str, Callable[[], Places]] = {
        "exact_duplicate": lambda: _repeats(sample, splits, _exactly),
        "normalised_duplicate": lambda: (
            _repeats(sample, splits, nearly) - _repeats(sample, splits, _exactly)
        ),
        "exact_leak": lambda: _leaks(sample, splits, _exactly),
        "normalised_leak": lambda: (
            _leaks(sample, splits, nearly) - _leaks(sample, splits, _exactly)
        ),
        "conflicting_label": lambda: _conflicts(sample, splits),
        "alias_label": lambda: _aliases(splits),
        "missing_label": lambda: (
            _where(splits, lambda row: not row.get("label"))
            if sample in {"sentiment", "spam", "topics"}
            else set()
        ),
        "missing_text": lambda: _where(splits, lambda row: any(row[n] is None for n in texts)),
        "missing_target": lambda: _where(splits, _is_untold),
        "empty_text": lambda: _where(splits, lambda row: "" in _texts(sample, row)),
        "whitespace_text": lambda: _where(
            splits, lambda row: any(t and t.isspace() for t in _texts(sample, row))
        ),
        "too_short_text": lambda: _where(
            splits, lambda row: any(0 < len(t.strip()) <= 3 for t in _texts(sample, row))
        ),
        "length_outlier": lambda: _long(sample, splits),
        "literal_word": lambda: _where(
            splits, lambda row: bool({"NA", "null", "None"} & set(_texts(sample, row)))
        ),
        "formula_cell": lambda: _where(
            splits, lambda row: any(t[:1] in {*"=+-@"} for t in _texts(sample, row) if t)
        ),
        "invalid_bio": lambda: _where(splits, _invalid_bio),
        "length_ratio": lambda: _where(splits, _uneven),
        "source_equals_target": lambda: _where(
            splits, lambda row: "en" in row and row["en"] == row["fr"]
        ),
        "summary_not_shorter": lambda: _where(
            splits,
            lambda row: len(row.get("summary") or "") >= len(row.get("document", " " * 9999)),
        ),
        "repetition": lambda: _where(splits, _goes_round),
    }
    return checks[kind]()
