"""Sentences given as words, and which word each piece of a tokenizer belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from loupe.errors import UnsupportedCheckpoint


@dataclass(frozen=True, slots=True)
class WordPieces:
    """One sentence as tokens.

    input_ids: (T,). first_of: (T,), the word whose first piece stands there, else None.
    truncated: words at the end have no piece left.
    """

    input_ids: tuple[int, ...]
    first_of: tuple[int | None, ...]
    truncated: bool


def split_words(
    tokenizer: Any, sentences: Sequence[Sequence[str]], max_length: int
) -> list[WordPieces]:
    """Tokenise sentences as their words joined by spaces, cut to max_length.

    Joined, and not word by word: byte-level tokenizers know a word by the space before it, and
    whoever uses the model later will give it a text. Pieces of white space alone belong to no word.
    Raises UnsupportedCheckpoint for a tokenizer that does not tell where its pieces stand.
    """
    if not tokenizer.is_fast:
        raise UnsupportedCheckpoint(
            "This tokenizer does not tell which piece belongs to which word.",
            "Choose a checkpoint with a fast tokenizer (tokenizer.json).",
        )
    texts = [" ".join(words) for words in sentences]
    encoded = tokenizer(
        texts,
        truncation=True,
        max_length=max_length,
        return_offsets_mapping=True,
        return_special_tokens_mask=True,
        verbose=False,
    )
    return [
        _align(ids, offsets, special, text, words)
        for ids, offsets, special, text, words in zip(
            encoded["input_ids"],
            encoded["offset_mapping"],
            encoded["special_tokens_mask"],
            texts,
            sentences,
            strict=True,
        )
    ]


def _align(
    ids: Sequence[int],
    offsets: Sequence[tuple[int, int]],
    special: Sequence[int],
    text: str,
    words: Sequence[str],
) -> WordPieces:
    word_at = [i for i, word in enumerate(words) for _ in range(len(word) + 1)]  # with its space
    first_of: list[int | None] = []
    seen = -1
    for (start, end), is_special in zip(offsets, special, strict=True):
        piece = text[start:end]
        if is_special or not piece.strip():
            first_of.append(None)
            continue
        word = word_at[start + len(piece) - len(piece.lstrip())]
        first_of.append(word if word > seen else None)
        seen = max(seen, word)
    # Only the end can be cut off; a word in between without pieces is one the tokenizer drops.
    reached = max((end for _, end in offsets), default=0)
    return WordPieces(tuple(ids), tuple(first_of), truncated=bool(text[reached:].strip()))
