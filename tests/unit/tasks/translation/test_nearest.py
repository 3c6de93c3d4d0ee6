"""The direction of one checkpoint, found among those of another that names languages otherwise."""

from __future__ import annotations

import sacrebleu

from loupe.tasks.translation import (
    Direction,
    DirectionKind,
    Directions,
    nearest,
    same_language,
    score_each,
)

T5 = Directions(
    DirectionKind.PREFIX,
    (
        Direction(DirectionKind.PREFIX, "translate English to German: ", "en", "de"),
        Direction(DirectionKind.PREFIX, "translate English to French: ", "en", "fr"),
    ),
)
NLLB_CODES = ("eng_Latn", "fra_Latn", "zho_Hans", "zho_Hant")
NLLB = Directions(
    DirectionKind.LANGUAGES,
    (Direction(DirectionKind.LANGUAGES, "", "eng_Latn", "fra_Latn"),),
    NLLB_CODES,
)
MARIAN = Directions(
    DirectionKind.TOKEN,
    (
        Direction(DirectionKind.TOKEN, ">>deu<< ", None, ">>deu<<"),
        Direction(DirectionKind.TOKEN, ">>fra<< ", None, ">>fra<<"),
    ),
)
PAIR = Directions(DirectionKind.FIXED, (Direction(DirectionKind.FIXED, "", "en", "fr"),))
SILENT = Directions(DirectionKind.UNKNOWN, (Direction(DirectionKind.UNKNOWN),))


def test_the_same_languages_are_found_whatever_their_codes_are() -> None:
    for offered in (T5, NLLB, MARIAN, PAIR):
        for wanted in (T5.options[1], NLLB.default, MARIAN.options[1], PAIR.default):
            found = nearest(offered, wanted)
            assert found is not None
            assert found.target is not None
            assert same_language(found.target, "fr")
            assert found.kind is offered.kind


def test_the_same_script_is_taken_before_the_language_alone() -> None:
    wanted = Direction(DirectionKind.LANGUAGES, "", "en_XX", "zh_TW")
    found = nearest(NLLB, wanted)
    assert found is not None
    assert found.target == "zho_Hant"
    bare = nearest(NLLB, Direction(DirectionKind.FIXED, "", "en", "zh"))
    assert bare is not None
    assert bare.target == "zho_Hans"


def test_nothing_is_made_up_where_it_is_not_offered_or_not_said() -> None:
    back = Direction(DirectionKind.FIXED, "", "fr", "en")
    assert nearest(T5, back) is None
    assert nearest(PAIR, back) is None
    assert nearest(SILENT, PAIR.default) is None
    assert nearest(T5, SILENT.default) is None
    assert nearest(NLLB, Direction(DirectionKind.FIXED, "", "en", "tlh")) is None
    assert not same_language("tlh", "en")


def test_each_pair_has_the_chrf_of_sacrebleu() -> None:
    outputs, references = ["The cat sleeps.", "x"], ["The dog sleeps.", "我喜欢喝茶。"]
    assert score_each(outputs, references) == tuple(
        sacrebleu.sentence_chrf(output, [reference]).score
        for output, reference in zip(outputs, references, strict=True)
    )
