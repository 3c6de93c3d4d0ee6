"""Tags of words in the BIO scheme: B-TYPE begins an entity, I-TYPE continues it, O is outside.

Source: Ramshaw & Marcus 1995; the variant IOB2, in which every entity begins with B.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from datasets import Dataset

from loupe.data.labels import refuse_aliases
from loupe.data.spec import Role
from loupe.errors import InvalidInput

OUTSIDE = "O"
BEGINS, CONTINUES = "B-", "I-"


def find_tags(train: Dataset, validation: Dataset | None) -> tuple[str, ...]:
    """O, then B-TYPE and I-TYPE of every type of the training sentences, by alphabet.

    Both tags of a type are there, though an entity of one word each needs only the first.
    Raises InvalidInput for sentences that cannot be learned from (see check_sentence), types that
    differ in case alone, types that only held-out sentences have, and where there are none.
    """
    types = _types(train)
    held_out = set() if validation is None else _types(validation)
    refuse_aliases(types | held_out)
    if not types:
        raise InvalidInput(
            "The training sentences have no entity: every tag is O.", "Check the column of tags."
        )
    if held_out - types:
        raise InvalidInput(
            "The entity types {types} stand in the held-out sentences only.",
            "A model cannot learn what it never sees: add training sentences with them.",
            types=", ".join(f"“{name}”" for name in sorted(held_out - types)),
        )
    return (OUTSIDE, *(f"{b}{name}" for name in sorted(types) for b in (BEGINS, CONTINUES)))


def _types(rows: Dataset) -> set[str]:
    types: set[str] = set()
    columns = zip(rows[Role.TOKENS.value][:], rows[Role.TAGS.value][:], strict=True)
    for number, (tokens, tags) in enumerate(columns, start=1):
        check_sentence(number, tokens, tags)
        types.update(tag[len(BEGINS) :] for tag in tags if tag != OUTSIDE)
    return types


def check_sentence(number: int, tokens: Sequence[str], tags: Sequence[Any]) -> None:
    """Raise InvalidInput that names the sentence where its tags are wrong.

    As many tags as words, each of them BIO, and no I- without its entity before it.
    """
    if len(tokens) != len(tags):
        raise InvalidInput(
            "Sentence {number} has {tokens} words and {tags} tags.",
            "Give each word one tag.",
            number=number,
            tokens=len(tokens),
            tags=len(tags),
        )
    before = OUTSIDE
    for word, tag in zip(tokens, tags, strict=True):
        if not _is_tag(tag):
            raise InvalidInput(
                "In sentence {number}, “{word}” has the tag “{tag}”, which is not BIO.",
                "Write B-TYPE at the start of an entity, I-TYPE inside of it, and O outside.",
                number=number,
                word=word,
                tag=tag,
            )
        if tag.startswith(CONTINUES) and before[len(BEGINS) :] != tag[len(CONTINUES) :]:
            raise InvalidInput(
                "In sentence {number}, “{word}” has the tag {tag} after {before}: it continues an "
                "entity that has not begun.",
                "Write {begin} there.",
                number=number,
                word=word,
                tag=tag,
                before=before,
                begin=BEGINS + tag[len(CONTINUES) :],
            )
        before = tag


def _is_tag(tag: Any) -> bool:
    return isinstance(tag, str) and (
        tag == OUTSIDE or (tag[: len(BEGINS)] in (BEGINS, CONTINUES) and len(tag) > len(BEGINS))
    )
