"""Causal models, one token after the other: texts of several requests grow side by side.

A request's work is a generator (see `loupe.engine.turns`): it opens rows, yields those that need
their next logits, and finds them there when it goes on. Rows of one model share its forwards, and
what was computed for a text is kept for the next one that begins alike.
"""

from __future__ import annotations

from loupe.engine.decoding.batch import RowBatch
from loupe.engine.decoding.row import Row

__all__ = ["Row", "RowBatch"]
