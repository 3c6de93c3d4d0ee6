"""Every fault that was planted in the samples is found, and nothing is found in the clean ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset

from loupe.data.checks import Finding, run_checks
from loupe.data.recipe.recipe import Recipe
from loupe.data.recipe.script_reading import read_conll, read_delimited, read_jsonl
from loupe.data.recipe.trace import apply
from loupe.data.spec import Role
from samples.make_samples import make

SAMPLES = Path(__file__).parents[3] / "samples"
ORACLE = json.loads((SAMPLES / "planted_faults.json").read_text("utf-8"))
ROLES: dict[str, dict[Role, str]] = {
    "sentiment": {Role.TEXT: "text", Role.LABEL: "label"},
    "spam": {Role.TEXT: "message", Role.LABEL: "label"},
    "topics": {Role.TEXT: "text", Role.LABEL: "label"},
    "entities": {Role.TOKENS: "tokens", Role.TAGS: "tags"},
    "pairs": {Role.SOURCE: "en", Role.TARGET: "fr"},
    "articles": {Role.SOURCE: "document", Role.TARGET: "summary"},
}
# The check that has to find each kind.
CHECK_OF = {
    "exact_duplicate": "exact_duplicates",
    "normalised_duplicate": "normalised_duplicates",
    "exact_leak": "leaks",
    "normalised_leak": "normalised_leaks",
    "conflicting_label": "conflicting_labels",
    "alias_label": "alias_labels",
    "missing_label": "missing_labels",
    "missing_text": "empty_texts",
    "missing_target": "empty_texts",
    "empty_text": "empty_texts",
    "whitespace_text": "empty_texts",
    "too_short_text": "short_texts",
    "length_outlier": "length_outliers",
    "literal_word": "literal_words",
    "invalid_bio": "invalid_bio",
    "length_ratio": "length_ratio",
    "source_equals_target": "untranslated",
    "summary_not_shorter": "long_summaries",
    "repetition": "repetition",
}
# What a row with one fault may be found for as well.
ALSO = {
    "summary_not_shorter": {"compression"},
    "length_outlier": {"compression"},
    "too_short_text": {"compression", "length_outliers"},
    "literal_word": {"length_outliers", "short_texts"},
    "length_ratio": {"short_texts", "length_outliers"},
}
# Faults of the file and of what becomes of it in a spreadsheet, not of the rows.
NOT_CHECKED = {"bom", "formula_cell"}

Row = tuple[str, str, int]  # sample, split, row


def load(path: Path) -> Dataset:
    place = (str(path), "utf-8", "")
    if path.suffix == ".jsonl":
        return read_jsonl(*place)
    if path.suffix == ".conll":
        return read_conll(*place, names=[])
    sign = {".csv": ",", ".tsv": "\t"}[path.suffix]
    return read_delimited(
        *place,
        delimiter=sign,
        quoting=sign == ",",
        header=True,
        names=[],
        ragged="refuse",
    )


def splits_of(folder: Path, sample: str) -> dict[str, Dataset]:
    return {split: load(next(folder.glob(f"{sample}-{split}.*"))) for split in ("train", "test")}


def rows_in(sample: str, finding: Finding) -> set[Row]:
    return {(sample, split, row) for split, ids in finding.rows.items() for row in ids.tolist()}


@pytest.fixture(scope="module")
def found() -> dict[str, list[Finding]]:
    return {name: run_checks(splits_of(SAMPLES, name), roles) for name, roles in ROLES.items()}


def planted() -> list[dict[str, Any]]:
    return [fault for fault in ORACLE["faults"] if fault["kind"] not in NOT_CHECKED]


def place(fault: dict[str, Any]) -> Row:
    return fault["sample"], fault["split"], fault["row"]


def partners(fault: dict[str, Any]) -> set[Row]:
    return {(fault["sample"], other["split"], other["row"]) for other in fault["pairs_with"]}


def test_every_planted_fault_is_found_by_its_own_check_and_nothing_else_is(found):
    assert ORACLE["kinds"].keys() == CHECK_OF.keys() | NOT_CHECKED
    seen = {
        (finding.check, row)
        for sample, findings in found.items()
        for finding in findings
        for row in rows_in(sample, finding)
    }
    expected = {(CHECK_OF[fault["kind"]], place(fault)) for fault in planted()}
    allowed = set(expected)
    for fault in planted():
        kinds = {fault["kind"], *fault["also"]}
        checks = {CHECK_OF[kind] for kind in kinds}.union(*(ALSO.get(kind, ()) for kind in kinds))
        allowed |= {(check, row) for check in checks for row in (place(fault), *partners(fault))}
    recall = len(seen & expected) / len(expected)
    precision = len(seen & allowed) / len(seen)
    print(f"planted: {len(planted())}, recall {recall:.3f}, precision {precision:.3f}")  # noqa: T201
    assert expected - seen == set()
    assert seen - allowed == set()


def test_leaks_and_copies_stand_beside_the_row_that_they_repeat(found):
    for fault in planted():
        if not fault["pairs_with"] or fault["kind"] == "conflicting_label":
            continue
        other = fault["pairs_with"][0]
        pair = {(fault["split"], fault["row"]), (other["split"], other["row"])}
        pairs = [
            set(pair)
            for finding in found[fault["sample"]]
            if finding.check == CHECK_OF[fault["kind"]]
            for pair in finding.pairs
        ]
        assert pair in pairs, fault


def test_there_is_no_alarm_on_the_clean_rows(tmp_path):
    make(tmp_path, faults=False)
    alarms = [
        (name, finding.check, str(finding.message))
        for name, roles in ROLES.items()
        for finding in run_checks(splits_of(tmp_path, name), roles)
    ]
    assert alarms == []


@pytest.mark.parametrize("sample", ROLES)
def test_the_fixes_that_are_offered_leave_nothing_to_find(sample, found):
    # Labels first: rows that are copies but for their label's case are copies then.
    fixes = [finding.fix for finding in found[sample] if finding.fix is not None]
    assert fixes
    # Numbers of rows and the like are of the file: their order does not matter.
    fixes.sort(key=lambda step: step.step not in ("merge_labels", "repair_bio"))
    splits = splits_of(SAMPLES, sample)
    cleaned = apply(Recipe(steps=tuple(fixes)), splits)
    left = run_checks(cleaned, ROLES[sample])
    assert [(finding.check, str(finding.message)) for finding in left] == []
    kept = sum(map(len, cleaned.values())) / sum(map(len, splits.values()))
    assert kept > 0.9
