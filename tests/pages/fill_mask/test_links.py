"""Fill mask: share links, and the checkpoint that a link or a person names."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st

from components import resources, share_link
from components.fill_mask import keys, link
from components.fill_mask.defaults import DEFAULT_TEXT
from loupe.checkpoints.ref import CheckpointRef
from tests.pages.fill_mask.looking import FILL, chosen, hidden_texts
from tests.pages.visitor import (
    ask,
    by_key,
    click_piece,
    error_boxes,
    figures,
    has_answer,
    markdown_in,
    open_page,
    open_tab,
    params_of,
    pieces,
    shown_link,
    texts_in,
)


def test_a_share_link_opens_the_page_in_the_same_state(bert: str, roberta: str) -> None:
    text = "The cat & dog = 100 % #1 of “[MASK]”, 我喜欢[MASK]。"
    at = ask(bert, text)
    at.slider(key=keys.SHOWN).set_value(7).run()
    cat = next(i for i, piece in enumerate(pieces(at)) if piece["text"] == "cat")
    click_piece(at, cat)
    open_tab(at, link.TABS["words"])
    at.text_input(key=keys.WORDS).input("tea, 茶").run()
    open_tab(at, link.TABS["other"])
    at.selectbox(key=keys.OTHER).select(roberta).run()
    open_tab(at, link.TABS["keep"])
    url = shown_link(at)
    assert url.startswith("http://localhost:8501/fill_mask?")

    friend = open_page(params=params_of(url))
    assert not friend.exception
    assert friend.text_area(key=keys.TEXT).value == text
    assert chosen(friend) == bert
    assert friend.slider(key=keys.SHOWN).value == 7
    assert hidden_texts(friend) == ["cat"]
    assert pieces(friend) == pieces(at)
    open_tab(friend, link.TABS["words"])
    assert friend.text_input(key=keys.WORDS).value == "tea, 茶"
    open_tab(friend, link.TABS["other"])
    assert chosen(friend, keys.OTHER) == roberta
    # And the friend's link says the same.
    open_tab(friend, link.TABS["keep"])
    passed_on = params_of(shown_link(friend))
    assert str(CheckpointRef.parse(passed_on["other"])) == roberta
    assert {**passed_on, "other": roberta} == params_of(url)


def test_nothing_typed_is_in_the_address_before_a_link_is_asked_for(bert: str) -> None:
    at = ask(bert, "My secret is [MASK].")
    assert at.query_params == {}
    open_tab(at, link.TABS["keep"])
    assert "secret" in shown_link(at)
    assert at.query_params == {}


def test_a_link_hides_the_tokens_it_names(bert: str) -> None:
    text = "The cat sleeps on the mat."
    at = open_page(
        params={"v": "1", "text": text, "model": bert, "hide": "4-7,22-25"},
    )
    assert hidden_texts(at) == ["cat", "mat"]
    assert len(figures(at)) == 2
    assert error_boxes(at) == []


@pytest.mark.parametrize(
    "params",
    [{"v": "2", "text": "From the future [MASK]."}, {"text": "No version [MASK]."}, {"utm": "x"}],
    ids=["newer", "none", "foreign"],
)
def test_a_link_of_another_version_is_ignored_without_an_error(params: dict[str, str]) -> None:
    at = open_page(params=params)
    assert not at.exception
    assert error_boxes(at) == []
    assert at.text_area(key=keys.TEXT).value == DEFAULT_TEXT
    assert has_answer(at)


def test_a_link_that_names_no_text_opens_the_worked_example(bert: str) -> None:
    at = open_page(params={"v": "1", "model": bert})
    assert chosen(at) == bert
    assert at.text_area(key=keys.TEXT).value == DEFAULT_TEXT
    assert error_boxes(at) == []


@pytest.mark.parametrize(
    "model", ["hub:nobody/unheard-of", "hub:nobody/unheard-of@v1.0", "run:my-run@40", "starter:no"]
)
def test_the_checkpoint_of_a_link_is_the_same_after_the_next_click(model: str) -> None:
    at = open_page(params={"v": "1", "text": "It is [MASK].", "model": model})
    first = texts_in(at.main)
    at.button(key=FILL).click().run()
    assert texts_in(at.main) == first
    assert chosen(at) == model


def test_a_chosen_checkpoint_is_the_same_after_its_download(tiny_root: Path) -> None:
    ref = CheckpointRef.parse("google-bert/bert-base-uncased")
    at = open_page()
    at.selectbox(key=keys.CHECKPOINT).select(str(ref)).run()
    assert any("not on this machine yet" in text for text in texts_in(at.main))
    snapshot = _put_into_hub_cache(ref, tiny_root / "bert", resources.places().hub_cache)
    assert snapshot.is_dir()
    # Time passes: the list of what is here is made anew, and its labels are others.
    st.cache_data.clear()
    at.run()
    at.run()
    assert error_boxes(at) == []
    assert chosen(at) == str(ref)
    assert has_answer(at)


def _put_into_hub_cache(ref: CheckpointRef, files: Path, cache: Path) -> Path:
    """Lay a folder's files down as huggingface_hub does."""
    commit = "0123456789abcdef0123456789abcdef01234567"
    repo = cache / f"models--{ref.id.replace('/', '--')}"
    snapshot = repo / "snapshots" / commit
    snapshot.mkdir(parents=True)
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text(commit, "ascii")
    for file in files.iterdir():
        (snapshot / file.name).write_bytes(file.read_bytes())
    return snapshot


def test_a_text_that_is_too_long_for_a_link_is_said_to_be(bert: str) -> None:
    # Long in characters and short in tokens: a WordPiece tokenizer gives up on such a word.
    at = ask(bert, "x" * share_link.MAX_LINK_CHARACTERS + " is [MASK].")
    assert has_answer(at)
    open_tab(at, link.TABS["keep"])
    assert any("too long for a link" in text for text in markdown_in(at.main))
    assert not [code for code in at.code if code.value.startswith("http")]
    assert by_key(at, f"{keys.PAGE}_json") is not None
