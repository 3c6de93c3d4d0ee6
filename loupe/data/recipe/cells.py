"""What steps do to one value, in plain Python: exported scripts carry these very lines.

A value is a text, a list of texts, a number or None. Only the standard library is used here, and a
function uses nothing but its arguments, the imports below and other functions of this file.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter
from hashlib import sha256
from typing import Any


def as_text(value: Any) -> str:
    """The value as one text: lists joined by spaces, nothing as ""."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return " ".join(as_text(part) for part in value)
    return "" if value is None else str(value)


def same_text(value: Any) -> str:
    """What makes two texts the same: lower case, any white space as one space; lists joined."""
    return " ".join(as_text(value).lower().split())


def is_empty(value: Any) -> bool:
    """Whether there is nothing, not a number, or white space alone."""
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or value != value or (isinstance(value, list) and not same_text(value))


def exactly(value: Any) -> Any:
    """The value as it is, in a form that can be looked up."""
    if isinstance(value, list):
        return tuple(exactly(part) for part in value)
    return str(value) if isinstance(value, dict) else value


def length_of(value: Any, unit: str) -> int:
    """How long the value's text is, in code points ("characters") or in "words"."""
    text = as_text(value)
    return len(text.split()) if unit == "words" else len(text)


def contains(value: Any, text: str, regex: bool, case: bool) -> bool:
    """Whether the value's text holds `text`, or a match of it as a regular expression."""
    pattern = text if regex else re.escape(text)
    return re.search(pattern, as_text(value), 0 if case else re.IGNORECASE) is not None


def stripped(value: Any) -> Any:
    """Without white space at either end; each item of a list."""
    if isinstance(value, list):
        return [stripped(part) for part in value]
    return value.strip() if isinstance(value, str) else value


def normalised(value: Any, form: Any, white_space: bool, lower: bool) -> Any:
    """In one Unicode form, with single spaces, in lower case: as asked; each item of a list."""
    if isinstance(value, list):
        return [normalised(part, form, white_space, lower) for part in value]
    if not isinstance(value, str):
        return value
    if form is not None:
        value = unicodedata.normalize(form, value)
    if white_space:
        value = " ".join(value.split())
    return value.lower() if lower else value


def mapped(value: Any, mapping: dict[str, str]) -> Any:
    """What the mapping says for the value as text, else that text; each item of a list."""
    if isinstance(value, list):
        return [mapped(part, mapping) for part in value]
    return None if value is None else mapping.get(str(value), str(value))


def repaired_tags(tags: list[str] | None) -> list[str] | None:
    """BIO with a B- where an entity begins; the signs of BIOES and BILOU become B and I."""
    if tags is None:
        return None
    repaired = []
    before = ""
    for tag in tags:
        if tag is not None and tag[1:2] in ("-", "_") and tag[0] in "BIESLUbieslu":
            kind = tag[2:]
            inside = tag[0].upper() in "IEL" and before == kind
            tag = ("I-" if inside else "B-") + kind
            before = kind
        else:
            before = ""
        repaired.append(tag)
    return repaired


def place_of(value: Any) -> float:
    """A number from 0 to 1 that depends on the text alone: equal texts fall on one side."""
    digest = sha256(same_text(value).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def held_out(values: list[Any], share: float) -> list[bool]:
    """Which of the values are held out: about `share` of the texts that differ, at least one.

    Raises ValueError where all texts are the same one.
    """
    places = [place_of(value) for value in values]
    distinct = sorted(set(places))
    if len(distinct) < 2:
        raise ValueError("all texts are the same one")
    threshold = min(max(share, distinct[1]), distinct[-1])
    return [place < threshold for place in places]


def drawn(labels: list[Any], rows: int, seed: int) -> list[int]:
    """`rows` positions in order, as evenly over the labels as they allow."""
    chance = random.Random(seed)
    places: dict[str, list[int]] = {}
    for i, label in enumerate(labels):
        places.setdefault(as_text(label), []).append(i)
    chosen: list[int] = []
    # From the rarest: what it cannot give is shared by the others.
    for n, label in enumerate(sorted(places, key=lambda name: (len(places[name]), name))):
        fair = (rows - len(chosen)) // (len(places) - n)
        chosen += chance.sample(places[label], min(fair, len(places[label])))
    return sorted(chosen)


def first_of_each(keys: list[Any]) -> list[int]:
    """Positions without the repetitions of a key; a key that is None repeats nothing."""
    seen = set()
    kept = []
    for i, key in enumerate(keys):
        if key is None or key not in seen:
            kept.append(i)
            seen.add(key)
    return kept


def key_of(row: dict[str, Any], columns: list[str], normalise: bool) -> Any:
    """What rows are compared by; None where one of the columns is empty."""
    values = [row[column] for column in columns]
    if any(is_empty(value) for value in values):
        return None
    if normalise:
        return tuple(same_text(value) for value in values)
    return tuple(exactly(value) for value in values)


def contradicted(keys: list[Any], labels: list[Any]) -> set[Any]:
    """The keys that have several labels; case and white space make no other label."""
    found = {(key, same_text(label)) for key, label in zip(keys, labels, strict=True)}
    counts = Counter(key for key, label in found if key is not None and label)
    return {key for key, count in counts.items() if count > 1}
