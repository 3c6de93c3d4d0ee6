"""Every word of the page Tokenizer can be translated; see tests.pages.test_translation."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from components import i18n, session
from components.tokenizer import keys
from components.tokenizer.defaults import TABS
from loupe.checkpoints.ref import CheckpointRef
from tests.pages.test_translation import assert_translated, dotted
from tests.pages.tokenizer.looking import TEXT, ask
from tests.pages.tokenizer.names import OF_THE_LIBRARY
from tests.pages.visitor import error_boxes, pieces
from tests.tiny_models import make_tiny, without_moses

# With all that the page has a word for: own tokens, losses, unknown ones, several of a character.
TEXTS = {
    "bert": "Zoë WAS\there ﬁ\u200b [MASK] ☃ " * 4,
    "roberta": "é 😀 <mask> \u0301 unbelievably",
}
# A word between quotation marks, and a piece of the vocabulary before its id.
OF_A_WORD = re.compile(r"(?<=“)[^”]+(?=”)|\S+(?= \(\d)")


@pytest.fixture(params=["dotted"])
def translated(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "dotted":
        monkeypatch.setattr(i18n, "translate", dotted)
    return str(request.param)


@pytest.mark.parametrize("name", TEXTS)
def test_every_tab_is_translated(name: str, tiny_root: Path, translated: str) -> None:
    checkpoint = f"folder:{tiny_root / name}"
    others: dict[str, Any] = {keys.OTHERS: ["starter:generate-en"]}
    at = ask(checkpoint, TEXTS[name], **{session.LANGUAGE: i18n.PSEUDO}, **others)
    for tab, question in TABS.items():
        at.session_state[keys.TABS] = i18n.translate(question, i18n.PSEUDO)
        at.run()
        assert [t.label for t in at.tabs if len(t)] == [i18n.translate(question, i18n.PSEUDO)], tab
        shown = {piece["text"] for piece in pieces(at, keys.STRIP)}
        said = " ".join(str(t.value) for t in at.main.text) if tab == "word" else ""
        theirs = [CheckpointRef.parse(checkpoint).label, *TEXTS[name].split(), *shown, name]
        assert_translated(at, translated, *OF_THE_LIBRARY, *theirs, *OF_A_WORD.findall(said))


def test_what_marian_and_python_tokenizers_say_is_translated(root: Path, translated: str) -> None:
    make_tiny("marian", root / "marian")
    with without_moses():
        at = ask(
            f"folder:{root / 'marian'}",
            ">>fra<< The capital",
            **{
                session.LANGUAGE: i18n.PSEUDO,
                keys.TABS: i18n.translate(TABS["stages"], i18n.PSEUDO),
            },
        )
    assert_translated(
        at, translated, *OF_THE_LIBRARY, "fra", "The", "capital", str(root / "marian")
    )


@pytest.mark.parametrize("text", ["", "x" * 200_001], ids=["empty", "too long"])
def test_what_is_refused_is_translated(bert: str, text: str, translated: str) -> None:
    at = ask(bert, text, **{session.LANGUAGE: i18n.PSEUDO})
    assert any((node.key or "") == f"error_{keys.PAGE}" for node in error_boxes(at))
    assert_translated(at, translated, CheckpointRef.parse(bert).label, TEXT)
