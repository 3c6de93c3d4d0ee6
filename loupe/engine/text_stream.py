"""From tokens, one by one, to the text they add; a character split over several comes whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_BROKEN = "\ufffd"
# A character has at most four bytes, but a token can end one and begin the next. Beyond this many
# tokens it is no text that waits to be complete.
_WAITING_MAX = 12
# Tokens before the text that decide how its beginning is written (a space, a joined letter): as
# many are kept, and twice as many looked at before they are cut.
_CONTEXT = 4


class TextStream:
    """What each token adds to a text that begins with `before`.

    Decoding token by token would lose spaces and break characters, so the last few are decoded
    together, with and without the new one.
    """

    def __init__(self, tokenizer: Any, before: Sequence[int] = ()) -> None:
        self._tokenizer = tokenizer
        self._read = list(before[-_CONTEXT:])
        self._read_text = self._decode(self._read)
        self._waiting: list[int] = []

    def add(self, token_id: int) -> str | None:
        """The text that is complete with this token, all waiting ones included; None: not yet."""
        self._waiting.append(token_id)
        text = self._decode([*self._read, *self._waiting])
        added = text[len(self._read_text) :]
        if added.endswith(_BROKEN) and len(self._waiting) < _WAITING_MAX:
            return None
        self._settle(text)
        return added

    def end(self) -> str:
        """What the tokens that still wait give, broken as it is."""
        if not self._waiting:
            return ""
        text = self._decode([*self._read, *self._waiting])
        added = text[len(self._read_text) :]
        self._settle(text)
        return added

    def _settle(self, text: str) -> None:
        """text: what all that was read so far, the waiting tokens too, decodes to."""
        self._read += self._waiting
        self._read_text = text
        self._waiting = []
        if len(self._read) > 2 * _CONTEXT:
            self._read = self._read[-_CONTEXT:]
            self._read_text = self._decode(self._read)

    def _decode(self, ids: Sequence[int]) -> str:
        text: str = self._tokenizer.decode(
            list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text
