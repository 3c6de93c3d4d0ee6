"""A loaded checkpoint, as the work that uses it sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch

from loupe.checkpoints.ref import CheckpointRef


@dataclass(frozen=True, slots=True)
class ModelKey:
    """Which model: a checkpoint, loaded with one head, on one device, in one dtype.

    auto_class: a key of `loupe.checkpoints.loading.AUTO_CLASSES`.
    device: "auto", "cuda", "mps" or "cpu". dtype: "auto", "float32", "bfloat16" or "float16".
    """

    ref: CheckpointRef
    auto_class: str
    device: str = "auto"
    dtype: str = "auto"


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model and its tokenizer in memory. Only its worker's thread may touch either.

    key: as resolved: device and dtype are no longer "auto" where the pool could tell.
    revision: the commit of a hub checkpoint, the step of a run, or a digest of a folder's weights.
    bytes: memory of the weights. context_length: in tokens, None where unbounded.
    name: the reference as text. memo: what work wants to find again at its next call (a table of
    the vocabulary, say); it leaves with the model.
    """

    key: ModelKey
    model: Any = field(repr=False)
    tokenizer: Any = field(repr=False)
    device: torch.device
    dtype: torch.dtype
    revision: str | None
    bytes: int
    context_length: int | None
    name: str
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
