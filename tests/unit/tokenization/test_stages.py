"""The stages, each by itself and one after the other, are the library's own encoding."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from tokenizers import Tokenizer, normalizers

from loupe.checkpoints.tokenizer_alone import TokenizerAlone
from loupe.tokenization import Role, cut
from loupe.tokenization.fast import fast_stages
from loupe.tokenization.records import Agreement
from loupe.tokenization.words.explain import ModelTable
from tests.tiny_models import tiny_tokenizer
from tests.unit.tokenization.built import KINDS, LIMIT, alone, backend
from tests.unit.tokenization.texts import HARD, TEXTS

EXAMPLES = 40


def unframed(kind: str) -> Tokenizer:
    """The same tokenizer without its last stage: what it reports are the model's own places."""
    plain = Tokenizer.from_str(backend(kind).to_str())
    plain.post_processor = None
    return plain


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def library(kind: str) -> Tokenizer:
    return unframed(kind)


def assert_stages_are_the_library(kind: str, library: Tokenizer, text: str) -> None:
    stages, tokens = fast_stages(backend(kind), text)
    encoded = library.encode(text, add_special_tokens=False)
    assert [token.token_id for token in tokens] == encoded.ids
    assert [token.span for token in tokens] == encoded.offsets
    # Each word alone, in the model's hands, gives the tokens that are said to be its own.
    model = backend(kind).model
    for number, word in enumerate(stages.words):
        own = [token.piece for token in tokens if token.word == number]
        assert [token.value for token in model.tokenize(word.text)] == own
    # Every step of a splitter begins with what the one before it left.
    for part in [*stages.words, *stages.written]:
        assert 0 <= part.span[0] <= part.span[1] <= len(text)
    starts = [part.span[0] for part in stages.words]
    assert starts == sorted(starts)


@pytest.mark.parametrize("text", HARD)
def test_stages_add_up_to_the_librarys_encoding(kind: str, library: Tokenizer, text: str) -> None:
    assert_stages_are_the_library(kind, library, text)


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
@given(text=TEXTS)
@example(text="x <x>y<x> foxfox fox")
def test_stages_add_up_for_any_text(kind: str, library: Tokenizer, text: str) -> None:
    assert_stages_are_the_library(kind, library, text)


@pytest.mark.parametrize("text", HARD)
def test_parts_of_the_normaliser_end_in_the_normalised_text(kind: str, text: str) -> None:
    stages, _tokens = fast_stages(backend(kind), text)
    if not stages.normaliser:
        assert stages.normalised == text
        assert stages.changes == ()
        return
    # What is taken away whole is no part of either.
    assert stages.normaliser[-1].text == stages.normalised
    again = list(text)
    for change in reversed(stages.changes):
        assert text[slice(*change.span)] == change.before
        again[slice(*change.span)] = change.after
    # The changes, made by hand, give the normalised text, but for the sign of a space.
    assert "".join(again).replace("▁", " ") == stages.normalised.replace("▁", " ")
    assert all(a.span[1] <= b.span[0] for a, b in pairwise(stages.changes))


@pytest.mark.parametrize("text", [text for text in HARD if text.strip()])
def test_the_whole_says_that_it_agrees(kind: str, text: str) -> None:
    found = cut(alone(kind), text, "tiny")
    assert found.agreement is not None
    assert found.agreement.holds
    expected = alone(kind).tokenizer(text)["input_ids"]
    assert [token.token_id for token in found.tokens] == expected
    assert found.limit == LIMIT
    assert not any(token.role is Role.FRAME for token in found.content)


@pytest.mark.parametrize("family", ["modernbert", "xlm-roberta", "albert", "t5", "bart", "mbart"])
def test_the_families_of_transformers_agree(family: str) -> None:
    tokenizer = TokenizerAlone(tiny_tokenizer(family), LIMIT)
    table = ModelTable(tokenizer.tokenizer.backend_tokenizer.model)
    for text in HARD:
        found = cut(tokenizer, text, family)
        assert found.agreement is not None
        assert found.agreement.holds
        assert found.stages is not None
        assert all(table.explain(word.text).agrees for word in found.stages.words)


def test_a_stage_that_is_done_otherwise_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = fast_stages

    class Swapped:
        """The same tokenizer with another normaliser."""

        normalizer = normalizers.Replace("a", "b")

        def __init__(self, whole: Any) -> None:
            self._whole = whole

        def __getattr__(self, name: str) -> Any:
            return getattr(self._whole, name)

    monkeypatch.setattr("loupe.tokenization.cutting.fast_stages", lambda b, t: real(Swapped(b), t))
    found = cut(alone("byte-level BPE"), "a cat sat", "tiny")
    assert found.agreement == Agreement(same_ids=False, same_places=False, trimmed=0)
    # The tokens shown are the library's all the same.
    assert [t.token_id for t in found.tokens] == alone("byte-level BPE").tokenizer("a cat sat")[
        "input_ids"
    ]


def test_own_tokens_are_set_apart_first() -> None:
    text = "A <x>y b <x>  foxes fox Capital capital"
    found = cut(alone("own tokens"), text, "tiny")
    assert found.stages is not None
    written = [part.text for part in found.stages.written]
    # The longest first; a whole word only; found with white space beside it, and in any case where
    # the normalised text is searched.
    assert written == ["<x>y", " <x>  ", "fox", "Capital", "capital"]
    assert [t.piece for t in found.tokens if t.role is Role.WRITTEN] == [
        *("<x>y", "<x>", "fox", "capital", "capital")
    ]
    assert "foxes" not in written


def test_bytes_are_those_of_the_text() -> None:
    text = "é 😀 the"
    for kind in ("byte-level BPE", "Unigram, bytes", "BPE, bytes"):
        found = cut(alone(kind), text, "tiny")
        assert b"".join(token.data for token in found.content).replace(
            "▁".encode(), b" "
        ).strip() == text.encode().replace("é".encode(), "é".encode())


def test_tokens_of_one_character_are_one_group() -> None:
    for kind in ("byte-level BPE", "Unigram, bytes"):
        found = cut(alone(kind), "a 😀 b", "tiny")
        smile = [token for token in found.content if token.span and 2 in range(*token.span)]
        assert len(smile) > 1
        assert len({token.group for token in smile}) == 1
        others = {token.group for token in found.content if token not in smile and token.span}
        assert smile[0].group not in others


def test_what_a_vocabulary_lacks_is_marked() -> None:
    piece = cut(alone("WordPiece"), "the ☃ cat", "tiny")
    assert [token.is_unknown for token in piece.content].count(True) == 1
    in_bytes = cut(alone("Unigram, bytes"), "a☃", "tiny")
    assert sum(token.is_byte for token in in_bytes.content) == len("☃".encode())
    assert not any(token.is_unknown for token in in_bytes.content)
    level = cut(alone("byte-level BPE"), "the ☃ cat", "tiny")
    assert not any(token.is_unknown or token.is_byte for token in level.content)
