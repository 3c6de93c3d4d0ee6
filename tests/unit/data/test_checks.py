"""Each check on rows made for it: what it finds, and what it leaves alone."""

from __future__ import annotations

from typing import Any

import pytest
from datasets import ClassLabel, Dataset, Features, List, Value

from loupe.data.checks import CHECKS, Finding, run_checks
from loupe.data.checks.check import MAX_PAIRS, Severity
from loupe.data.recipe.recipe import Recipe
from loupe.data.recipe.trace import apply
from loupe.data.spec import Role
from loupe.errors import Cancelled, InvalidInput

CLASSES = {Role.TEXT: "text", Role.LABEL: "label"}
PAIRS = {Role.SOURCE: "source", Role.TARGET: "target"}
WORDS = {Role.TOKENS: "tokens", Role.TAGS: "tags"}

# So many ordinary rows that outliers stand out; all of them differ.
PLAIN = [f"row number {i} tells of {'tea and ' * (i % 5)}rain" for i in range(60)]


def look(check: str, roles: dict[Role, str], **splits: dict[str, list[Any]]) -> list[Finding]:
    """What one check finds in splits of the columns that the roles name."""
    made = {name: Dataset.from_dict(columns) for name, columns in splits.items()}
    return run_checks(made, roles, only=[check])


def rows(findings: list[Finding]) -> list[dict[str, list[int]]]:
    return [{name: ids.tolist() for name, ids in f.rows.items()} for f in findings]


def texts(values: list[Any], labels: list[Any] | None = None) -> dict[str, list[Any]]:
    return {
        "text": values,
        "label": labels or ["a", "b"] * (len(values) // 2) + ["a"] * (len(values) % 2),
    }


def test_every_check_is_named_titled_and_explained():
    for name, check in CHECKS.items():
        assert check.name == name
        assert check.title
        assert len(check.explanation) > 60, name
        assert type(check).__module__.startswith("loupe.data.checks.")


def test_ten_thousand_copies_are_counted_and_their_pairs_capped():
    (found,) = look("exact_duplicates", CLASSES, train=texts(["one text"] * 10_000, ["a"] * 10_000))
    assert found.count == 9_999
    assert len(found.pairs) == MAX_PAIRS
    assert found.pairs[0] == (("train", 0), ("train", 1))
    assert str(found.message) == "9,999 of 10,000 rows are copies of a row before them."


def test_a_copy_needs_the_same_label_and_empty_rows_are_no_copies():
    columns = texts(["a b", "a b", "a b", "", "", None, None], ["x", "y", "x", "x", "x", "x", "x"])
    assert rows(look("exact_duplicates", CLASSES, train=columns)) == [{"train": [2]}]


def test_copies_but_for_case_are_not_counted_twice():
    columns = texts(["A b", "a  B", "A b", "a\u00a0b", "c"], ["x"] * 5)
    assert rows(look("exact_duplicates", CLASSES, train=columns)) == [{"train": [2]}]
    assert rows(look("normalised_duplicates", CLASSES, train=columns)) == [{"train": [1, 3]}]


def test_texts_of_one_hash_are_still_compared_letter_by_letter(monkeypatch):
    monkeypatch.setattr("loupe.data.recipe.same_rows.hash", lambda _key: 7, raising=False)
    columns = texts(["a", "b", "a", "c"], ["x"] * 4)
    assert rows(look("exact_duplicates", CLASSES, train=columns)) == [{"train": [2]}]


def test_leaks_stand_side_by_side_for_each_two_splits_whatever_their_labels():
    found = look(
        "leaks",
        CLASSES,
        train=texts(["one", "two", "two", "Three"], ["a"] * 4),
        dev=texts(["two", ""], ["b"] * 2),
        test=texts(["two", "three", ""], ["b"] * 3),
    )
    assert rows(found) == [
        {"train": [1, 2], "dev": [0]},
        {"train": [1, 2], "test": [0]},
        {"dev": [0], "test": [0]},
    ]
    assert found[0].pairs == ((("train", 1), ("dev", 0)),)
    assert found[0].severity is Severity.ERROR
    assert "50.0% of dev is in train too" in str(found[0].message)


def test_leaks_but_for_case_leave_out_those_that_are_exact():
    splits = {
        "train": texts(["one", "two", "Three"], ["a"] * 3),
        "test": texts(["two", "three  "], ["b"] * 2),
    }
    assert rows(look("normalised_leaks", CLASSES, **splits)) == [{"train": [2], "test": [1]}]


def test_one_split_has_no_leaks_and_other_texts_are_none():
    assert look("leaks", CLASSES, train=texts(["a", "a"])) == []
    assert look("leaks", CLASSES, train=texts(["a", "b"]), test=texts(["c", "d"])) == []


def test_conflicts_go_over_splits_and_an_alias_is_no_conflict():
    found = look(
        "conflicting_labels",
        CLASSES,
        train=texts(
            ["good", "Good ", "fine", "fine", "bad", "dull"], ["a", "b", "a", "A ", "a", None]
        ),
        test=texts(["bad", "dull"], ["b", "a"]),
    )
    assert rows(found) == [{"train": [0, 1, 4], "test": [0]}]
    assert str(found[0].message) == "2 texts stand with several labels, in 4 rows."
    assert found[0].pairs == ((("train", 0), ("train", 1)), (("train", 4), ("test", 0)))


def test_labels_are_written_as_the_commonest_spelling():
    labels = ["pos", "pos", "pos ", "Pos", "neg", "neg"]
    columns = texts(list("abcdef"), labels)
    (found,) = look("alias_labels", CLASSES, train=columns)
    assert rows([found]) == [{"train": [2, 3]}]
    assert found.fix is not None
    merged = apply(Recipe(steps=(found.fix,)), {"train": Dataset.from_dict(columns)})["train"]
    assert list(merged["label"]) == ["pos"] * 4 + ["neg"] * 2


def test_types_of_entities_are_spelled_alike_in_both_of_their_tags():
    columns = {
        "tokens": [["a", "b"], ["c", "d"], ["e"]],
        "tags": [["B-PER", "I-PER"], ["B-Per", "I-Per"], ["B-LOC"]],
    }
    (found,) = look("alias_labels", WORDS, train=columns)
    assert rows([found]) == [{"train": [1]}]
    assert found.fix is not None
    merged = apply(Recipe(steps=(found.fix,)), {"train": Dataset.from_dict(columns)})["train"]
    assert merged["tags"][1] == ["B-PER", "I-PER"]


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (["a", "", " ", None, "b"], [1, 2, 3]),
        ([0, 1, -1, None, 2], [2, 3]),
        ([0.0, 1.0, 0.5, float("nan"), 2.0], [2, 3]),
        (["0", "-1", "1", "2", "a-b"], [1]),
        ([["a"], [], ["a", "b"], ["-1"], ["b"]], [3]),
    ],
)
def test_labels_that_are_missing_or_impossible(labels, found):
    assert rows(look("missing_labels", CLASSES, train=texts(PLAIN[:5], labels))) == [
        {"train": found}
    ]


def test_a_class_number_without_a_name_is_out_of_range():
    features = Features({"text": Value("string"), "label": ClassLabel(names=["no", "yes"])})
    plain = Features({"text": Value("string"), "label": Value("int64")})
    made = Dataset.from_dict({"text": PLAIN[:4], "label": [0, 1, 7, -1]}, plain)
    made = Dataset(made.data, info=made.info.copy())
    made.info.features = features
    found = run_checks({"train": made}, CLASSES, only=["missing_labels"])
    assert rows(found) == [{"train": [2, 3]}]


def test_imbalance_counts_spellings_as_one_label():
    assert (
        look("label_imbalance", CLASSES, train=texts(PLAIN, ["a"] * 30 + ["b"] * 29 + ["B"])) == []
    )
    (found,) = look("label_imbalance", CLASSES, train=texts(PLAIN, ["a"] * 56 + ["b"] * 4))
    assert rows([found]) == [{"train": [56, 57, 58, 59]}]
    assert found.fix is None


def test_empty_short_and_literal_texts_are_told_apart():
    columns = texts(
        ["fine words", "", " \n", None, "k", "?! ...", "NA", "null", "茶", "谢谢", "Tea.", "a b"]
    )
    assert rows(look("empty_texts", CLASSES, train=columns)) == [{"train": [1, 2, 3]}]
    assert rows(look("literal_words", CLASSES, train=columns)) == [{"train": [6, 7]}]
    short = rows(look("short_texts", CLASSES, train=columns))
    assert short == [{"train": [4, 5, 6, 8, 10]}]


def test_lengths_far_out_are_found_and_ordinary_spread_is_not():
    assert look("length_outliers", CLASSES, train=texts(PLAIN)) == []
    columns = texts([*PLAIN, "word " * 400])
    assert rows(look("length_outliers", CLASSES, train=columns)) == [{"train": [60]}]
    # Of a handful of texts nobody can say what is unusual.
    assert look("length_outliers", CLASSES, train=texts([*PLAIN[:5], "word " * 400])) == []


BIO = [
    (["O", "B-X", "I-X", "B-X"], None),
    (["I-X", "O"], "I- tag that continues no entity"),
    (["B-X", "I-Y"], "I- tag that continues no entity"),
    (["B-X", "O", "I-X"], "I- tag that continues no entity"),
    (["S-X", "O"], "BIOES or BILOU"),
    (["X", "O"], "tags of no scheme"),
    (["B-", "O"], "tags of no scheme"),
]


@pytest.mark.parametrize(("tags", "words"), BIO)
def test_tags_are_bio_or_said_to_be_wrong(tags, words):
    columns = {"tokens": [[f"w{i}" for i in range(len(tags))]], "tags": [tags]}
    found = look("invalid_bio", WORDS, train=columns)
    assert [words in str(finding.message) for finding in found] == ([True] if words else [])


def test_tags_without_their_words_are_counted_and_numbered_tags_go_by_name():
    found = look(
        "invalid_bio", WORDS, train={"tokens": [["a", "b"], ["c"]], "tags": [["O"], ["O"]]}
    )
    assert rows(found) == [{"train": [0]}]
    features = Features(
        {"tokens": List(Value("string")), "tags": List(ClassLabel(names=["O", "B-X", "I-X"]))}
    )
    made = Dataset.from_dict(
        {"tokens": [["a", "b"], ["c", "d"]], "tags": [[1, 2], [0, 2]]}, features
    )
    (named,) = run_checks({"train": made}, WORDS, only=["invalid_bio"])
    assert rows([named]) == [{"train": [1]}]


def test_pairs_of_unlike_length_and_untranslated_ones():
    source = [f"the {'old ' * (i % 4)}house number {i} is white" for i in range(40)]
    target = [f"la {'vieille ' * (i % 4)}maison numéro {i} est blanche" for i in range(40)]
    assert look("length_ratio", PAIRS, train={"source": source, "target": target}) == []
    target[3] = "non"
    target[5] = target[5] * 9
    target[7] = source[7].upper()
    columns = {"source": source, "target": target}
    assert rows(look("length_ratio", PAIRS, train=columns)) == [{"train": [3, 5]}]
    assert rows(look("untranslated", PAIRS, train=columns)) == [{"train": [7]}]
    assert (
        look("untranslated", PAIRS, train={"source": ["OK", "Paris"], "target": ["OK", "Paris"]})
        == []
    )


def test_summaries_are_measured_as_summaries_and_not_as_translations():
    source = [[f"Sentence {j} of document {i}, with words." for j in range(9)] for i in range(40)]
    target = [[f"Document {i} is short.", f"Of document {i}."] for i in range(40)]
    target[4] = [" ".join(source[4])]
    columns = {"source": source, "target": target}
    assert rows(look("long_summaries", PAIRS, train=columns)) == [{"train": [4]}]
    assert rows(look("compression", PAIRS, train=columns)) == [{"train": [4]}]
    assert look("length_ratio", PAIRS, train=columns) == []


def test_documents_that_go_in_circles():
    line = "The river rises after the rain and falls again by noon. "
    plain = " ".join(f"On day {i} we saw {i * 7} birds over field {i * 3}." for i in range(20))
    columns = {
        "text": [
            line * 8,
            "so it goes on " * 30,
            plain,
            "ha ha ha",
            f"{plain} . . . . . . . . . . . . . . .",
        ]
    }
    assert rows(look("repetition", {Role.TEXT: "text"}, train=columns)) == [{"train": [0, 1]}]


def test_checks_without_their_roles_are_skipped_and_never_called():
    titles: list[str] = []
    found = run_checks(
        {"train": Dataset.from_dict({"text": PLAIN})},
        {Role.TEXT: "text"},
        progress=lambda done, total, title: titles.append(f"{done}/{total} {title}"),
    )
    assert found == []
    assert not any("label" in title.lower() or "BIO" in title for title in titles)
    assert titles[0].startswith("0/")


def test_checks_can_be_cancelled_and_wrong_names_are_refused():
    splits = {"train": Dataset.from_dict({"text": PLAIN})}
    with pytest.raises(Cancelled):
        run_checks(splits, {Role.TEXT: "text"}, cancelled=lambda: True)
    with pytest.raises(InvalidInput, match="no check “leak”"):
        run_checks(splits, {Role.TEXT: "text"}, only=["leak"])
    with pytest.raises(InvalidInput, match="train has no column “body”"):
        run_checks(splits, {Role.TEXT: "body"})


def test_a_dataset_without_rows_has_no_faults():
    empty = Dataset.from_dict({"text": PLAIN, "label": PLAIN}).select([])
    assert run_checks({"train": empty}, CLASSES) == []
