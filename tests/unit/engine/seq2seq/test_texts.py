"""From texts to ids and back, with every token's place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from transformers import NllbTokenizer

from loupe.engine.loaded import LoadedModel
from loupe.engine.seq2seq.languages import language_ids, languages, start_for
from loupe.engine.seq2seq.settings import Start, start_of
from loupe.engine.seq2seq.texts import read_source, read_target, source_ids, target_ids
from loupe.errors import EmptyText, InvalidInput, TextTooLong
from loupe.traces import TokenKind

TEXTS = [
    "The cat sleeps on the mat.",
    "It isn't easy to be naïve in a café, is it?",
    "我喜欢喝茶。今天天气很好。",
    "Emoji work too: 😀 👍🏽 👩‍👩‍👧 🎉 end",
    "3.14,   2026",
]


@pytest.mark.parametrize("text", TEXTS)
def test_tokens_of_an_output_stand_where_they_say(pair: LoadedModel, text: str) -> None:
    ids = target_ids(pair, text)
    shown, records = read_target(pair, ids)
    assert shown == pair.tokenizer.decode(list(ids), skip_special_tokens=True)
    assert tuple(record.token_id for record in records) == ids
    covered = set()
    last, group = 0, -1
    for record in records:
        if record.span is None:
            assert record.kind is not TokenKind.TEXT or not record.token.strip("▁ ")
            continue
        start, end = record.span
        assert start >= last or record.group == group
        assert shown[start:end]
        covered |= set(range(start, end))
        last, group = max(last, end), record.group
    missing = {i for i, character in enumerate(shown) if not character.isspace()} - covered
    assert not missing


def test_tokens_of_one_character_share_its_place(tiny: Callable[[str], LoadedModel]) -> None:
    bart = tiny("bart")
    text, records = read_target(bart, target_ids(bart, "a ⴰ b 𝔘"))
    parts = [record for record in records if record.span and text[slice(*record.span)] == "𝔘"]
    assert len(parts) > 1, "the tiny vocabulary has only its bytes"
    assert len({record.group for record in parts}) == 1
    assert {record.group for record in parts}.isdisjoint(
        record.group for record in records if record not in parts
    )


def test_a_text_that_ends_within_a_character_is_shown_as_such(
    tiny: Callable[[str], LoadedModel],
) -> None:
    bart = tiny("bart")
    ids = target_ids(bart, "b 𝔘")[:-2]
    text, records = read_target(bart, ids)
    assert text.endswith("\ufffd")
    assert records[-1].span == (len(text) - 1, len(text))


def test_a_target_has_the_end_and_nothing_else_that_is_special(pair: LoadedModel) -> None:
    special = set(pair.tokenizer.all_special_ids)
    ids = target_ids(pair, TEXTS[0])
    assert ids[-1] == pair.tokenizer.eos_token_id
    assert not special & set(ids[:-1])


def test_many_sources_are_read_as_each_alone(pair: LoadedModel) -> None:
    assert [tuple(row) for row in source_ids(pair, TEXTS)] == [
        read_source(pair, text).input_ids for text in TEXTS
    ]


def test_a_source_has_the_tokens_of_its_language_and_the_tokenizer_is_left_as_it_was(
    tiny: Callable[[str], LoadedModel],
) -> None:
    mbart = tiny("mbart")
    known = language_ids(mbart)
    before = mbart.tokenizer("The cat").input_ids
    assert before[0] == known["en_XX"]
    chinese = read_source(mbart, "The cat", "zh_CN").input_ids
    assert chinese == (known["zh_CN"], *before[1:])
    assert source_ids(mbart, ["The cat"], "zh_CN") == [list(chinese)]
    assert mbart.tokenizer("The cat").input_ids == before
    with pytest.raises(ValueError, match="stop"), languages(mbart, "zh_CN", "fr_XX"):
        raise ValueError("stop")
    assert mbart.tokenizer("The cat").input_ids == before


def test_an_output_starts_with_its_language(tiny: Callable[[str], LoadedModel]) -> None:
    mbart = tiny("mbart")
    known = language_ids(mbart)
    assert start_of(mbart) == Start(2)
    assert start_for(mbart, "fr_XX") == Start(2, known["fr_XX"])
    # mBART's first checkpoints begin with the language itself.
    carried = mbart.model.generation_config
    carried.decoder_start_token_id = known["en_XX"]
    try:
        assert start_for(mbart, "fr_XX") == Start(known["fr_XX"])
    finally:
        carried.decoder_start_token_id = 2
    assert start_for(tiny("bart"), None) == Start(2, 0)


def test_an_unknown_language_is_refused_with_those_that_are_known(
    tiny: Callable[[str], LoadedModel],
) -> None:
    with pytest.raises(InvalidInput, match="fr_XX") as caught:
        read_source(tiny("mbart"), "The cat", "xx_YY")
    assert "xx_YY" in str(caught.value)
    with pytest.raises(InvalidInput):
        start_for(tiny("mbart"), "fr")
    # A special token that is no language.
    with pytest.raises(InvalidInput):
        start_for(tiny("mbart"), "</s>")
    with pytest.raises(InvalidInput):
        read_source(tiny("t5"), "The cat", "en_XX")


@pytest.mark.parametrize("text", ["half \ud83d here", "\udc00"])
def test_half_a_character_is_refused(pair: LoadedModel, text: str) -> None:
    for read in (lambda: read_source(pair, text), lambda: target_ids(pair, text)):
        with pytest.raises(InvalidInput, match="half a character"):
            read()
    with pytest.raises(InvalidInput, match="half a character"):
        source_ids(pair, [text])


def test_a_source_without_bound_is_bounded_by_memory(
    tiny: Callable[[str], LoadedModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    t5 = tiny("t5")
    assert t5.context_length is None
    monkeypatch.setattr("loupe.engine.seq2seq.texts.MAX_SOURCE_TOKENS", 20)
    with pytest.raises(TextTooLong, match="at most 20"):
        read_source(t5, "cat " * 20)
    assert read_source(t5, "cat")


def test_a_source_beyond_the_context_is_refused(pair: LoadedModel) -> None:
    long = "cat " * 200
    if pair.context_length is None:
        assert len(read_source(pair, long).input_ids) > 200
        return
    for read in (lambda: read_source(pair, long), lambda: source_ids(pair, [long])):
        with pytest.raises(TextTooLong, match=str(pair.context_length)):
            read()


def test_a_text_of_which_nothing_is_left_is_refused(pair: LoadedModel) -> None:
    with pytest.raises(EmptyText):
        read_source(pair, "")
    with pytest.raises(EmptyText):
        target_ids(pair, "")


def test_languages_of_nllb_are_found_and_those_without_a_row_are_not(
    tiny: Callable[[str], LoadedModel],
) -> None:
    vocabulary = {token: i for i, token in enumerate(["<s>", "<pad>", "</s>", "<unk>", "▁", "a"])}
    nllb = NllbTokenizer(vocab=vocabulary, merges=[], src_lang="eng_Latn", tgt_lang="fra_Latn")
    loaded = replace(tiny("mbart"), tokenizer=nllb, memo={})
    rows = loaded.model.get_input_embeddings().weight.shape[0]
    known = language_ids(loaded)
    assert known["eng_Latn"] == nllb.convert_tokens_to_ids("eng_Latn")
    assert len(nllb) > rows, "some languages are beyond this model's rows"
    assert 100 < len(known) < 202
    assert max(known.values()) == rows - 1
    assert all(nllb.convert_ids_to_tokens(i) == code for code, i in known.items())
    with languages(loaded, "fra_Latn", None):
        assert nllb("a").input_ids[0] == known["fra_Latn"]
    assert nllb("a").input_ids[0] == known["eng_Latn"]
