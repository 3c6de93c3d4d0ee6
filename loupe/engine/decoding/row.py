"""A text that grows: the tokens a model has read of it, and those it is still to read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch


@dataclass(slots=True, eq=False)
class Row:
    """One text in a causal model.

    ids: read so far, in order. pending: to be read at the next turn. logits: (n, V), what the model
    expects after each token that it read at the last turn; None before the first.
    notes: whatever the work wants to find again with a text that begins alike, one for each token
    from the first on; may run ahead of `ids`. reused: tokens that were not read again.
    cache: keys and values of `ids`; None before the first turn, and while the row is joined with
    others.
    """

    ids: list[int]
    pending: list[int]
    notes: list[Any] = field(default_factory=list)
    reused: int = 0
    logits: torch.Tensor | None = None
    cache: Any = None
    joined: bool = False

    @property
    def length(self) -> int:
        """Tokens read and to be read."""
        return len(self.ids) + len(self.pending)

    def append(self, token_id: int) -> None:
        """Let the text go on with this token."""
        self.pending.append(token_id)

    def text_ids(self) -> list[int]:
        """The tokens of the whole text so far."""
        return [*self.ids, *self.pending]
