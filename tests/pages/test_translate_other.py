"""The tab "Another model?": the same question to a second checkpoint, which may fail by itself."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import share_link
from components.translate import keys, link
from components.translate.modes import MODES, SUMMARISE, TRANSLATE, Mode
from loupe.tasks import translation
from tests.pages.translators import (
    PAGE,
    TEXT,
    ask,
    click,
    open_question,
    pieces,
    shown,
    strip,
    table,
)
from tests.pages.visitor import by_key, error_boxes, open_page, params_of, texts_in

pytest_plugins = ("tests.pages.translate_fixtures",)
pytestmark = [
    pytest.mark.usefixtures("translate_roots"),
    # MarianTokenizer says so at every load, and then never calls it.
    pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses"),
]


def compare(mode: Mode, first: str, second: str, text: str = TEXT, **values: Any) -> AppTest:
    at = ask(mode, first, text, **{keys.second(mode): second, **values})
    return open_question(at, mode, "other")


def folder(root: Path, name: str) -> str:
    return f"folder:{root / name}"


@pytest.mark.parametrize("mode", MODES.values(), ids=lambda mode: mode.id)
@pytest.mark.parametrize("second", ["bart", "t5", "marian"])
def test_a_second_model_answers_the_same_and_both_are_put_into_numbers(
    pairs_root: Path, t5: str, mode: Mode, second: str
) -> None:
    at = compare(mode, t5, folder(pairs_root, second))
    assert not at.exception
    assert error_boxes(at) == []
    theirs = pieces(at, keys.SECOND_OUTPUT)
    assert all("value" in piece for piece in theirs if piece["kind"] == "text")
    assert not any(piece.get("clickable") for piece in theirs)
    sides = table(at, "others")
    assert list(sides["model"]) == [str(pairs_root / "t5"), str(pairs_root / second)]
    result = shown(at)
    bits = -result.log_prob / math.log(2) / max(1, len(result.text.strip()))
    # Twelve tokens of random weights have no end, so all of them count.
    if result.text.strip():
        assert float(sides["own"][0]) == pytest.approx(bits, abs=0.006)
    if second == "t5":
        assert sides["own"][0] == sides["own"][1]
        assert sides["others"][0] == sides["others"][1]
    if mode is SUMMARISE:
        copying = table(at, "copied_4")
        assert list(copying["model"]) == list(sides["model"])
        assert all("%" in share for share in copying["compression"])


def test_the_other_s_text_is_read_as_one_s_own_translation_would_be(
    marian: str, t5: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[tuple[str, str]] = []
    real = translation.score_own

    def score_own(loaded: Any, result: Any, text: str) -> Any:
        read.append((loaded.name, text))
        return real(loaded, result, text)

    monkeypatch.setattr(translation, "score_own", score_own)
    at = compare(TRANSLATE, marian, t5)
    assert [name.rpartition("/")[2] for name, _text in read] == ["marian", "t5"]
    assert read[1][1] == shown(at).text.strip()
    assert read[0][1] != read[1][1]


def test_the_languages_of_the_first_are_chosen_where_the_second_has_them(
    pairs_root: Path, t5: str
) -> None:
    at = compare(TRANSLATE, t5, folder(pairs_root, "marian"), **{keys.DIRECTION: "en|de"})
    assert at.selectbox(key=keys.SECOND.direction).value == "|>>deu<<"
    at.selectbox(key=keys.SECOND.direction).select("|>>fra<<").run()
    assert at.selectbox(key=keys.SECOND.direction).value == "|>>fra<<", "one's own choice stays"
    assert any("The first goes another way" in text for text in texts_in(at.main))
    at.selectbox(key=keys.DIRECTION).select("en|fr").run()
    assert at.selectbox(key=keys.SECOND.direction).value == "|>>fra<<"
    assert not any("The first goes another way" in text for text in texts_in(at.main))
    at.selectbox(key=keys.second(TRANSLATE)).select(folder(pairs_root, "mbart")).run()
    assert at.selectbox(key=keys.SECOND.source).value == "en_XX"
    assert at.selectbox(key=keys.SECOND.target).value == "fr_XX"
    # The page's own direction is another one's business.
    assert at.selectbox(key=keys.DIRECTION).value == "en|fr"


def test_what_a_person_chose_in_the_first_is_not_asked_of_the_second(marian: str, t5: str) -> None:
    at = compare(TRANSLATE, marian, t5)
    before = pieces(at, keys.SECOND_OUTPUT)
    click(at, keys.OUTPUT, 2)
    click(at, keys.ALTERNATIVES, 1)
    assert shown(at).query.prefix
    assert pieces(at, keys.SECOND_OUTPUT) == before


def test_an_instruction_that_the_first_takes_is_not_translated_by_the_second(
    t5: str, marian: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = translation.predict

    def predict(loaded: Any, query: Any, on_token: Any = None) -> Any:
        asked.append(query.text)
        return real(loaded, query, on_token)

    monkeypatch.setattr(translation, "predict", predict)
    compare(TRANSLATE, t5, marian, "translate English to German: Hello.")
    assert asked[0] == "translate English to German: Hello."
    assert asked[-1] == "Hello."


@pytest.mark.parametrize("mode", MODES.values(), ids=lambda mode: mode.id)
@pytest.mark.parametrize(
    ("name", "says"), [("bert", "no trained head"), ("bart", "reads at most"), ("no", "no folder")]
)
def test_what_goes_wrong_with_the_second_stands_in_its_tab_alone(
    pairs_root: Path, tiny_root: Path, t5: str, mode: Mode, name: str, says: str
) -> None:
    root = tiny_root if name == "bert" else pairs_root
    at = compare(mode, t5, folder(root, name), "The cat sleeps. " * 12)
    assert not at.exception
    (box,) = error_boxes(at)
    assert str(box.key).startswith(f"error_{keys.second(mode)}")
    assert any(says in text for text in texts_in(box))
    assert strip(at), "the first's answer stays"
    assert strip(at, keys.SECOND_OUTPUT) is None
    at.selectbox(key=keys.second(mode)).select(t5).run()
    assert error_boxes(at) == []
    assert strip(at, keys.SECOND_OUTPUT)


def test_the_colour_is_the_page_s(marian: str, t5: str) -> None:
    at = compare(TRANSLATE, marian, t5)
    before = [piece.get("value") for piece in pieces(at, keys.SECOND_OUTPUT)]
    at.selectbox(key=keys.MEASURE).select("surprisal").run()
    assert [piece.get("value") for piece in pieces(at, keys.SECOND_OUTPUT)] != before


@pytest.mark.parametrize("mode", MODES.values(), ids=lambda mode: mode.id)
def test_a_second_model_is_offered_though_nothing_is_downloaded(t5: str, mode: Mode) -> None:
    at = open_question(ask(mode, t5), mode, "other")
    assert not at.exception
    assert error_boxes(at) == []
    assert by_key(at, f"{keys.second(mode)}_download") is not None


def test_a_link_opens_the_second_model_too(pairs_root: Path, t5: str) -> None:
    mbart = folder(pairs_root, "mbart")
    at = compare(TRANSLATE, t5, mbart)
    at.selectbox(key=keys.SECOND.target).select("zh_CN").run()
    theirs = pieces(at, keys.SECOND_OUTPUT)
    open_question(at, TRANSLATE, "keep")
    (url,) = (code.value for code in at.code if code.value.startswith("http"))
    params = params_of(str(url))
    assert params["second"] == mbart
    again = open_page(PAGE, params={**params, "tab": "other"})
    assert error_boxes(again) == []
    assert again.selectbox(key=keys.SECOND.target).value == "zh_CN"
    assert pieces(again, keys.SECOND_OUTPUT) == theirs


def test_a_link_from_before_there_was_a_second_still_opens(t5: str) -> None:
    old = {"v": "1", "mode": "translate", "text": TEXT, "model": t5, "tokens": "12", "tab": "keep"}
    at = open_page(PAGE, params=old)
    assert error_boxes(at) == []
    assert shown(at).query.text == TEXT
    state = link.TranslateState(text=TEXT, model=t5)
    assert "second" not in share_link.to_params(state)
