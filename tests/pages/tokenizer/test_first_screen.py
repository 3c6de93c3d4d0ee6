"""Tokenizer: what opens, what a click does, and what survives another page."""

from __future__ import annotations

from typing import Any

import pytest

from components.tokenizer import keys
from components.tokenizer.defaults import DEFAULT_CHECKPOINT, DEFAULT_TEXT, STRIP_TOKENS, TABS
from loupe.tokenization import cutting
from tests.pages.tokenizer.looking import TEXT, TOKENIZER_PAGE, ask, has_answer
from tests.pages.visitor import (
    START_PAGE,
    click_piece,
    controls,
    error_boxes,
    markdown_in,
    nodes,
    open_page,
    pieces,
    texts_in,
)

CONTROLS_MAX = 6
# Drawings of the first tab that nothing can be done with.
SHOWN = {f"{keys.PAGE}_{name}" for name in ("normalised", "split_0", "pieces", "frame", "back")}


@pytest.fixture
def cuts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were cut, in order."""
    asked: list[str] = []
    real = cutting.cut

    def cut(alone: Any, text: str, name: str, **how: Any) -> Any:
        asked.append(text)
        return real(alone, text, name, **how)

    monkeypatch.setattr("components.tokenizer.work.cut", cut)
    return asked


def test_the_page_opens_on_a_worked_example_that_is_computed(cuts: list[str]) -> None:
    at = open_page(TOKENIZER_PAGE)
    assert not at.exception
    assert error_boxes(at) == []
    assert at.selectbox(key=keys.CHECKPOINT).value == str(DEFAULT_CHECKPOINT)
    assert cuts == [DEFAULT_TEXT]
    drawn = pieces(at, keys.STRIP)
    assert [piece["text"] for piece in drawn][:3] == ["[CLS]", "Z", "oë"]
    assert any("Stage by stage gives what the library" in line for line in markdown_in(at.main))
    operated = [key for key in controls(at) if key not in SHOWN]
    assert len(operated) <= CONTROLS_MAX, operated
    assert [tab.label for tab in at.tabs if len(tab)] == [TABS["stages"]]


def test_the_strip_shows_every_character_once_and_every_id(bert: str) -> None:
    at = ask(bert)
    drawn = pieces(at, keys.STRIP)
    assert "".join(piece["text"] for piece in drawn if piece["kind"] != "special").replace(
        " ", ""
    ) == TEXT.replace(" ", "")
    assert all(piece.get("caption", "").strip() for piece in drawn)
    unknown = [piece["text"] for piece in drawn if piece["kind"] == "unknown"]
    assert "Paris" not in "".join(unknown)


def test_a_click_on_a_token_opens_its_word(bert: str) -> None:
    at = ask(bert)
    at = click_piece(at, 1, keys.STRIP)  # behind [CLS]
    assert not at.exception
    assert [tab.label for tab in at.tabs if len(tab)] == [TABS["word"]]
    assert at.selectbox(key=keys.WORD).value == 0
    # What was put around the text belongs to no word.
    before = pieces(at, keys.STRIP)[0]
    assert before["kind"] == "special"
    assert not before.get("clickable")


def test_asking_the_same_again_does_not_cut_it_again(bert: str, cuts: list[str]) -> None:
    at = ask(bert, "Some text.")
    at.button(key=keys.ASK).click().run()
    for tab in ("tokens", "stages"):
        at.session_state[keys.TABS] = TABS[tab]
        at.run()
    assert cuts == ["Some text."]
    at.text_area(key=keys.TEXT).input("Another text.").run()
    assert cuts == ["Some text.", "Another text."]


def test_text_and_checkpoint_survive_another_page_and_back(bert: str) -> None:
    at = ask(bert, "My own words.")
    at.switch_page(START_PAGE).run()
    at.switch_page(TOKENIZER_PAGE).run()
    assert not at.exception
    assert at.text_area(key=keys.TEXT).value == "My own words."
    assert at.selectbox(key=keys.CHECKPOINT).value == bert
    assert has_answer(at)


def test_every_task_s_checkpoints_are_offered() -> None:
    at = open_page(TOKENIZER_PAGE)
    options = " ".join(at.selectbox(key=keys.CHECKPOINT).options)
    for name in ("fill-mask-en", "generate-en", "translate-en-fr", "sentiment-en", "ner-en"):
        assert options.count(name) == 1, name


def test_a_long_text_is_counted_whole_and_drawn_in_part(bert: str) -> None:
    text = "the cat sleeps " * 7_000
    at = ask(bert, text)
    assert not at.exception
    assert error_boxes(at) == []
    drawn = pieces(at, keys.STRIP)
    assert len(drawn) <= STRIP_TOKENS
    said = markdown_in(at.main)
    assert any(f"The first {STRIP_TOKENS} of" in line for line in said)
    assert any("reads at most" in str(box.value) for box in at.warning)
    # What the browser is sent stays small, in every tab.
    for tab in TABS:
        if tab == "keep":  # the downloads hold it all
            continue
        at.session_state[keys.TABS] = TABS[tab]
        at.run()
        assert not at.exception
        sizes = [
            len(getattr(node.proto, "json", "") or "")
            for node in nodes(at.main)
            if node.type == "bidi_component"
        ]
        assert max(sizes) < 300_000


@pytest.mark.parametrize("name", ["fill-mask-en", "generate-en", "translate-en-fr"])
def test_one_endless_word_is_drawn_in_part(name: str) -> None:
    at = ask(f"starter:{name}", "é" * 30_000)
    for tab in TABS:
        at.session_state[keys.TABS] = TABS[tab]
        at.run()
        assert not at.exception
        assert error_boxes(at) == []
        drawings = [node for node in nodes(at.main) if node.type == "bidi_component"]
        assert max(len(node.proto.json) for node in drawings) < 300_000
        assert max(map(len, texts_in(at.main)), default=0) < 10_000


def test_a_byte_level_vocabulary_gives_the_text_back(roberta: str) -> None:
    at = ask(roberta, "any 😀 text, é e\u0301 我")
    said = " ".join(markdown_in(at.main))
    assert "Decoding gives the text back exactly." in said
    assert "Decoding gives another text." not in said
    assert any("no normaliser" in line for line in texts_in(at.main))


def test_no_element_fetches_anything_from_elsewhere(bert: str) -> None:
    at = ask(bert)
    for node in nodes(at._tree):
        assert "http://" not in str(node.proto).replace("http://localhost", "")
        assert "https://" not in str(node.proto).replace('placeholder: "https://', "")
