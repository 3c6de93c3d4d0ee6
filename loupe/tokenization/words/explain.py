"""The steps by which a model of the tokenizers library cut one word."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from loupe.tokenization.sentence_piece import SPACE
from loupe.tokenization.shelf import Held
from loupe.tokenization.words.bpe import BpeCut, merge_pairs
from loupe.tokenization.words.unigram import UnigramCut, best_segmentations
from loupe.tokenization.words.word_piece import WordPieceCut, cut_word_piece

# Beyond this nobody follows the steps, and of BPE their number grows with the square.
WORD_CHARACTERS_MAX = 120
SEGMENTATIONS = 8
_TABLE = "model table"

Steps = BpeCut | WordPieceCut | UnigramCut


@dataclass(frozen=True, slots=True)
class WordCut:
    """word: what the model was given. pieces, ids: what it makes of it, as the library says.

    steps: None for a word that is too long, and for a model whose steps are not known here.
    agrees: whether these steps end in the library's pieces.
    """

    word: str
    pieces: tuple[str, ...]
    ids: tuple[int, ...]
    steps: Steps | None
    agrees: bool


class ModelTable:
    """What a model knows, in a form that can be looked into. Read once, for large ones take long.

    model: of the tokenizers library.
    """

    def __init__(self, model: Any) -> None:
        state = json.loads(model.__getstate__())
        self._model = model
        self.kind = str(state["type"])
        self.byte_fallback = bool(state.get("byte_fallback"))
        self._state = {
            name: value for name, value in state.items() if name not in ("vocab", "merges")
        }
        self._scores: dict[str, float] = {}
        self._ranks: dict[tuple[str, str], int] = {}
        self._longest = 0
        if self.kind == "Unigram":
            self._scores = {piece: float(score) for piece, score in state["vocab"]}
            self._longest = max(map(len, self._scores), default=0)
        elif self.kind == "BPE":
            self._ranks = _ranks(state["merges"])

    def explain(self, word: str) -> WordCut:
        """The steps for one word."""
        tokens = self._model.tokenize(word)
        pieces = tuple(token.value for token in tokens)
        steps = self._steps(word) if 0 < len(word) <= WORD_CHARACTERS_MAX else None
        return WordCut(
            word,
            pieces,
            tuple(token.id for token in tokens),
            steps,
            steps is not None and self._written(steps) == pieces,
        )

    def _steps(self, word: str) -> Steps | None:
        if self.kind == "WordPiece":
            return cut_word_piece(
                word,
                lambda piece: self._model.token_to_id(piece) is not None,
                prefix=self._state["continuing_subword_prefix"],
                longest_word=self._state["max_input_chars_per_word"],
            )
        if self.kind == "Unigram" and self._scores:
            return best_segmentations(
                word, self._scores, count=SEGMENTATIONS, longest_piece=self._longest
            )
        if self.kind == "BPE":
            return self._merge(word)
        return None

    def _merge(self, word: str) -> BpeCut:
        if self._state.get("ignore_merges") and self._has(word):
            return BpeCut((word,), (), is_whole=True)
        prefix = self._state.get("continuing_subword_prefix") or ""
        suffix = self._state.get("end_of_word_suffix") or ""
        start: list[str] = []
        was_unknown = False
        for at, character in enumerate(word):
            piece = (prefix if at else "") + character + (suffix if at == len(word) - 1 else "")
            is_known = self._has(piece)
            found = [piece] if is_known else self._bytes(piece) if self.byte_fallback else None
            if found is None:
                # Neighbours that are unknown are one sign, where the tokenizer fuses them.
                is_fused = was_unknown and self._state.get("fuse_unk")
                unknown = self._state.get("unk_token")
                found = [unknown] if unknown and not is_fused else []
                was_unknown = True
            else:
                was_unknown = False
            start += found
        return merge_pairs(start, self._ranks, prefix=prefix)

    def _written(self, steps: Steps) -> tuple[str, ...]:
        """The pieces that the steps end in, with what the vocabulary lacks as it is written."""
        if steps.pieces is None:
            return (self._state["unk_token"],)
        if isinstance(steps, UnigramCut):
            return tuple(
                part
                for piece in steps.pieces
                for part in (
                    self._bytes(piece) if self.byte_fallback and piece not in self._scores else None
                )
                or [piece]
            )
        return steps.pieces

    def _bytes(self, piece: str) -> list[str] | None:
        written = [f"<0x{byte:02X}>" for byte in piece.encode()]
        return written if all(map(self._has, written)) else None

    def _has(self, piece: str) -> bool:
        return self._model.token_to_id(piece) is not None


def _ranks(merges: list[Any]) -> dict[tuple[str, str], int]:
    """Older files write a pair as one text, `left right`."""
    pairs = (tuple(pair.split(" ")) if isinstance(pair, str) else tuple(pair) for pair in merges)
    return {(left, right): rank for rank, (left, right) in enumerate(pairs)}


def explain_word(held: Held, word: str) -> WordCut:
    """The steps for one word that the tokenizer's model was given; see `CutText.stages`."""
    table = held.memo.get(_TABLE)
    if table is None:
        table = held.memo[_TABLE] = _table(held.alone.tokenizer)
    explained: WordCut = table.explain(word)
    return explained


def _table(tokenizer: Any) -> ModelTable | SentencePieceTable:
    if tokenizer.is_fast:
        return ModelTable(tokenizer.backend_tokenizer.model)
    return SentencePieceTable(tokenizer)


class SentencePieceTable:
    """The same of a Marian tokenizer, whose model SentencePiece holds."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        spm = tokenizer.current_spm
        self._scores = {
            spm.id_to_piece(i): float(spm.get_score(i))
            for i in range(spm.get_piece_size())
            if not spm.is_control(i) and not spm.is_unknown(i)
        }
        self._longest = max(map(len, self._scores), default=0)

    def explain(self, word: str) -> WordCut:
        """The steps for one word, as a Unigram model takes them."""
        # As it comes from the normalised text: a second space before it would be another word.
        pieces = tuple(self._tokenizer.current_spm.encode(word.replace(SPACE, " "), out_type=str))
        steps = None
        if 0 < len(word) <= WORD_CHARACTERS_MAX and self._scores:
            steps = best_segmentations(
                word, self._scores, count=SEGMENTATIONS, longest_piece=self._longest
            )
        return WordCut(
            word,
            pieces,
            tuple(self._tokenizer.convert_tokens_to_ids(list(pieces))),
            steps,
            steps is not None and steps.pieces == pieces,
        )
