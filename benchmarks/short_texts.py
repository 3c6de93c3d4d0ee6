"""Short texts for trainings: sentences of `samples/small-texts.txt`, put together by a seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SAMPLE = Path(__file__).resolve().parent.parent / "samples" / "small-texts.txt"
SENTENCES_MAX = 3
# Every so many lines one is kept for texts that no training sees.
HELD_OUT_EVERY = 6


def split_lines(path: Path = SAMPLE) -> tuple[list[str], list[str]]:
    """The lines to train on and those held out."""
    lines = path.read_text("utf-8").splitlines()
    kept = [line for i, line in enumerate(lines) if i % HELD_OUT_EVERY]
    return kept, lines[::HELD_OUT_EVERY]


def compose(
    lines: Sequence[str], count: int, tokenizer: Any, max_length: int, seed: int
) -> list[str]:
    """Different texts of one to SENTENCES_MAX lines each, of at most max_length tokens.

    None is longer, so that no way of preparing them cuts anything off.
    """
    draw = random.Random(seed)
    texts: dict[str, None] = {}
    while len(texts) < count:
        text = " ".join(draw.sample(list(lines), draw.randint(1, SENTENCES_MAX)))
        if len(tokenizer(text)["input_ids"]) <= max_length:
            texts[text] = None
    return list(texts)
