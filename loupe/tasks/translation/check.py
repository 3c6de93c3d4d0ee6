"""A translation's numbers by another way, to be compared with what is shown."""

from __future__ import annotations

from loupe.engine.loaded import LoadedModel
from loupe.engine.seq2seq.decode import OnToken
from loupe.engine.seq2seq.recompute import CheckReport, recompute
from loupe.tasks.translation.query import TranslationResult

__all__ = ["CheckReport", "check"]


def check(
    loaded: LoadedModel, result: TranslationResult, on_token: OnToken | None = None
) -> CheckReport:
    """Recompute every number of a result, token by token; see `recompute`."""
    return recompute(loaded, result.written, on_token)
