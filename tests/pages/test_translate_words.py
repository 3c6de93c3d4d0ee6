"""No word of the page's tabs on documents and second models is written past the translation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import i18n, session
from components.translate import keys
from components.translate.modes import MODES, SUMMARISE, TRANSLATE, Mode
from tests.pages.test_translation import assert_translated, dotted
from tests.pages.translators import TEXT, ask, done, table
from tests.pages.visitor import by_key, error_boxes

pytest_plugins = ("tests.pages.translate_fixtures",)
pytestmark = [
    pytest.mark.usefixtures("translate_roots"),
    # MarianTokenizer says so at every load, and then never calls it.
    pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses"),
]

LANGUAGES = ["dotted"]
LONG = "The cat sleeps. " * 12
FILE = b"id,text,ours\n1,The cat sleeps. It is late.,Le chat.\n2,The dog runs.,Le chien.\n"
NAMES = ("chrF", "BLEU", "ROUGE", "ln", "UTF", "txt", "csv", "TXT")


def told_apart(message: str, language: str) -> str:
    """As `dotted`; the names of the two modes have equally many letters."""
    return dotted(message, language) + ("." if message == SUMMARISE.label else "")


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "dotted":
        monkeypatch.setattr(i18n, "translate", told_apart)
    return str(request.param)


def visit(mode: Mode, checkpoint: str, tab: str, text: str = TEXT, **values: Any) -> AppTest:
    at = ask(mode, checkpoint, text, **{session.LANGUAGE: i18n.PSEUDO, **values})
    at.session_state[keys.tabs(mode)] = i18n.translate(mode.tabs[tab], i18n.PSEUDO)
    return at.run()


def of_models(at: AppTest) -> list[str]:
    """What models wrote and people gave: the same in every language."""
    found = [TEXT, LONG, "rows", "text", "id", "ours", "summarize:", *TEXT.split()]
    for code in at.code:
        found.append(str(code.value))
    return found


@pytest.mark.parametrize("mode", MODES.values(), ids=lambda mode: mode.id)
def test_the_second_model_is_translated(
    t5: str, pairs_root: Path, mode: Mode, language: str
) -> None:
    second = f"folder:{pairs_root / 'marian'}"
    at = visit(mode, t5, "other", **{keys.second(mode): second})
    assert by_key(at, keys.SECOND_OUTPUT) is not None
    assert_translated(at, language, *NAMES, *of_models(at), *languages(mode))


def languages(mode: Mode) -> tuple[str, ...]:
    return (">>deu<<", ">>fra<<", "deu", "fra") if mode is TRANSLATE else ()


@pytest.mark.parametrize("mode", MODES.values(), ids=lambda mode: mode.id)
def test_a_document_its_table_and_its_references_are_translated(
    t5: str, mode: Mode, language: str
) -> None:
    at = visit(mode, t5, "document")
    at.file_uploader(key=keys.DOCUMENT_FILE).upload("rows.csv", FILE).run()
    done(at, mode)
    at.selectbox(key=keys.REFERENCE_COLUMN).select("ours").run()
    assert len(table(at, "score")) == 2
    assert_translated(at, language, *NAMES, *of_models(at))


@pytest.mark.parametrize("mode", MODES.values(), ids=lambda mode: mode.id)
def test_what_is_cut_and_what_is_refused_is_translated(
    pairs_root: Path, mode: Mode, language: str
) -> None:
    at = visit(mode, f"folder:{pairs_root / 'bart'}", "document", LONG)
    at.button(key=f"{keys.PAGE}_as_document").click().run()
    endless = LONG + "the cat sleeps on the mat, " * 12
    at.text_area(key=keys.DOCUMENT_TEXT).input(endless).run()
    done(at, mode)
    at.text_area(key=keys.REFERENCES).input("one\ntwo").run()
    assert len(error_boxes(at)) == 2
    assert_translated(at, language, *NAMES, *of_models(at), "one", "two", endless)


@pytest.mark.parametrize("mode", [TRANSLATE, SUMMARISE], ids=lambda mode: mode.id)
def test_a_document_that_is_gone_is_said_in_translation(t5: str, mode: Mode, language: str) -> None:
    at = ask(mode, t5, **{session.LANGUAGE: i18n.PSEUDO})
    at.query_params[keys.DOCUMENT_PARAM] = "guessed"
    at.run()
    assert by_key(at, f"error_{keys.PAGE}_not_kept") is not None
    assert_translated(at, language, *NAMES, *of_models(at))
