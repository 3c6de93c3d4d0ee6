"""Tokenising up to a length, and saying of each text whether something was cut off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from datasets import Dataset

TRUNCATED = "truncated"  # a column: the source, or the only text, lost its end
TARGET_TRUNCATED = "target_truncated"  # a column: the target lost its end


def tokenize(
    tokenizer: Any, texts: Sequence[str], max_length: int, *, target: bool = False
) -> tuple[list[list[int]], list[bool]]:
    """Ids with the tokenizer's special tokens, at most `max_length` of them, and who was cut."""
    ids = _call(tokenizer, list(texts), target=target)
    cut = [len(row) > max_length for row in ids]
    long = [i for i, is_cut in enumerate(cut) if is_cut]
    if long:
        # Once more, so that the tokenizer itself decides what stays: its closing tokens do.
        again = _call(
            tokenizer,
            [texts[i] for i in long],
            target=target,
            truncation=True,
            max_length=max_length,
        )
        for i, row in zip(long, again, strict=True):
            ids[i] = row
    return ids, cut


def count_truncated(encoded: Dataset) -> dict[str, int]:
    """How many examples lost the end of a text, by column; for the log of a run."""
    return {
        name: sum(encoded[name])
        for name in (TRUNCATED, TARGET_TRUNCATED)
        if name in encoded.features
    }


def _call(tokenizer: Any, texts: list[str], *, target: bool, **how: Any) -> list[list[int]]:
    named = {"text_target": texts} if target else {"text": texts}
    encoded = tokenizer(
        **named,
        return_attention_mask=False,
        return_token_type_ids=False,
        verbose=False,
        **({"truncation": False} | how),
    )
    return list(encoded["input_ids"])
