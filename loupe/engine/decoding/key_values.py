"""Cutting, parting and joining key-value caches of plain attention.

A cache holds, for each layer, keys and values of (B, heads, T, width). Layers that forget (a
sliding window) or sum up (linear attention) can be neither cut nor joined: `is_plain` tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch


def is_plain(cache: Any) -> bool:
    """Whether every layer keeps keys and values of every token, so that the cache can be cut."""
    from transformers.cache_utils import DynamicCache, DynamicLayer

    return type(cache) is DynamicCache and all(
        type(layer) is DynamicLayer and layer.is_initialized for layer in cache.layers
    )


def first_tokens(cache: Any, length: int) -> Any:
    """A cache of its own with the first `length` tokens of a plain one, which stays as it is."""
    return _make(
        (layer.keys[..., :length, :], layer.values[..., :length, :]) for layer in cache.layers
    )


def row_of(cache: Any, row: int, padding: int) -> Any:
    """A cache of its own (B = 1) with one row of a joined one, without the padding before it."""
    return _make(
        (layer.keys[row : row + 1, :, padding:], layer.values[row : row + 1, :, padding:])
        for layer in cache.layers
    )


def join(caches: Sequence[Any]) -> Any:
    """One cache with the rows of all, the shorter ones padded with zeros on the left."""
    length = max(cache.get_seq_length() for cache in caches)
    layers = zip(*(cache.layers for cache in caches), strict=True)
    return _make(
        (
            torch.cat([_pad(layer.keys, length) for layer in same]),
            torch.cat([_pad(layer.values, length) for layer in same]),
        )
        for same in layers
    )


def select(cache: Any, rows: Sequence[int], padding: int) -> Any:
    """These rows of a joined cache, without the columns that are padding in all of them."""
    return _make(
        (layer.keys[list(rows), :, padding:], layer.values[list(rows), :, padding:])
        for layer in cache.layers
    )


def size_bytes(cache: Any) -> int:
    """Memory of all keys and values of a plain cache."""
    return sum(
        tensor.numel() * tensor.element_size()
        for layer in cache.layers
        for tensor in (layer.keys, layer.values)
    )


def _pad(tensor: torch.Tensor, length: int) -> torch.Tensor:
    return torch.nn.functional.pad(tensor, (0, 0, length - tensor.shape[-2], 0))


def _make(layers: Any) -> Any:
    from transformers.cache_utils import DynamicCache

    # Each layer takes its tensors by concatenation: copies, so that no view keeps the rest alive.
    return DynamicCache(list(layers))
