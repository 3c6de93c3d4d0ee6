"""What is kept of texts, and what leaves first."""

from __future__ import annotations

import torch
from transformers import DynamicCache

from loupe.engine.decoding.prefixes import Prefixes

# One layer, one head of width 1: a token takes 2 × 4 bytes.
TOKEN_BYTES = 8


def cache(tokens: int) -> DynamicCache:
    values = torch.arange(tokens, dtype=torch.float32).reshape(1, 1, tokens, 1)
    return DynamicCache([(values, values)])


def keep(prefixes: Prefixes, *ids: int) -> None:
    prefixes.keep(ids, [None] * len(ids), cache(len(ids)))


def common(prefixes: Prefixes, *ids: int) -> int:
    found = prefixes.find(ids)
    return 0 if found is None else found[1]


def test_the_longest_common_beginning_is_found() -> None:
    prefixes = Prefixes(1000)
    keep(prefixes, 1, 2, 3)
    keep(prefixes, 1, 2, 9, 9)
    found = prefixes.find([1, 2, 9, 4])
    assert found is not None
    assert (found[0].ids, found[1]) == ((1, 2, 9, 9), 3)
    assert common(prefixes, 1, 2, 3, 4, 5) == 3
    assert prefixes.find([2, 1]) is None


def test_a_text_that_another_begins_with_is_not_kept_twice() -> None:
    prefixes = Prefixes(1000)
    keep(prefixes, 1, 2, 3)
    keep(prefixes, 1, 2, 3, 4)
    assert prefixes.bytes == 4 * TOKEN_BYTES
    keep(prefixes, 1, 2)
    assert prefixes.bytes == 4 * TOKEN_BYTES


def test_the_text_used_longest_ago_leaves_first() -> None:
    prefixes = Prefixes(6 * TOKEN_BYTES)
    keep(prefixes, 1, 1, 1)
    keep(prefixes, 2, 2, 2)
    assert common(prefixes, 1, 1) == 2  # used again
    keep(prefixes, 3, 3, 3)
    assert [common(prefixes, i) for i in (1, 2, 3)] == [1, 0, 1]
    assert prefixes.bytes <= prefixes.budget_bytes
    prefixes.clear()
    assert prefixes.bytes == 0


def test_what_is_larger_than_the_budget_is_not_kept_and_drives_nothing_out() -> None:
    prefixes = Prefixes(3 * TOKEN_BYTES)
    keep(prefixes, 1, 2, 3)
    keep(prefixes, 4, 5, 6, 7)
    assert common(prefixes, 1, 2, 3) == 3
    assert common(prefixes, 4) == 0
