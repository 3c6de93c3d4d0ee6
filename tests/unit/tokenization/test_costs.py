"""What a text costs in tokens, what is exported of it, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from loupe.errors import EmptyText, InvalidInput, LoupeError, TextTooLong
from loupe.tokenization import MAX_CHARACTERS, Role, cut, export
from loupe.tokenization.costs import REFERENCE, costs_of, costs_of_languages
from tests.unit.tokenization.built import KINDS, LIMIT, alone


def test_counts_are_those_of_the_tokens() -> None:
    found = cut(alone("WordPiece"), "the ☃ é", "tiny")
    costs = costs_of(found)
    assert costs.tokens == len(found.content) == costs.framed - 2
    assert costs.characters == 7
    assert costs.bytes == len("the ☃ é".encode())
    assert costs.unknown == 1
    assert costs.unknown_share == 1 / costs.tokens
    assert costs.lost_share == 1 / len("the☃é")
    assert costs.characters_per_token == 7 / costs.tokens
    assert costs.context_used == costs.framed / LIMIT


@pytest.mark.parametrize("kind", KINDS)
def test_counting_alone_counts_the_same(kind: str) -> None:
    text = "The capital of <s> France, [UNK] ☃ é and 我"
    whole = cut(alone(kind), text, "tiny")
    counted = cut(alone(kind), text, "tiny", with_stages=False)
    assert costs_of(counted) == costs_of(whole)
    assert counted.stages is None
    assert [t.token_id for t in counted.tokens] == [t.token_id for t in whole.tokens]


def test_a_text_that_leaves_no_token_has_no_ratio() -> None:
    costs = costs_of(cut(alone("WordPiece"), " ", "tiny"))
    assert costs.tokens == 0
    assert costs.characters_per_token is None
    assert costs.bytes_per_token is None
    assert costs.unknown_share == 0.0


def test_a_sentence_that_is_one_unknown_token_is_lost_whole() -> None:
    costs = costs_of(cut(alone("Unigram, Metaspace"), "我喜欢喝茶", "tiny"))
    assert costs.unknown == 1
    assert costs.unknown_share < 1
    assert costs.lost_share == 1.0


def test_languages_are_measured_against_english() -> None:
    counted = costs_of_languages(alone("byte-level BPE"), {"en": "the cat", "zh": "我喜欢喝茶"})
    assert [one.language for one in counted] == ["en", "zh"]
    english, chinese = counted
    assert english.language == REFERENCE
    assert english.relative == 1.0
    assert chinese.relative == chinese.costs.tokens / english.costs.tokens > 1


def test_rows_hold_every_token_and_nothing_else() -> None:
    text = "the <s> é 😀"
    found = cut(alone("byte-level BPE, framed"), text, "tiny")
    rows = export.rows(found)
    assert [row["token_id"] for row in rows] == [token.token_id for token in found.tokens]
    for row, token in zip(rows, found.tokens, strict=True):
        assert row["text"] == (None if token.span is None else text[slice(*token.span)])
        assert bytes.fromhex(str(row["data"])) == token.data
        assert (row["role"] == "frame") == (token.role is Role.FRAME)


def test_json_says_its_version_and_all_stages() -> None:
    found = cut(alone("WordPiece"), "Zoë’s [MASK]", "tiny")
    held = json.loads(export.to_json(found))
    assert held["schema_version"] == export.SCHEMA_VERSION == 1
    assert held["stages"]["normalised"] == "zoe’s [MASK]"
    assert held["agreement"] == {"same_ids": True, "same_places": True, "trimmed": 0}
    assert held["costs"]["tokens"] == len(found.content)
    assert len(held["tokens"]) == len(found.tokens)
    assert cut(alone("WordPiece"), "a", "tiny", with_stages=False).stages is None


REFUSED: dict[str, tuple[Callable[[], str], type[LoupeError]]] = {
    "empty": (lambda: "", EmptyText),
    "too long": (lambda: "a" * (MAX_CHARACTERS + 1), TextTooLong),
    "half a character": (lambda: "a\ud83d b", InvalidInput),
}


@pytest.mark.parametrize("cause", REFUSED)
def test_what_cannot_be_cut_is_refused_with_a_way_out(cause: str) -> None:
    text, kind = REFUSED[cause]
    with pytest.raises(kind) as caught:
        cut(alone("WordPiece"), text(), "tiny")
    assert caught.value.remedy
    assert "{" not in str(caught.value)


def test_the_longest_text_is_not_cut_off() -> None:
    text = "the cat " * 12_500
    found = cut(alone("byte-level BPE"), text, "tiny")
    assert found.agreement is not None
    assert found.agreement.holds
    assert found.comes_back
    # Far beyond what the checkpoint reads.
    assert costs_of(found).framed > 100 * LIMIT
