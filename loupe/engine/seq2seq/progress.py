"""How far a decoding is, and whether somebody still waits for it."""

from __future__ import annotations

from loupe.engine.parts import Watch
from loupe.engine.seq2seq.decode import OnToken

TOKENS = "tokens"


def every_token(watch: Watch | None, total: int | None = None) -> OnToken | None:
    """Tell `watch` of each token of one output, and let it stop there."""
    if watch is None:
        return None

    def on_token(tokens: int) -> None:
        watch.raise_if_cancelled()
        watch.report(tokens, total, TOKENS)

    return on_token
