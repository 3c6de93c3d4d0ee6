"""Classify and tag: texts and checkpoints that are refused, and odd ones that are not."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.classify import keys
from components.classify.modes import Mode
from components.figures.label_bars import NAME_CHARACTERS
from loupe.engine.encoding import MAX_CHARACTERS
from tests.pages.classifiers import (
    CLASSIFY,
    NAME_OF,
    SCRIPT_LABEL,
    TAG,
    TEXT,
    ask,
    bars,
    has_answer,
    marked,
    open_question,
    unforeseen,
)
from tests.pages.visitor import by_key, error_boxes, figures, markdown_in, nodes, texts_in

WRONG = {CLASSIFY.id: "ner", TAG.id: "sentiment"}
SCRIPT = "<script>alert(1)</script>"
IMAGE = "![x](https://elsewhere.example)"
REFUSED = {
    "empty": ("", "no text yet"),
    "white space": (" \n\t\u3000 ", "no text yet"),
    "too long for the model": ("cat " * 80, "reads at most"),
    "100,000 characters": ("x" * 100_000, "characters"),
}


@pytest.mark.parametrize("cause", REFUSED)
def test_a_text_that_cannot_be_read_gets_one_box_and_stays(
    mode: Mode, folder: Any, cause: str
) -> None:
    text, says = REFUSED[cause]
    at = ask(mode, folder(NAME_OF[mode.id]), text)
    assert not at.exception
    (box,) = error_boxes(at)
    assert box.key == f"error_{keys.PAGE}"
    assert any(says in line for line in texts_in(box))
    assert not has_answer(at)
    assert at.text_area(key=keys.TEXT).value == text
    shorten = by_key(at, f"{keys.PAGE}_shorten")
    assert (shorten is not None) is (says == "reads at most")
    assert len(text) <= MAX_CHARACTERS or shorten is None
    at.text_area(key=keys.TEXT).input(TEXT).run()
    assert error_boxes(at) == []
    assert has_answer(at)


def test_what_fits_of_a_long_text_is_kept_at_a_click(mode: Mode, folder: Any) -> None:
    long = "The cat sleeps. " * 40
    at = ask(mode, folder(NAME_OF[mode.id]), long, **{keys.PAIR: "Is it a cat?"})
    at.button(key=f"{keys.PAGE}_shorten").click().run()
    assert not at.exception
    assert error_boxes(at) == []
    kept = str(at.text_area(key=keys.TEXT).value)
    assert long.startswith(kept)
    assert len(kept) > 60
    if mode is CLASSIFY:
        assert at.text_area(key=keys.PAIR).value == "Is it a cat?"
    assert has_answer(at)


@pytest.mark.parametrize(
    "text",
    [
        "التقت أنجيلا ميركل برئيس فرنسا",
        "安格拉·默克尔在北京。",
        "👩‍👩‍👧 likes 🎉 👍🏽 e\u0301\u0301",
        "A\x00B\x07 is\x1b[31m \u202eabc\u202c \u200b\ufeff",
        SCRIPT,
        IMAGE,
        "<img src=x onerror=alert(2)> **b** :red[x] $x^2$",
        "{0} {name} {!r} %s",
        "___ [MASK] <mask> [SEP]",
    ],
    ids=["arabic", "chinese", "emoji", "control", "script", "image", "markup", "braces", "masks"],
)
def test_any_text_gets_an_answer_and_is_drawn_as_text(mode: Mode, folder: Any, text: str) -> None:
    at = ask(mode, folder(NAME_OF[mode.id]), text)
    assert not at.exception
    assert error_boxes(at) == []
    assert at.text_area(key=keys.TEXT).value == text
    for name in mode.tabs:
        open_question(at, mode, name)
        assert not at.exception
        assert_no_markup(at)
    if mode is TAG:
        drawn = marked(at)
        assert drawn is not None
        assert "".join(part["text"] for part in drawn["parts"]) == text


def assert_no_markup(at: AppTest) -> None:
    """Nothing of a person's or a model's stands where Streamlit reads Markdown or HTML."""
    for drawn in markdown_in(at.main):
        assert "<script" not in drawn
        assert "<img" not in drawn
        assert "elsewhere.example" not in drawn
    for node in nodes(at._tree):
        assert getattr(node.proto, "allow_html", False) is False


@pytest.mark.parametrize(("mode", "name"), [(CLASSIFY, "markup"), (TAG, "markup-tags")])
def test_labels_that_are_markup_are_drawn_as_text(folder: Any, mode: Mode, name: str) -> None:
    at = ask(mode, folder(name), TEXT)
    for tab in mode.tabs:
        open_question(at, mode, tab)
        assert not at.exception
        assert unforeseen(at) == []
        assert_no_markup(at)
        for figure in figures(at):
            for drawn in (*figure["layout"]["yaxis"]["ticktext"], *figure["data"][0]["hovertext"]):
                assert "<img" not in drawn
    if mode is CLASSIFY:
        open_question(at, mode, "labels")
        cut = SCRIPT_LABEL[: NAME_CHARACTERS - 1] + "…"
        assert cut.replace("<", "&lt;").replace(">", "&gt;") in bars(at)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("bert", "no trained head"),
        ("gpt2", "no trained head"),
        (None, "no trained head"),
        ("no-such-folder", "no folder"),
    ],
    ids=["masked LM", "causal LM", "the other mode's", "missing"],
)
def test_a_checkpoint_of_the_wrong_kind_gets_one_box(
    mode: Mode, folder: Any, name: str | None, says: str
) -> None:
    made = folder(name or WRONG[mode.id])
    at = ask(mode, folder(NAME_OF[mode.id]), TEXT)
    at.selectbox(key=keys.checkpoint(mode)).select(made).run()
    assert not at.exception
    (box,) = error_boxes(at)
    if (mode, name) != (CLASSIFY, None):  # there, loading finds that weights are missing
        assert any(says in line for line in texts_in(box))
    assert not has_answer(at)
    assert at.text_area(key=keys.TEXT).value == TEXT
    at.selectbox(key=keys.checkpoint(mode)).select(folder(NAME_OF[mode.id])).run()
    assert error_boxes(at) == []
    assert has_answer(at)
