"""Tokenizers written in Python: the stages that Marian has, and what others do not show."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from loupe.checkpoints.tokenizer_alone import TokenizerAlone
from loupe.tokenization import Role, cut
from loupe.tokenization.words.explain import SentencePieceTable
from tests.tiny_models import make_tiny, without_moses
from tests.unit.tokenization.texts import HARD

TEXTS = [text for text in HARD if text.strip()]


@pytest.fixture(scope="module")
def marian(tmp_path_factory: pytest.TempPathFactory) -> TokenizerAlone:
    import transformers

    folder: Path = make_tiny("marian", tmp_path_factory.mktemp("marian"))
    with without_moses():
        return TokenizerAlone(transformers.AutoTokenizer.from_pretrained(folder), 64)


@cache
def byt5() -> TokenizerAlone:
    import transformers

    return TokenizerAlone(transformers.ByT5Tokenizer(), None)


@pytest.mark.parametrize("text", TEXTS)
def test_marians_stages_add_up(marian: TokenizerAlone, text: str) -> None:
    found = cut(marian, text, "tiny")
    assert found.agreement is not None
    assert found.agreement.holds
    assert [t.token_id for t in found.tokens] == marian.tokenizer(text)["input_ids"]
    assert found.stages is not None
    assert found.tokens[-1].role is Role.FRAME
    # The places are in order and each is a part of the text.
    ends = 0
    for token in found.content:
        if token.span is not None:
            assert ends <= token.span[1] <= len(text)
            ends = token.span[1]


@pytest.mark.parametrize("text", TEXTS)
def test_marians_words_are_cut_as_unigram_cuts_them(marian: TokenizerAlone, text: str) -> None:
    found = cut(marian, text, "tiny")
    table = SentencePieceTable(marian.tokenizer)
    assert found.stages is not None
    for number, word in enumerate(found.stages.words):
        explained = table.explain(word.text)
        assert explained.agrees, word
        own = [token.token_id for token in found.tokens if token.word == number]
        assert list(explained.ids) == own


def test_a_language_and_own_tokens_are_set_apart(marian: TokenizerAlone) -> None:
    found = cut(marian, ">>fra<< The capital </s> of", "tiny")
    assert found.stages is not None
    assert [part.text for part in found.stages.written] == [">>fra<<", "</s>"]
    assert [t.piece for t in found.tokens if t.role is Role.WRITTEN] == [">>fra<<", "</s>"]
    # The one at the end was put there.
    assert found.tokens[-1].piece == "</s>"
    assert found.tokens[-1].role is Role.FRAME


def test_what_shows_no_stages_still_shows_its_tokens() -> None:
    text = "héllo 😀"
    found = cut(byt5(), text, "tiny")
    assert found.stages is None
    assert found.agreement is None
    assert found.model == "ByT5Tokenizer"
    assert len(found.content) == len(text.encode())
    assert found.tokens[-1].role is Role.FRAME
    assert found.comes_back


def test_a_piece_that_only_sentencepiece_has_is_unknown(marian: TokenizerAlone) -> None:
    found = cut(marian, "a ☃ b", "tiny")
    unknown: list[Any] = [token for token in found.content if token.is_unknown]
    assert [found.text[slice(*token.span)] for token in unknown] == ["☃"]
