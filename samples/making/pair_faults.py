"""Faults of translations: sides that cannot belong together, and one that is missing."""

from __future__ import annotations

from samples.making.disguises import Disguiser
from samples.making.planting import Planter
from samples.making.rows import Row
from samples.making.text_faults import EQUAL, EQUAL_LEAK, SHORT, UNUSUAL, changed, joined, text_of

_EMPTY = ("length_ratio", *SHORT)


def plant_in_pairs(planter: Planter) -> None:
    planter.tell("bom", "train", None)
    disguise = Disguiser()

    def other(row: Row) -> Row:
        return changed(row, en=disguise(text_of(row, "en")))

    planter.repeat("exact_duplicate", "train", Row, copies=2, also=EQUAL)
    for _ in range(4):
        planter.repeat("exact_duplicate", "train", Row, also=EQUAL)
        planter.repeat("exact_leak", "test", Row, of="train", also=EQUAL_LEAK)
    for _ in range(3):
        planter.repeat("normalised_duplicate", "train", other, column="en")
        planter.repeat("normalised_leak", "test", other, of="train", column="en")
    planter.repeat("exact_duplicate", "test", Row, also=EQUAL)
    for split in ("train", "train", "train", "test"):
        planter.alter("source_equals_target", split, _untranslated, column="fr")
    _plant_ratios(planter)
    _plant_gaps(planter)
    for en, fr in (("None", "Aucun"), ("NA", "n. d."), ("null", "nul")):
        planter.insert(
            "literal_word", "train", Row(en=en, fr=fr), column="en", also=(*SHORT, *UNUSUAL)
        )
    row = Row(en="=1+1 makes two.", fr="=1+1 font deux.")
    planter.insert("formula_cell", "train", row, column="en")


def _untranslated(row: Row) -> Row:
    return changed(row, fr=row["en"])


def _is_long(row: Row) -> bool:
    return len(text_of(row, "en")) > 50


def _plant_ratios(planter: Planter) -> None:
    for short in ("Oui.", "Non."):

        def cut(row: Row, short: str = short) -> Row:
            return changed(row, fr=short)

        planter.alter("length_ratio", "train", cut, column="fr", also=SHORT, fits=_is_long)
    for split, column, count in (("train", "fr", 9), ("train", "fr", 12), ("test", "en", 10)):
        text = joined(planter, column, count)

        def run_on(row: Row, column: str = column, text: str = text) -> Row:
            return changed(row, **{column: text})

        planter.alter("length_ratio", split, run_on, column=column, also=("length_outlier",))


def _plant_gaps(planter: Planter) -> None:
    for column in ("en", "fr"):

        def emptied(row: Row, column: str = column) -> Row:
            return changed(row, **{column: ""})

        planter.alter("empty_text", "train", emptied, column=column, also=_EMPTY)
    planter.alter(
        "whitespace_text",
        "test",
        lambda row: changed(row, fr="  "),
        column="fr",
        also=("empty_text", *_EMPTY),
    )
