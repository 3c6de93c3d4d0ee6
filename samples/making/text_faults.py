"""Faults that any text can have: said twice, leaked, empty, too short, too long."""

from __future__ import annotations

from typing import cast

from samples.making.disguises import Disguiser
from samples.making.planting import Planter
from samples.making.rows import Row

# An empty text may justly be reported as too short, and what is equal is so after normalisation.
SHORT = ("too_short_text",)
UNUSUAL = ("length_outlier",)  # a very short text is one too
EQUAL = ("normalised_duplicate",)
EQUAL_LEAK = ("normalised_leak",)


def text_of(row: Row, column: str) -> str:
    return cast(str, row[column])


def changed(row: Row, **cells: object) -> Row:
    """A copy with other cells."""
    return Row({**row, **cells})


def joined(planter: Planter, column: str, count: int) -> str:
    """The texts of so many clean rows as one."""
    rows = planter.rng.sample(planter.clean("train"), count)
    return " ".join(text_of(row, column) for row in rows)


def plant_repeats(
    planter: Planter, column: str, *, exact: int, normal: int, leaks: int, normal_leaks: int
) -> None:
    """Duplicates of both kinds in train (one row stands there thrice), one in test, and leaks."""
    disguise = Disguiser()

    def other(row: Row) -> Row:
        return changed(row, **{column: disguise(text_of(row, column))})

    planter.repeat("exact_duplicate", "train", Row, copies=2, also=EQUAL)
    for _ in range(exact):
        planter.repeat("exact_duplicate", "train", Row, also=EQUAL)
    for _ in range(normal):
        planter.repeat("normalised_duplicate", "train", other, column=column)
    planter.repeat("exact_duplicate", "test", Row, also=EQUAL)
    for _ in range(leaks):
        planter.repeat("exact_leak", "test", Row, of="train", also=EQUAL_LEAK)
    for _ in range(normal_leaks):
        planter.repeat("normalised_leak", "test", other, of="train", column=column)


def plant_empty(
    planter: Planter, column: str, shorts: tuple[str, ...], *, blank: str = "   ", label: str
) -> None:
    """Rows with a label and an empty, a blank or a too short text."""

    def row(text: str) -> Row:
        return Row({"label": label, column: text})

    planter.insert("empty_text", "train", row(""), column=column, also=SHORT)
    for split, white in (("train", blank), ("test", " ")):
        also = ("empty_text", *SHORT)
        planter.insert("whitespace_text", split, row(white), column=column, also=also)
    for short in shorts:
        planter.insert("too_short_text", "train", row(short), column=column, also=UNUSUAL)


def plant_words(planter: Planter, column: str, words: tuple[str, ...], *, label: str) -> None:
    """Texts that careless readers take for a missing value."""
    for word in words:
        row = Row({"label": label, column: word})
        planter.insert("literal_word", "train", row, column=column, also=(*SHORT, *UNUSUAL))
