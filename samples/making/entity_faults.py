"""Faults of tagged sentences: tags that are not BIO, contradictions, repeats."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from samples.making.planting import Planter
from samples.making.rows import Row
from samples.making.text_faults import EQUAL, EQUAL_LEAK, UNUSUAL, changed

_SWAPPED = {"PER": "LOC", "LOC": "ORG", "ORG": "PER"}
_LONG_SENTENCES = 18  # joined to one


def plant_in_entities(planter: Planter) -> None:
    for split, count in (("train", 3), ("test", 1)):
        for _ in range(count):
            _break(planter, split, _without_begin, "I- without a B- before it")
            _break(planter, split, _of_other_type, "I- of another type than its B-")
    _break(planter, "train", _stray, "I- after O, at the end of the sentence")
    for spell in (str.lower, str.capitalize):

        def spelled(row: Row, spell: Callable[[str], str] = spell) -> Row:
            return changed(row, tags=[tag[:2] + spell(tag[2:]) for tag in _tags(row)])

        planter.alter("alias_label", "train", spelled, column="tags", fits=_is_rich)
    for _ in range(3):
        planter.repeat(
            "conflicting_label",
            "train",
            _swapped,
            column="tags",
            fits=_is_rich,
            also=("exact_duplicate", *EQUAL),
        )
    planter.repeat("exact_duplicate", "train", Row, copies=2, also=EQUAL)
    for _ in range(3):
        planter.repeat("exact_duplicate", "train", Row, also=EQUAL)
        planter.repeat("exact_leak", "test", Row, of="train", also=EQUAL_LEAK)
    for write in (str.upper, str.lower):

        def written(row: Row, write: Callable[[str], str] = write) -> Row:
            return changed(row, tokens=[write(token) for token in _tokens(row)])

        planter.repeat("normalised_duplicate", "train", written, column="tokens")
        planter.repeat("normalised_leak", "test", written, of="train", column="tokens")
    rows = planter.rng.sample(planter.clean("train"), _LONG_SENTENCES)
    tokens = [token for row in rows for token in _tokens(row)]
    tags = [tag for row in rows for tag in _tags(row)]
    planter.insert("length_outlier", "train", Row(tokens=tokens, tags=tags), column="tokens")
    for token, tag in (("Yes", "O"), ("Lio", "B-LOC")):
        row = Row(tokens=[token], tags=[tag])
        planter.insert("too_short_text", "train", row, column="tokens", also=UNUSUAL)


def _break(planter: Planter, split: str, change: Callable[[Row], Row], note: str) -> None:
    planter.alter("invalid_bio", split, change, column="tags", note=note, fits=_is_rich)


def _tokens(row: Row) -> list[str]:
    return cast(list[str], row["tokens"])


def _tags(row: Row) -> list[str]:
    return cast(list[str], row["tags"])


def _is_rich(row: Row) -> bool:
    """Has an entity of several words, and none at its end."""
    tags = _tags(row)
    return any(tag.startswith("I-") for tag in tags) and tags[-1] == tags[-2] == "O"


def _without_begin(row: Row) -> Row:
    tags = list(_tags(row))
    first = next(i for i, tag in enumerate(tags) if tag.startswith("B-"))
    tags[first] = f"I-{tags[first][2:]}"
    return changed(row, tags=tags)


def _of_other_type(row: Row) -> Row:
    tags = list(_tags(row))
    first = next(i for i, tag in enumerate(tags) if tag.startswith("I-"))
    old, new = tags[first], f"I-{_SWAPPED[tags[first][2:]]}"
    while tags[first] == old:
        tags[first] = new
        first += 1
    return changed(row, tags=tags)


def _stray(row: Row) -> Row:
    return changed(row, tags=[*_tags(row)[:-1], "I-LOC"])


def _swapped(row: Row) -> Row:
    return changed(row, tags=[tag[:2] + _SWAPPED.get(tag[2:], "") for tag in _tags(row)])
