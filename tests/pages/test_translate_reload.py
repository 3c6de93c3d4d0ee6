"""A document outlives its session: a reload of the page finds it by its address."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.translate import keys
from components.translate.modes import MODES, TRANSLATE, Mode
from loupe.engine import State
from loupe.tasks import translation
from tests.pages.translators import (
    PAGE,
    ask,
    done,
    open_question,
    shown,
    table,
)
from tests.pages.visitor import (
    error_boxes,
    open_page,
    params_of,
    texts_in,
)

pytest_plugins = ("tests.pages.translate_fixtures",)
pytestmark = [
    pytest.mark.usefixtures("translate_roots"),
    # MarianTokenizer says so at every load, and then never calls it.
    pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses"),
]


@pytest.fixture
def at_document(marian: str) -> AppTest:
    return open_question(ask(TRANSLATE, marian), TRANSLATE, "document")


def reload(at: AppTest) -> AppTest:
    """F5: another session at the same address."""
    return open_page(PAGE, params=dict(at.query_params), context={"url": "http://x/translate"})


@pytest.mark.parametrize("mode", MODES.values(), ids=lambda mode: mode.id)
def test_a_finished_document_is_there_again_after_a_reload(t5: str, mode: Mode) -> None:
    at = ask(mode, t5, "My own text.", **{keys.BEAMS: 2})
    assert keys.DOCUMENT_PARAM not in at.query_params
    open_question(at, mode, "document")
    if mode is TRANSLATE:
        at.selectbox(key=keys.DIRECTION).select("en|fr").run()
    at.text_area(key=keys.DOCUMENT_TEXT).input("The cat sleeps.\nThe dog runs.").run()
    result = done(at, mode)
    again = reload(at)
    assert not again.exception
    assert error_boxes(again) == []
    assert again.session_state[keys.work(mode)].ticket.result(0) is result
    assert list(table(again, "output")["output"]) == [row.target for row in result.rows]
    assert again.text_area(key=keys.DOCUMENT_TEXT).value == "The cat sleeps.\nThe dog runs."
    assert again.segmented_control(key=keys.MODE).value == mode.id
    assert again.selectbox(key=keys.checkpoint(mode)).value == t5
    assert again.slider(key=keys.BEAMS).value == 2
    if mode is TRANSLATE:
        assert again.selectbox(key=keys.DIRECTION).value == "en|fr"
    assert dict(again.query_params) == dict(at.query_params)


def test_a_running_document_is_taken_up_and_can_be_cancelled_after_a_reload(
    at_document: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(_loaded: Any, _query: Any, ticket: Any) -> Any:
        ticket.report(3, 10, "sentences")
        while not ticket.cancelled.wait(0.01):
            yield ()

    monkeypatch.setattr(translation, "document_in_turns", slow)
    at = at_document
    at.text_area(key=keys.DOCUMENT_TEXT).input("One. Two.").run()
    at.button(key=f"{keys.DOCUMENT}_start").click().run()
    ticket = at.session_state[keys.work(TRANSLATE)].ticket
    while ticket.progress is None:
        pass
    again = reload(at)
    (bar,) = again.main.get("progress")
    assert "3 of 10 sentences" in bar.proto.text
    again.button(key=f"{keys.DOCUMENT}_cancel").click().run()
    assert ticket.state is State.CANCELLED


def test_the_address_names_a_document_only_while_it_is_shown(at_document: AppTest) -> None:
    at = at_document
    at.text_area(key=keys.DOCUMENT_TEXT).input("The cat sleeps.").run()
    assert keys.DOCUMENT_PARAM not in at.query_params
    done(at, TRANSLATE)
    first = at.query_params[keys.DOCUMENT_PARAM]
    open_question(at, TRANSLATE, "keep")
    assert keys.DOCUMENT_PARAM not in at.query_params
    (url,) = (code.value for code in at.code if code.value.startswith("http"))
    assert keys.DOCUMENT_PARAM not in params_of(str(url)), "a link to share names no document"
    open_question(at, TRANSLATE, "document")
    assert at.query_params[keys.DOCUMENT_PARAM] == first
    done(at, TRANSLATE)
    assert at.query_params[keys.DOCUMENT_PARAM] != first


@pytest.mark.usefixtures("with_starter")
def test_a_document_that_is_no_longer_kept_is_said_so_once() -> None:
    at = open_page(
        PAGE,
        params={keys.DOCUMENT_PARAM: "guessed"},
        session={keys.max_new_tokens(TRANSLATE): 12},
    )
    assert not at.exception
    (box,) = error_boxes(at)
    assert any("no longer kept" in text for text in texts_in(box))
    assert shown(at).query.text == TRANSLATE.text
    assert keys.DOCUMENT_PARAM not in at.query_params
    at.run()
    assert error_boxes(at) == []
