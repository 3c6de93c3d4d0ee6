"""Tokenizer: what is kept of answers, and when another is computed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components import resources
from components.tokenizer import keys, work
from loupe.checkpoints.ref import CheckpointRef
from tests.pages.tokenizer.looking import ask
from tests.pages.visitor import error_boxes, pieces, texts_in
from tests.tiny_models import make_tiny, without_moses
from tests.unit.tokenization.built import alone

TEXT = "the cat sleeps"


def cut(at: AppTest) -> list[str]:
    assert not at.exception
    assert error_boxes(at) == []
    return [piece["text"] for piece in pieces(at, f"{keys.PAGE}_pieces")]


def without_words(folder: Path) -> None:
    """The same vocabulary, of which no letter is left: all is unknown."""
    path = folder / "tokenizer.json"
    tokenizer = json.loads(path.read_text("utf-8"))
    vocabulary = tokenizer["model"]["vocab"]
    renamed = {
        name if name.startswith("[") else f"{name}✗": number for name, number in vocabulary.items()
    }
    tokenizer["model"]["vocab"] = renamed
    path.write_text(json.dumps(tokenizer), "utf-8")


def test_a_folder_that_has_changed_is_asked_again(root: Path) -> None:
    folder = make_tiny("bert", root / "bert")
    at = ask(f"folder:{folder}", TEXT)
    before = cut(at)
    assert "[UNK]" not in before
    held = list(at.session_state[keys.WORK].values())
    at.run()
    assert list(at.session_state[keys.WORK].values()) == held, "unchanged files are not read again"
    without_words(folder)
    at.run()
    assert set(cut(at)) == {"[UNK]"}
    assert len(at.session_state[keys.WORK]) == len(held), "what was known of it before is gone"


def test_a_runs_newer_step_is_asked_again(tiny_root: Path) -> None:
    checkpoints = resources.places().runs / "mine" / "checkpoints"
    shutil.copytree(tiny_root / "bert", checkpoints / "10")
    at = ask("run:mine", TEXT)
    before = cut(at)
    shutil.copytree(tiny_root / "bert", checkpoints / "20")
    without_words(checkpoints / "20")
    at.run()
    assert "[UNK]" not in before
    assert set(cut(at)) == {"[UNK]"}


def test_no_more_answers_are_kept_than_a_page_needs(
    bert: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "KEPT", 3)
    at = ask(bert, "the cat sleeps in a wooden chair", tab="word")
    count = len(at.selectbox(key=keys.WORD).options)
    assert count > work.KEPT
    for number in range(count):
        at.selectbox(key=keys.WORD).set_value(number).run()
        assert not at.exception
        kept = list(at.session_state[keys.WORK])
        assert len(kept) <= work.KEPT
    # The text itself is asked about at every run: it is never the one to go.
    assert "stages" in {asked.what for asked in kept}
    assert {asked.ref for asked in kept} == {CheckpointRef.parse(bert)}


def test_the_page_says_what_parts_a_text_without_a_pre_tokenizer(root: Path) -> None:
    folder = make_tiny("llama", root / "plain")
    for file in folder.glob("*token*"):
        file.unlink()
    alone("BPE, bytes").tokenizer.save_pretrained(folder)
    at = ask(f"folder:{folder}", "ab<s>ba<s>ab")
    assert not at.exception
    words = [piece["text"] for piece in pieces(at, f"{keys.PAGE}_words")]
    assert words == ["▁ab", "▁ba", "▁ab"]
    said = texts_in(at.main)
    assert any("gets the 3 pieces between the tokenizer’s own tokens" in text for text in said)
    assert not any("where spaces are" in text for text in said)
    at.text_area(key=keys.TEXT).input("ab ba").run()
    assert any("the model gets the text in one piece" in text for text in texts_in(at.main))


def test_sentence_piece_parts_a_text_where_spaces_are(root: Path) -> None:
    folder = make_tiny("marian", root / "marian")
    with without_moses():
        at = ask(f"folder:{folder}", "the cat sleeps")
        assert not at.exception
        assert "The text is parted into 3 words where spaces are." in texts_in(at.main)
        at.text_area(key=keys.TEXT).input("the cat</s>sleeps").run()
    said = texts_in(at.main)
    assert "The text is parted into 3 words where spaces and its own tokens are." in said
