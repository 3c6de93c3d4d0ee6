"""Every token's place in the text, for every kind of tokenizer."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loupe.engine.encoding import MAX_CHARACTERS, encode, vocabulary_of, written_masks
from loupe.engine.loaded import LoadedModel
from loupe.errors import InvalidInput, TextTooLong
from loupe.traces import TokenKind
from tests.loaded import load_tiny

KINDS = ("bert", "roberta", "albert", "xlm-roberta", "modernbert")


@pytest.fixture(scope="module", params=KINDS)
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load_tiny(request.param, tmp_path_factory.mktemp("tiny") / request.param)


def test_ids_are_the_library_s_own(loaded: LoadedModel) -> None:
    text = "It isn't easy to be naïve in a café. 😀 我喜欢喝茶。"
    encoding = encode(loaded, text)
    assert list(encoding.input_ids) == loaded.tokenizer(text)["input_ids"]
    assert [record.token_id for record in encoding.records] == list(encoding.input_ids)


def test_an_emoji_split_over_tokens_is_one_group_with_one_place(loaded: LoadedModel) -> None:
    text = "so 👩‍👩‍👧 too"
    encoding = encode(loaded, text)
    family = [r for r in encoding.records if r.span and r.span[0] < 8 and r.span[1] > 3]
    assert family
    assert len({record.group for record in family}) == 1
    neighbours = {r.group for r in encoding.records if r.span and r.span[1] <= 2}
    assert family[0].group not in neighbours


def test_masks_of_any_spelling_keep_their_place_in_the_original(loaded: LoadedModel) -> None:
    text = "a ___ b [MASK] c <mask> d"
    encoding = encode(loaded, text)
    spans = [encoding.records[i].span for i in encoding.masks]
    assert [text[slice(*span)] for span in spans if span] == ["___", "[MASK]", "<mask>"]
    after = [r for r in encoding.records if r.span and r.span[0] >= text.index("d")]
    assert after, "the text behind the masks has its own place"
    assert "".join(text[slice(*r.span)] for r in after if r.span) == "d"


def test_special_and_unknown_tokens_are_told_apart(loaded: LoadedModel) -> None:
    encoding = encode(loaded, "a ☃ b")
    kinds = [record.kind for record in encoding.records]
    assert kinds[0] is TokenKind.SPECIAL
    assert kinds[-1] is TokenKind.SPECIAL
    unknown = [r for r in encoding.records if r.kind is TokenKind.UNKNOWN]
    byte_level = "ByteLevel" in repr(loaded.tokenizer.backend_tokenizer.decoder)
    assert bool(unknown) is not byte_level
    assert all(record.text == "☃" for record in unknown)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(st.characters(codec="utf-8"), max_size=25))
def test_spans_stay_in_the_text_and_in_order(loaded: LoadedModel, text: str) -> None:
    try:
        encoding = encode(loaded, text)
    except TextTooLong:
        return
    last_start, last_group = 0, -1
    for record in encoding.records:
        assert record.group in (last_group, last_group + 1)
        last_group = record.group
        if record.span is not None:
            start, end = record.span
            assert 0 <= start < end <= len(text)
            assert start >= last_start
            last_start = start


def test_half_a_character_and_a_huge_text_are_refused(loaded: LoadedModel) -> None:
    with pytest.raises(InvalidInput, match="half a character at position 3"):
        encode(loaded, "ab\ud83d")
    with pytest.raises(TextTooLong, match=f"{MAX_CHARACTERS:,}"):
        encode(loaded, "a" * (MAX_CHARACTERS + 1))


def test_entries_of_the_vocabulary_are_readable(loaded: LoadedModel) -> None:
    vocabulary = vocabulary_of(loaded)
    assert vocabulary_of(loaded) is vocabulary
    shown = [vocabulary.entry(i)[1] for i in range(len(loaded.tokenizer))]
    assert all(shown), "nothing is invisible"
    assert not any("Ġ" in text or "▁" in text or "##" in text for text in shown)
    assert any(text.startswith("…") for text in shown)
    assert all(text.isprintable() for text in shown)
    token, text = vocabulary.entry(len(loaded.tokenizer) + 10_000)
    assert token == text
    assert "no entry" in text


def test_underscores_in_code_are_masks_only_from_three_on() -> None:
    assert written_masks("a_b __c__ d", "[MASK]") == []
    assert written_masks("x ___ y ______", "[MASK]") == [(2, 5), (8, 14)]
