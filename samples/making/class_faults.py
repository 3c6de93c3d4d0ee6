"""Faults of texts with one label: other spellings of it, contradictions, no label at all."""

from __future__ import annotations

from collections.abc import Callable

from samples.making.planting import Planter
from samples.making.rows import Row
from samples.making.text_faults import (
    EQUAL,
    changed,
    joined,
    plant_empty,
    plant_repeats,
    plant_words,
    text_of,
)
from samples.making.topics import TOPICS

_ALIASES: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("train", str.capitalize),
    ("train", lambda label: f"{label} "),
    ("train", str.upper),
    ("train", lambda label: f" {label}"),
    ("train", lambda label: f"{label.capitalize()} "),
    ("train", str.capitalize),
    ("test", lambda label: f"{label} "),
)


def plant_in_sentiment(planter: Planter) -> None:
    _plant_labels(planter, ("positive", "negative"), "text", conflicts=5)
    for _ in range(2):
        planter.alter("missing_label", "train", lambda row: changed(row, label=""), column="label")
    plant_repeats(planter, "text", exact=4, normal=5, leaks=5, normal_leaks=4)
    for count in (60, 85):
        row = Row(text=joined(planter, "text", count), label="negative")
        planter.insert("length_outlier", "train", row, column="text")
    plant_empty(planter, "text", ("ok", "hm", "meh"), label="negative")
    plant_words(planter, "text", ("NA", "null", "None"), label="negative")
    row = Row(text="=10+10 points out of twenty, and I mean it.", label="positive")
    planter.insert("formula_cell", "train", row, column="text")


def plant_in_spam(planter: Planter) -> None:
    _plant_labels(planter, ("spam", "ham"), "message", conflicts=4)
    for split in ("train", "test"):
        planter.alter("missing_label", split, lambda row: changed(row, label=""), column="label")
    plant_repeats(planter, "message", exact=5, normal=4, leaks=4, normal_leaks=3)
    row = Row(label="ham", message=joined(planter, "message", 70))
    planter.insert("length_outlier", "train", row, column="message")
    plant_empty(planter, "message", ("k", "no", "?"), label="ham")
    plant_words(planter, "message", ("None", "NA", "null"), label="ham")
    for text in (
        '=HYPERLINK("http://win.example.org/now","Claim your prize")',
        "+1 555 0139 called you twice. Ring back, 2.50/min",
        "@SUM(500,250) EUR credited to you today, see www.example.org/vip",
    ):
        row = Row(label="spam", message=text)
        planter.insert("formula_cell", "train", row, column="message")
    row = Row(label="ham", message="=1+1 is all I remember from school, ask someone else")
    planter.insert("formula_cell", "test", row, column="message")


def plant_in_topics(planter: Planter) -> None:
    _plant_labels(planter, TOPICS, "text", conflicts=4)
    planter.alter("missing_label", "train", lambda row: changed(row, label=None), column="label")
    planter.alter(
        "missing_label",
        "train",
        lambda row: Row(text=row["text"]),
        column="label",
        note="no such key",
    )
    planter.alter("missing_text", "train", lambda row: changed(row, text=None), column="text")
    plant_repeats(planter, "text", exact=4, normal=4, leaks=4, normal_leaks=4)
    row = Row(text=joined(planter, "text", 60), label="science")
    planter.insert("length_outlier", "test", row, column="text")
    plant_empty(planter, "text", ("No", "Tar"), blank="\n\t ", label="travel")
    plant_words(planter, "text", ("null",), label="technology")


def _plant_labels(
    planter: Planter, labels: tuple[str, ...], column: str, *, conflicts: int
) -> None:
    """Conflicting labels, one of them behind another spelling of the text, and alias labels."""

    def wrong(row: Row) -> Row:
        others = [label for label in labels if label != row["label"]]
        return changed(row, label=planter.rng.choice(others))

    def wrong_and_loud(row: Row) -> Row:
        return changed(wrong(row), **{column: text_of(row, column).upper()})

    for _ in range(conflicts):
        planter.repeat(
            "conflicting_label", "train", wrong, column="label", also=("exact_duplicate", *EQUAL)
        )
    note = "the text differs in case"
    planter.repeat(
        "conflicting_label", "train", wrong_and_loud, column="label", note=note, also=EQUAL
    )
    for split, alias in _ALIASES:

        def renamed(row: Row, alias: Callable[[str], str] = alias) -> Row:
            return changed(row, label=alias(text_of(row, "label")))

        planter.alter("alias_label", split, renamed, column="label")
