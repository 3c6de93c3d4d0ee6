"""How tags mark entities, and how a sequence of tags is read.

BIO    B-TYPE begins an entity, I-TYPE continues it, O is outside. IOB2 begins every entity with B-;
       IOB1 (Ramshaw & Marcus 1995) writes B- only where an entity follows another one of its type
       at once, so others begin with I-. The labels do not say which of the two a tagger learned.
BIOES  with E-TYPE for its last word and S-TYPE for one of a single word; BILOU says L and U
IO     I-TYPE or TYPE alone: neighbours of one type are one entity
TAGS   every word has a tag of its own and none is O (parts of speech): no entities
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

OUTSIDE = "O"
_PREFIXES = "BIOESLU"
# The letters of BILOU as those of BIOES.
_SAME = {"L": "E", "U": "S"}


class Scheme(StrEnum):
    """What a checkpoint's labels are."""

    BIO = "BIO"
    BIOES = "BIOES"
    IO = "IO"
    TAGS = "tags"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Words [first, last) that are one entity.

    repaired: their tags are not what the scheme asks for, BIO being taken as IOB2; in IOB1 an
        entity that begins with I- is as it should be.
    """

    label: str
    first: int
    last: int
    repaired: bool


def scheme_of(labels: Sequence[str]) -> Scheme:
    """The scheme that a checkpoint's labels are written in."""
    letters = {_split(label)[0] for label in labels if label != OUTSIDE and _has_prefix(label)}
    if letters & {"E", "S"}:
        return Scheme.BIOES
    if "B" in letters:
        return Scheme.BIO
    return Scheme.IO if letters or OUTSIDE in labels else Scheme.TAGS


def type_of(label: str) -> str | None:
    """`PER` of `B-PER` and of `PER`; None for O."""
    return None if label == OUTSIDE else _split(label)[1]


def letter_of(label: str) -> str:
    """B, I, E or S, as BIOES has them (L is E, U is S); I without a prefix. Not for O."""
    return _split(label)[0]


def read_chunks(tags: Sequence[str], scheme: Scheme) -> list[Chunk]:
    """The entities of one text, left to right.

    A chunk begins at B- and S-, where the type changes, and after an O, an E- or an S-; it ends
    before the next begins. That is the default reading of seqeval and of conlleval: it reads IOB1
    and IOB2 alike, and also sequences that break the rules; `repaired` says which chunks are not
    as IOB2 or BIOES would have them.
    Source: Tjong Kim Sang 2000, conlleval; seqeval, Nakayama 2018.
    """
    if scheme is Scheme.TAGS:
        return []
    chunks: list[Chunk] = []
    open_at: int | None = None
    before, before_type = OUTSIDE, None
    for i, tag in enumerate([*tags, OUTSIDE]):
        letter, label = (OUTSIDE, None) if tag == OUTSIDE else _split(tag)
        begins = label is not None and (
            letter in "BS" or before in (OUTSIDE, "E", "S") or label != before_type
        )
        if open_at is not None and (begins or label is None):
            assert before_type is not None
            letters = [_split(tags[j])[0] for j in range(open_at, i)]
            chunks.append(Chunk(before_type, open_at, i, not _is_legal(letters, scheme)))
            open_at = None
        if begins:
            open_at = i
        before, before_type = letter, label
    return chunks


def _is_legal(letters: Sequence[str], scheme: Scheme) -> bool:
    """Whether one chunk's letters are what its scheme asks for."""
    if scheme is Scheme.IO:
        return True
    if scheme is Scheme.BIO:
        return letters[0] == "B"
    if len(letters) == 1:
        return letters[0] == "S"
    return letters[0] == "B" and letters[-1] == "E" and set(letters[1:-1]) <= {"I"}


def _has_prefix(label: str) -> bool:
    return len(label) > 2 and label[0] in _PREFIXES and label[1] == "-"


def _split(label: str) -> tuple[str, str]:
    """(letter of BIOES, type). A label without a prefix marks the inside of its type."""
    if not _has_prefix(label):
        return "I", label
    return _SAME.get(label[0], label[0]), label[2:]
