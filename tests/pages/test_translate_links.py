"""Share links to the page Translate and summarise, and those of no sense."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from components import share_link
from components.translate import keys, link
from components.translate.modes import TRANSLATE
from tests.pages.translators import (
    PAGE,
    TEXT,
    ask,
    click,
    open_question,
    shown,
)
from tests.pages.visitor import (
    error_boxes,
    open_page,
    params_of,
)

pytest_plugins = ("tests.pages.translate_fixtures",)
pytestmark = [
    pytest.mark.usefixtures("translate_roots"),
    # MarianTokenizer says so at every load, and then never calls it.
    pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses"),
]


def test_a_share_link_opens_the_page_in_the_same_state(t5: str) -> None:
    at = ask(TRANSLATE, t5, "The dog runs.", **{keys.BEAMS: 2})
    at.selectbox(key=keys.DIRECTION).select("en|fr").run()
    open_question(at, TRANSLATE, "keep")
    (url,) = (code.value for code in at.code if code.value.startswith("http"))
    params = params_of(str(url))
    again = open_page(PAGE, params=params)
    assert error_boxes(again) == []
    assert shown(again) == shown(at)
    assert dict(again.query_params)
    again.text_area(key=keys.TEXT).input(TEXT).run()
    assert again.query_params == {}
    assert shown(again).query.text == TEXT


def test_a_link_opens_the_branch_and_leads_back_to_the_first_answer(marian: str) -> None:
    at = ask(TRANSLATE, marian)
    first = shown(at)
    click(at, keys.OUTPUT, 2)
    click(at, keys.ALTERNATIVES, 1)
    open_question(at, TRANSLATE, "keep")
    (url,) = (code.value for code in at.code if code.value.startswith("http"))
    again = open_page(PAGE, params=params_of(str(url)))
    assert error_boxes(again) == []
    assert shown(again).target == shown(at).target
    again.button(key=keys.BACK).click().run()
    assert shown(again).target == first.target


def test_a_link_with_a_beginning_of_unknown_tokens_says_so_and_leads_back(marian: str) -> None:
    state = link.TranslateState(text=TEXT, model=marian, begin="5,999999", tokens="12")
    at = open_page(PAGE, params=share_link.to_params(state))
    assert not at.exception
    assert len(error_boxes(at)) == 1
    at.button(key=keys.BACK).click().run()
    assert error_boxes(at) == []
    assert shown(at).query.prefix == ()


@pytest.mark.parametrize(
    "bad",
    [
        {"v": "9"},
        {"begin": "1,x"},
        {"begin": "-1"},
        {"begin": "1," * 5000},
        {"begin": "9" * 5000},
        {"mode": "dance"},
        {"tab": "nowhere"},
        {"beams": "99", "tokens": "٣"},
        {"beams": "0", "tokens": "-1"},
        {"beams": "9" * 5000, "dtype": "float3"},
    ],
    ids=lambda bad: "-".join(bad),
)
def test_a_link_with_parameters_of_no_sense_opens_the_page(
    marian: str, bad: Mapping[str, str]
) -> None:
    state = link.TranslateState(text=TEXT, model=marian)
    at = open_page(PAGE, params={**share_link.to_params(state), **bad})
    assert not at.exception
    if "v" not in bad:
        assert error_boxes(at) == []
        assert shown(at).query.text == TEXT
        assert shown(at).query.num_beams == 1
