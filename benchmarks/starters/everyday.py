"""Ten sentences of everyday language, in which ner-en has to find every name and its type.

They stand in starters/ner-en-sentences.conll, were written before the sentences that train it, and
none of them, nor its pattern, is among those.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.starters.opened import Starter
from loupe.data.examples import IGNORED
from loupe.data.spec import Role
from loupe.data.tags import OUTSIDE

FILE_NAME = "ner-en-sentences.conll"


def check_sentences(starter: Starter, rows: Any) -> list[tuple[str, bool]]:
    """Each sentence as a line with the names that were found, and whether all tags are right."""
    evaluation = starter.evaluate(rows)
    labels = starter.labels
    assert labels is not None
    assert evaluation.predictions is not None
    lines = []
    columns = zip(rows[Role.TOKENS.value], rows[Role.TAGS.value], strict=True)
    for (words, tags), logits, ids in zip(
        columns, evaluation.predictions, evaluation.labels, strict=True
    ):
        places = np.flatnonzero(np.asarray(ids) != IGNORED)  # the first piece of each word
        found = [labels[i] for i in np.asarray(logits)[places].argmax(-1)]
        lines.append((show(words, found), found == list(tags)))
    return lines


def show(words: Sequence[str], tags: Sequence[str]) -> str:
    """`Anna/B-person lives in Berlin/B-location .`"""
    pairs = zip(words, tags, strict=True)
    return " ".join(word if tag == OUTSIDE else f"{word}/{tag}" for word, tag in pairs)


def sentences_path(starters: Path) -> Path:
    return starters / FILE_NAME
