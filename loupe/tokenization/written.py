"""The tokenizer's own tokens where they are written in a text: they are set apart first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tokenizers import AddedToken, Tokenizer
from tokenizers.models import WordLevel

from loupe.tokenization.records import Span

# Stands for what lies between; no vocabulary has it.
_BETWEEN = "\x00between"


@dataclass(frozen=True, slots=True)
class Found:
    """One of the tokens, or what lies between two (token_id None). span: of what was searched."""

    span: Span
    token_id: int | None = None
    content: str = ""


class OwnTokens:
    """Finds tokens in texts as the library does, by its own search over them.

    tokens: id and description. normalizer: applied to what is searched for, as the library does
    where it looks for them in the normalised text.
    """

    def __init__(
        self, tokens: Sequence[tuple[int, AddedToken]], normalizer: Any | None = None
    ) -> None:
        # A tokenizer that knows nothing else: what it finds is found by the library's own rules
        # (the longest first, whole words only, white space beside it taken along). Its first
        # entry is what lies between; tokens are numbered in the order in which they are added.
        self._search = Tokenizer(WordLevel({_BETWEEN: 0}, unk_token=_BETWEEN))
        self._found: dict[int, tuple[int, str]] = {}
        contents: set[str] = set()
        for token_id, token in tokens:
            content = token.content
            if normalizer is not None:
                content = normalizer.normalize_str(content)
            if not content or content in contents:
                continue
            contents.add(content)
            self._found[len(contents)] = (token_id, token.content)
            self._search.add_tokens(
                [
                    AddedToken(
                        content,
                        single_word=token.single_word,
                        lstrip=token.lstrip,
                        rstrip=token.rstrip,
                        normalized=False,
                    )
                ]
            )

    def find(self, text: str) -> list[Found]:
        """The whole text in order: tokens, and what lies between them."""
        if not self._found:
            return [Found((0, len(text)))] if text else []
        encoding = self._search.encode(text)
        return [
            Found(span, *self._found.get(number, ()))
            for number, span in zip(encoding.ids, encoding.offsets, strict=True)
        ]
