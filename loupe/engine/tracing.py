"""A trace that says what computed it."""

from __future__ import annotations

from collections.abc import Sequence

from loupe.engine.loaded import LoadedModel
from loupe.traces import TokenRecord, TokenTrace


def trace_of(
    loaded: LoadedModel, text: str, records: Sequence[TokenRecord], vocab_size: int
) -> TokenTrace:
    """The trace of one text, computed by this checkpoint."""
    return TokenTrace(
        text=text,
        tokens=tuple(records),
        checkpoint=loaded.name,
        revision=loaded.revision,
        dtype=str(loaded.dtype).removeprefix("torch."),
        device=str(loaded.device),
        vocab_size=vocab_size,
    )
