"""How an entry of a vocabulary is shown to a person.

A vocabulary writes its entries for its own use: `##ing` (WordPiece), `Ġcapital` (byte-level BPE),
`▁capital` (Unigram). A person reads `…ing` and `capital`: the dots say that the piece continues the
word before it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

CONTINUES = "…"
NOTHING = "∅"
NO_ENTRY = "⟨no entry {token_id}⟩"  # the matrix is padded past the vocabulary
_VISIBLE_SPACES = str.maketrans({"\n": "↵", "\t": "→", "\r": "↵", " ": "␣", "\u00a0": "⍽"})


class Vocabulary:
    """The readable side of one tokenizer. Only the thread that owns the tokenizer may use it."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self.special_ids = frozenset(tokenizer.all_special_ids)
        self._read = _reader(tokenizer)
        self._known: dict[int, tuple[str, str]] = {}

    def entry(self, token_id: int) -> tuple[str, str]:
        """(as the vocabulary writes it, as a person reads it)."""
        known = self._known.get(token_id)
        if known is None:
            known = self._known[token_id] = self._look_up(token_id)
        return known

    def _look_up(self, token_id: int) -> tuple[str, str]:
        token = self._tokenizer.convert_ids_to_tokens(token_id)
        if token is None:
            shown = NO_ENTRY.format(token_id=token_id)
            return shown, shown
        if token_id in self.special_ids:
            return token, token
        return token, self._read(token)


def _reader(tokenizer: Any) -> Callable[[str], str]:
    """The way back from an entry to text, by the kind of the tokenizer's decoder."""
    kinds = _decoder_kinds(tokenizer)
    if "ByteLevel" in kinds:
        return _read_byte_level
    if "WordPiece" in kinds:
        return _read_word_piece
    if "Metaspace" in kinds or "ByteFallback" in kinds:
        return _read_metaspace
    return _read_plain


def _decoder_kinds(tokenizer: Any) -> set[str]:
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None or backend.decoder is None:
        # A tokenizer written in Python: only its entries can tell.
        vocabulary = tokenizer.get_vocab()
        if any(entry.startswith("##") for entry in vocabulary):
            return {"WordPiece"}
        return {"Metaspace"} if any(entry.startswith("▁") for entry in vocabulary) else set()
    # The repr names the decoder and, for a sequence, each of its parts.
    description = repr(backend.decoder)
    return {
        kind
        for kind in ("ByteLevel", "WordPiece", "Metaspace", "ByteFallback")
        if f"{kind}(" in description
    }


def _read_word_piece(token: str) -> str:
    token = _make_visible(token) if not token.isprintable() else token
    return CONTINUES + token[2:] if token.startswith("##") else token


def _read_byte_level(token: str) -> str:
    try:
        raw = bytes(byte_of_character()[character] for character in token)
    except KeyError:  # an added token, written as plain text
        return token
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        # Part of a character: its bytes are all that can be said.
        return "⟨" + raw.hex(" ").upper() + "⟩"
    return _mark_continuation(text, starts_word=text.startswith(" "))


def _read_metaspace(token: str) -> str:
    if token.startswith("<0x") and token.endswith(">"):
        return "⟨" + token[3:-1] + "⟩"
    return _mark_continuation(token.replace("▁", " "), starts_word=token.startswith("▁"))


def _read_plain(token: str) -> str:
    return token.removesuffix("</w>")


def _mark_continuation(text: str, *, starts_word: bool) -> str:
    body = text.removeprefix(" ") if starts_word else text
    if not body.strip():
        return _make_visible(text) or NOTHING
    visible = _make_visible(body) if not body.isprintable() else body
    # Punctuation stands without a space by itself: dots before it would only disturb.
    return CONTINUES + visible if not starts_word and body[0].isalnum() else visible


def _make_visible(text: str) -> str:
    """White space as signs, and what has no look of its own as its code point."""
    marked = text.translate(_VISIBLE_SPACES)
    return "".join(c if c.isprintable() else f"⟨U+{ord(c):04X}⟩" for c in marked)


@lru_cache(maxsize=1)
def byte_of_character() -> dict[str, int]:
    """Byte-level BPE's alphabet: a printable character for each of the 256 bytes.

    Printable Latin-1 stands for itself; the others are moved, in order, to U+0100 and after.
    Source: Radford et al. 2019, the GPT-2 encoder.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    moved = [byte for byte in range(256) if byte not in set(printable)]
    table = {chr(byte): byte for byte in printable}
    table.update({chr(0x100 + i): byte for i, byte in enumerate(moved)})
    return table
