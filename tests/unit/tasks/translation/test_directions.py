"""What a checkpoint offers, and instructions that people paste along with their text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from loupe.engine.loaded import LoadedModel
from loupe.errors import InvalidInput
from loupe.tasks.translation import Direction, DirectionKind, directions, to_strip
from loupe.tasks.translation.directions import pasted_instruction, settle
from loupe.tasks.translation.language_names import iso_639_1, language_name

T5_TASKS = {
    "summarization": {"prefix": "summarize: ", "num_beams": 4},
    "translation_en_to_de": {"prefix": "translate English to German: "},
    "translation_en_to_fr": {"prefix": "translate English to French: ", "max_length": 300},
}
PASTED = "translate English to French: How are you?"


@contextmanager
def task_prefixes(loaded: LoadedModel, tasks: Any = T5_TASKS) -> Iterator[None]:
    loaded.model.config.task_specific_params = tasks
    try:
        yield
    finally:
        loaded.model.config.task_specific_params = None


@pytest.fixture
def t5(tiny: Callable[[str], LoadedModel]) -> Iterator[LoadedModel]:
    with task_prefixes(tiny("t5")):
        yield tiny("t5")


def test_t5_offers_the_translations_of_its_config_and_nothing_else(t5: LoadedModel) -> None:
    offered = directions(t5)
    assert offered.kind is DirectionKind.PREFIX
    assert [str(option.words) for option in offered.options] == [
        "English to German",
        "English to French",
    ]
    assert offered.default.prefix == "translate English to German: "


def test_a_t5_without_prefixes_does_not_say_its_direction(
    tiny: Callable[[str], LoadedModel],
) -> None:
    for tasks in (None, {}, {"summarization": {"prefix": "summarize: "}}):
        with task_prefixes(tiny("t5"), tasks):
            offered = directions(tiny("t5"))
        assert offered.kind is DirectionKind.UNKNOWN
        assert offered.default.prefix == ""
        assert "does not name" in str(offered.default.words)


def test_a_config_can_name_the_one_pair_of_a_model_that_takes_no_prefix(
    tiny: Callable[[str], LoadedModel],
) -> None:
    for values in ({}, {"prefix": ""}):
        with task_prefixes(tiny("t5"), {"translation_en_to_fr": values}):
            offered = directions(tiny("t5"))
        assert offered.kind is DirectionKind.FIXED
        assert str(offered.default.words) == "English to French"
        assert offered.default.prefix == ""
        assert to_strip(offered, PASTED) is not None


def test_multilingual_marian_offers_its_target_tokens(tiny: Callable[[str], LoadedModel]) -> None:
    offered = directions(tiny("marian"))
    assert offered.kind is DirectionKind.TOKEN
    assert [(option.prefix, str(option.words)) for option in offered.options] == [
        (">>fra<< ", "to French"),
        (">>deu<< ", "to German"),
    ]


def test_marian_without_tokens_offers_its_one_pair(
    tiny: Callable[[str], LoadedModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiny("marian").tokenizer, "supported_language_codes", [])
    offered = directions(tiny("marian"))
    assert offered.kind is DirectionKind.FIXED
    assert [str(option.words) for option in offered.options] == ["English to French"]
    assert offered.default.prefix == ""


def test_mbart_offers_any_two_of_its_languages(tiny: Callable[[str], LoadedModel]) -> None:
    offered = directions(tiny("mbart"))
    assert offered.kind is DirectionKind.LANGUAGES
    assert {"en_XX", "fr_XX", "zh_CN"} <= set(offered.languages)
    assert "<mask>" not in offered.languages
    assert str(offered.default.words) == "English to French"
    assert str(offered.between("zh_CN", "en_XX").words) == "Chinese (simplified) to English"
    with pytest.raises(InvalidInput, match="xx_YY"):
        offered.between("en_XX", "xx_YY")


def test_bart_says_nothing(tiny: Callable[[str], LoadedModel]) -> None:
    assert directions(tiny("bart")).kind is DirectionKind.UNKNOWN


@pytest.mark.parametrize(
    ("text", "instruction", "rest"),
    [
        (PASTED, "translate English to French:", "How are you?"),
        ("  Translate english  to french :\n How\nare you?", None, "How\nare you?"),
        ("translate Brazilian Portuguese to English: Oi", None, "Oi"),
        (">>fra<< How are you?", ">>fra<<", "How are you?"),
        (">>cmn_Hans<<你好", ">>cmn_Hans<<", "你好"),
    ],
)
def test_a_pasted_instruction_is_found(text: str, instruction: str | None, rest: str) -> None:
    found = pasted_instruction(text)
    assert found is not None
    assert found.rest == rest
    assert text.endswith(found.rest)
    if instruction:
        assert found.instruction == instruction


@pytest.mark.parametrize(
    "text",
    [
        "How are you?",
        "I translate English to French: it is my job.",
        "translate English to French:",
        "translate English to French:  \n",
        "translate this sentence",
        "a >>fra<< b",
        ">> quoted << text",
    ],
)
def test_a_text_without_an_instruction_is_left_alone(text: str) -> None:
    assert pasted_instruction(text) is None


def test_t5_takes_a_pasted_instruction_as_its_direction(t5: LoadedModel) -> None:
    offered = directions(t5)
    german = offered.default
    assert to_strip(offered, PASTED) is None
    direction, rest = settle(offered, german, PASTED)
    assert (direction.prefix, rest) == ("translate English to French: ", "How are you?")
    assert direction.target == "fr"
    # FLAN-T5 knows more than its config names.
    direction, rest = settle(offered, None, "translate English to Spanish: Hi")
    assert (direction.prefix, rest) == ("translate English to Spanish: ", "Hi")
    assert settle(offered, german, "How are you?") == (german, "How are you?")


def test_a_direction_of_another_checkpoint_is_refused(
    t5: LoadedModel, tiny: Callable[[str], LoadedModel]
) -> None:
    german = directions(t5).default
    for kind in ("marian", "bart", "mbart"):
        with pytest.raises(InvalidInput, match="English to German"):
            settle(directions(tiny(kind)), german, "Hi")
    with pytest.raises(InvalidInput, match="to French, to German"):
        settle(
            directions(tiny("marian")), Direction(DirectionKind.TOKEN, ">>x<< ", None, ">>x<<"), "a"
        )
    assert settle(directions(t5), german, "Hi") == (german, "Hi")


def test_a_model_without_prefixes_offers_to_take_the_instruction_away(
    tiny: Callable[[str], LoadedModel],
) -> None:
    for kind in ("t5", "marian", "bart", "mbart"):
        offered = directions(tiny(kind))
        found = to_strip(offered, PASTED)
        assert found is not None
        assert found.rest == "How are you?"
        # Until the person agrees, the text is what they wrote.
        assert settle(offered, None, PASTED) == (offered.default, PASTED)
        assert to_strip(offered, "How are you?") is None


def test_marian_takes_the_tokens_that_it_knows(tiny: Callable[[str], LoadedModel]) -> None:
    offered = directions(tiny("marian"))
    direction, rest = settle(offered, None, ">>deu<<Hi")
    assert (direction.target, direction.prefix, rest) == (">>deu<<", ">>deu<< ", "Hi")
    unknown = to_strip(offered, ">>xyz<< Hi")
    assert unknown is not None
    assert unknown.rest == "Hi"


@pytest.mark.parametrize(
    ("code", "name", "short"),
    [
        ("en", "English", "en"),
        ("eng_Latn", "English", "en"),
        ("en_XX", "English", "en"),
        ("__fr__", "French", "fr"),
        (">>deu<<", "German", "de"),
        ("zho_Hant", "Chinese (traditional)", "zh"),
        ("zh_CN", "Chinese (simplified)", "zh"),
        ("arb_Arab", "Arabic", "ar"),
        ("pt_BR", "Portuguese (Brazil)", "pt"),
        ("xyz", "xyz", "en"),
    ],
)
def test_codes_of_every_family_have_names(code: str, name: str, short: str) -> None:
    assert language_name(code) == name
    assert iso_639_1(code) == short


def test_a_direction_in_words_never_shows_a_code_that_has_a_name() -> None:
    words = Direction(DirectionKind.LANGUAGES, "", "eng_Latn", "zho_Hans").words
    assert str(words) == "English to Chinese (simplified)"
    assert words.template == "{source} to {target}"
