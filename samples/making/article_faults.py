"""Faults of documents and summaries: summaries that are none, documents that go round."""

from __future__ import annotations

from samples.making.planting import Planter
from samples.making.rows import Row
from samples.making.text_faults import SHORT, UNUSUAL, changed, joined, plant_repeats, text_of

_BLANK = (*SHORT, "summary_not_shorter", "length_ratio")
_LONG_DOCUMENTS = 20  # joined to one


def plant_in_articles(planter: Planter) -> None:
    plant_repeats(planter, "document", exact=2, normal=2, leaks=2, normal_leaks=2)
    _plant_summaries(planter)
    for split, times in (("train", 6), ("train", 8), ("train", 9), ("test", 7)):

        def going_round(row: Row, times: int = times) -> Row:
            return changed(row, document=" ".join([_first_sentence(row)] * times))

        planter.alter("repetition", split, going_round, column="document")
    text = joined(planter, "document", _LONG_DOCUMENTS)
    row = Row(document=text, summary="Twenty stories, one after the other.")
    planter.insert("length_outlier", "train", row, column="document")
    summary = "A short piece of news."
    row = Row(document="", summary=summary)
    planter.insert("empty_text", "train", row, column="document", also=_BLANK)
    row = Row(document=" \n ", summary=summary)
    also = ("empty_text", *_BLANK)
    planter.insert("whitespace_text", "test", row, column="document", also=also)
    row = Row(document="...", summary="Nothing at all.")
    planter.insert("too_short_text", "train", row, column="document", also=(*_BLANK, *UNUSUAL))


def _first_sentence(row: Row) -> str:
    return text_of(row, "document").split(". ")[0] + "."


def _itself(row: Row) -> Row:
    return changed(row, summary=row["document"])


def _longer(row: Row) -> Row:
    return Row(document=_first_sentence(row), summary=row["document"])


def _plant_summaries(planter: Planter) -> None:
    for _ in range(2):
        planter.alter(
            "summary_not_shorter",
            "train",
            _itself,
            column="summary",
            also=("source_equals_target",),
            note="the document itself",
        )
    for split in ("train", "train", "test"):
        planter.alter(
            "summary_not_shorter",
            split,
            _longer,
            column="summary",
            also=("length_ratio",),
            note="longer than its document",
        )
    planter.alter(
        "missing_target",
        "train",
        lambda row: changed(row, summary=None),
        column="summary",
        also=("empty_text",),
    )
