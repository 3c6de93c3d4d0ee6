"""The page Fill mask, from the first screen to its last tab."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import streamlit as st

from components import resources, session, share_link
from components.fill_mask import keys, link
from components.fill_mask.defaults import (
    DEFAULT_CHECKPOINT,
    DEFAULT_TEXT,
    SHOWN_DEFAULT,
    SHOWN_MAX,
)
from components.fill_mask.words import NO_RANK
from loupe.checkpoints.ref import CheckpointRef
from loupe.engine import ModelKey
from loupe.tasks import fill_mask
from tests.pages.visitor import (
    FILL_MASK_PAGE,
    START_PAGE,
    ask,
    by_key,
    click_piece,
    controls,
    error_boxes,
    figures,
    has_answer,
    markdown_in,
    nodes,
    open_page,
    open_tab,
    params_of,
    pieces,
    texts_in,
)

CONTROLS_MAX = 6
ADD_STOP = f"{keys.PAGE}_add_stop"
FILL = f"{keys.PAGE}_fill"


@pytest.fixture
def predicted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that the model was asked about, in order."""
    asked: list[str] = []
    real = fill_mask.predict

    def predict(loaded: Any, query: fill_mask.FillMaskQuery) -> fill_mask.FillMaskResult:
        asked.append(query.text)
        return real(loaded, query)

    monkeypatch.setattr(fill_mask, "predict", predict)
    return asked


def model_id(checkpoint: str) -> int:
    """Which object in memory answers for this checkpoint."""
    key = ModelKey(CheckpointRef.parse(checkpoint), fill_mask.AUTO_CLASS)
    return resources.pool().submit(key, lambda loaded, _ticket: id(loaded.model)).result(30)


def shown_link(at: Any) -> str:
    """The link that the tab “Save or share?” offers."""
    (url,) = (code.value for code in at.code if code.value.startswith("http"))
    return str(url)


def chosen(at: Any, key: str = keys.CHECKPOINT) -> str:
    """The checkpoint that the page takes the box to name: `PATH` and `folder:PATH` are one."""
    return str(CheckpointRef.parse(at.selectbox(key=key).value))


def hidden_texts(at: Any) -> list[str]:
    return [piece["text"] for piece in pieces(at) if piece.get("hidden")]


# The first screen


def test_the_page_opens_on_a_worked_example_that_is_computed(predicted: list[str]) -> None:
    at = open_page()
    assert not at.exception
    assert error_boxes(at) == []
    assert at.text_area(key=keys.TEXT).value == DEFAULT_TEXT == "Hello, my name is [MASK]."
    assert at.selectbox(key=keys.CHECKPOINT).value == str(DEFAULT_CHECKPOINT)
    assert predicted == [DEFAULT_TEXT]
    assert [piece["text"] for piece in pieces(at) if piece["kind"] == "mask"] == ["[MASK]"]
    (figure,) = figures(at)
    # One bar for each entry and one for all others together.
    assert len(figure["data"][0]["hovertext"]) == SHOWN_DEFAULT + 1
    assert at.query_params == {}


def test_the_first_screen_has_at_most_six_controls(bert: str) -> None:
    at = ask(bert, DEFAULT_TEXT)
    assert len(controls(at)) <= CONTROLS_MAX, controls(at)
    assert keys.STRIP in controls(at)
    assert keys.TEXT in controls(at)


def test_the_sidebar_says_which_checkpoint_is_loaded(bert: str) -> None:
    at = ask(bert)
    at.run()
    assert any("bert" in text for text in texts_in(at.sidebar))
    assert "No checkpoint is loaded." not in [caption.value for caption in at.sidebar.caption]


# The text


def test_the_hint_about_a_missing_full_stop_adds_it_and_keeps_the_text(bert: str) -> None:
    at = ask(bert, "The capital of France is [MASK]  ")
    assert any("final stop" in text for text in markdown_in(at.main))
    at.button(key=ADD_STOP).click().run()
    assert not at.exception
    assert at.text_area(key=keys.TEXT).value == "The capital of France is [MASK]."
    assert has_answer(at)
    assert not any("final stop" in text for text in markdown_in(at.main))
    assert by_key(at, ADD_STOP) is None


@pytest.mark.parametrize("text", ["Is it [MASK]?", "他是[MASK]。", "“It is [MASK].”"])
def test_a_finished_sentence_gets_no_hint(bert: str, text: str) -> None:
    at = ask(bert, text)
    assert has_answer(at)
    assert by_key(at, ADD_STOP) is None


def test_typing_another_text_and_pressing_the_button_asks_again(
    bert: str, predicted: list[str]
) -> None:
    at = ask(bert, "The cat is [MASK].")
    at.text_area(key=keys.TEXT).input("The dog is ___.")
    at.button(key=FILL).click().run()
    assert predicted == ["The cat is [MASK].", "The dog is ___."]
    # As it was written, not as the model gets it.
    assert [piece["text"] for piece in pieces(at) if piece["kind"] == "mask"] == ["___"]
    assert at.text_area(key=keys.TEXT).value == "The dog is ___."


def test_pressing_the_button_again_does_not_compute_the_same_twice(
    bert: str, predicted: list[str]
) -> None:
    at = ask(bert)
    at.button(key=FILL).click().run()
    assert len(predicted) == 1
    assert has_answer(at)


# The strip


def test_a_click_on_a_token_hides_it_and_another_shows_it_again(
    bert: str, predicted: list[str]
) -> None:
    at = ask(bert, "The cat sleeps on the [MASK].")
    cat = next(i for i, piece in enumerate(pieces(at)) if piece["text"] == "cat")
    click_piece(at, cat)
    assert not at.exception
    assert hidden_texts(at) == ["cat"]
    assert len(figures(at)) == 2
    assert any("the hidden token “cat” has rank" in text for text in texts_in(at.main))
    assert at.text_area(key=keys.TEXT).value == "The cat sleeps on the [MASK]."
    click_piece(at, cat)
    assert hidden_texts(at) == []
    assert len(figures(at)) == 1
    # The third view equals the first: it is not computed again.
    assert len(predicted) == 2


def test_a_click_on_a_written_mask_puts_the_best_guess_in_its_place(bert: str) -> None:
    at = ask(bert, "The cat sleeps on the [MASK].")
    mask = next(i for i, piece in enumerate(pieces(at)) if piece["kind"] == "mask")
    guesses = [guess for guess, *_ in pieces(at)[mask]["tip"]["bars"]]
    click_piece(at, mask)
    assert not at.exception
    text = at.text_area(key=keys.TEXT).value or ""
    guess = text.removeprefix("The cat sleeps on the ").removesuffix(".")
    # A piece of a word or a sign for a byte cannot stand in a text.
    whole = [guess for guess in guesses if not guess.startswith(("…", "⟨", "["))]
    assert guess == whole[0] if whole else guess not in guesses
    assert guess
    assert not guess.startswith(("…", "⟨", "["))
    # Nothing is left to fill, and that is said; the tokens are still there to be clicked.
    (box,) = error_boxes(at)
    assert "The text has no mask." in texts_in(box)
    assert pieces(at)


def test_a_click_hides_a_word_where_the_text_has_no_mask(bert: str) -> None:
    at = ask(bert, "The cat sleeps.")
    (box,) = error_boxes(at)
    assert any("click a word to hide it" in text for text in texts_in(box))
    cat = next(i for i, piece in enumerate(pieces(at)) if piece["text"] == "cat")
    click_piece(at, cat)
    assert error_boxes(at) == []
    assert hidden_texts(at) == ["cat"]
    assert has_answer(at)


def test_hidden_words_stay_hidden_while_the_text_around_them_is_edited(bert: str) -> None:
    at = open_page(
        params=share_link.to_params(
            share_link.FillMaskState(text="The cat sleeps on the mat.", model=bert, hide="4-7")
        )
    )
    assert hidden_texts(at) == ["cat"]
    at.text_area(key=keys.TEXT).input("Look: The cat sleeps on the mat.").run()
    assert hidden_texts(at) == ["cat"]
    at.text_area(key=keys.TEXT).input("Look: The cow sleeps on the mat.").run()
    assert hidden_texts(at) == []
    assert not at.exception


# Share links


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


# The tabs


def test_only_the_open_tab_is_drawn(bert: str) -> None:
    at = ask(bert)
    assert [tab.label for tab in at.tabs] == list(link.TABS.values())
    assert [tab.label for tab in at.tabs if len(tab)] == [link.TABS["gap"]]
    for question in link.TABS.values():
        open_tab(at, question)
        assert not at.exception
        assert [tab.label for tab in at.tabs if len(tab)] == [question]


def test_my_own_words_are_scored_at_every_mask_with_their_pieces(bert: str) -> None:
    at = open_tab(ask(bert, "The [MASK] sleeps on the [MASK]."), link.TABS["words"])
    at.text_input(key=keys.WORDS).input("cat, foxcatmat,, cat , mat").run()
    assert not at.exception
    assert error_boxes(at) == []
    (table,) = (frame.value for frame in at.dataframe)
    assert list(table["mask"]) == [1, 1, 1, 2, 2, 2]
    assert set(table["word"]) == {"cat", "foxcatmat", "mat"}
    assert table["bar"].between(0, 1).all()
    assert table["probability"].str.contains("%|1 in", regex=True).all()
    for _mask, rows in table.groupby("mask"):
        assert rows["log_prob"].is_monotonic_decreasing
    several = table[table["pieces"].str.contains("##")]
    # A word of several pieces has no rank of its own.
    assert set(several["rank"]) == {NO_RANK}
    assert table["rank"].str.isdecimal().any()


def test_another_model_with_another_tokenizer_is_put_side_by_side(bert: str, roberta: str) -> None:
    at = open_tab(
        ask(bert, "The [MASK] sleeps on the [MASK].", **{keys.OTHER: roberta}),
        link.TABS["other"],
    )
    assert not at.exception
    assert error_boxes(at) == []
    assert chosen(at, keys.OTHER) == roberta
    tables = [frame.value for frame in at.dataframe]
    assert len(tables) == 2
    for table in tables:
        assert list(table["difference"].abs()) == sorted(table["difference"].abs(), reverse=True)
        expected = 100 * (table["bar_b"] - table["bar_a"])
        pd.testing.assert_series_equal(table["difference"], expected, check_names=False)
    assert sum("entropy" in text and "Mask" in text for text in texts_in(at.main)) == 2
    assert {str(row.ref) for row in resources.pool().loaded()} == {bert, roberta}


def test_the_code_tab_offers_a_script_that_python_reads(bert: str) -> None:
    at = open_tab(ask(bert, "It's \"[MASK]\" and ''' too."), link.TABS["code"])
    assert not at.exception
    (script,) = (code.value for code in at.code)
    compile(script, "fill_mask.py", "exec")
    assert "AutoModelForMaskedLM" in script
    assert CheckpointRef.parse(bert).id in script
    assert "loupe" not in script.replace(bert, "").lower().split("from_pretrained")[0]
    download = by_key(at, f"{keys.PAGE}_download_code")
    assert download is not None


def test_the_keep_tab_exports_what_is_shown(bert: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, Any] = {}
    real = st.delta_generator.DeltaGenerator.download_button

    def download_button(self: Any, label: str, data: Any, **options: Any) -> Any:
        kept[options["key"]] = data
        return real(self, label, data, **options)

    monkeypatch.setattr(st, "download_button", lambda *a, **o: download_button(st._main, *a, **o))
    text = "我喜欢[MASK]。 😀"
    at = open_tab(ask(bert, text), link.TABS["keep"])
    assert not at.exception
    result = json.loads(kept[f"{keys.PAGE}_json"])
    assert result["query"]["text"] == text
    assert result["trace"]["tokens"]
    csv = kept[f"{keys.PAGE}_csv"]
    assert csv.startswith("\ufeff".encode())
    table = pd.read_csv(io.BytesIO(csv), encoding="utf-8-sig", keep_default_na=False)
    assert len(table) == SHOWN_MAX + 1
    assert table["prob"].astype(float).sum() == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_the_check_finds_that_the_two_ways_agree(tiny_root: Path, kind: str) -> None:
    at = open_tab(
        ask(f"folder:{tiny_root / kind}", "The [MASK] sleeps on the mat.", **{keys.HIDDEN: ()}),
        link.TABS["check"],
    )
    said = markdown_in(at.main)
    assert not any("agree" in text for text in said), "nothing is claimed before it is checked"
    at.button(key=f"{keys.PAGE}_check").click().run()
    assert not at.exception
    assert error_boxes(at) == []
    said = markdown_in(at.main)
    assert any("The two ways agree." in text for text in said)
    assert not any("do not agree" in text for text in said)
    assert any("numbers compared" in text for text in texts_in(at.main))


def test_the_check_says_so_when_the_numbers_are_wrong(
    bert: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # By its name: the package's own `check` is the function.
    checking = import_module("loupe.tasks.fill_mask.check")
    real = checking._distributions
    monkeypatch.setattr(
        checking, "_distributions", lambda loaded, ids: [row[::-1] for row in real(loaded, ids)]
    )
    at = open_tab(ask(bert), link.TABS["check"])
    at.button(key=f"{keys.PAGE}_check").click().run()
    said = markdown_in(at.main)
    assert any("do not agree" in text for text in said)
    assert not any("The two ways agree." in text for text in said)


# What is computed, and what is kept


def test_moving_the_slider_draws_and_does_not_ask_the_model(
    bert: str, predicted: list[str]
) -> None:
    at = ask(bert)
    for shown in (3, 50, 12):
        at.slider(key=keys.SHOWN).set_value(shown).run()
        assert len(figures(at)[0]["data"][0]["hovertext"]) == shown + 1
    assert len(predicted) == 1


def test_a_cleared_cache_leaves_one_pool_and_one_loaded_copy(
    bert: str, predicted: list[str]
) -> None:
    at = ask(bert)
    pool, model = resources.pool(), model_id(bert)
    st.cache_resource.clear()
    at.run()
    assert not at.exception
    assert has_answer(at)
    assert resources.pool() is pool
    assert model_id(bert) == model
    assert len(pool.loaded()) == 1
    assert len(predicted) == 1


def test_two_visitors_share_one_loaded_copy_and_nothing_else(bert: str) -> None:
    first = ask(bert, "The cat is [MASK].")
    model = model_id(bert)
    second = ask(bert, "The dog is [MASK].")
    assert model_id(bert) == model
    assert len(resources.pool().loaded()) == 1
    first.run()
    assert first.text_area(key=keys.TEXT).value == "The cat is [MASK]."
    assert second.text_area(key=keys.TEXT).value == "The dog is [MASK]."
    cat = next(i for i, piece in enumerate(pieces(first)) if piece["text"] == "cat")
    click_piece(first, cat)
    second.run()
    assert hidden_texts(first) == ["cat"]
    assert hidden_texts(second) == []


def test_text_checkpoint_and_hidden_words_survive_another_page_and_back(bert: str) -> None:
    at = ask(bert, "The cat sleeps on the mat.")
    cat = next(i for i, piece in enumerate(pieces(at)) if piece["text"] == "cat")
    click_piece(at, cat)
    at.slider(key=keys.SHOWN).set_value(5).run()
    at.switch_page(START_PAGE).run()
    assert not at.exception
    at.switch_page(FILL_MASK_PAGE).run()
    assert not at.exception
    assert at.text_area(key=keys.TEXT).value == "The cat sleeps on the mat."
    assert chosen(at) == bert
    assert at.slider(key=keys.SHOWN).value == 5
    assert hidden_texts(at) == ["cat"]
    # And the next click on this page finds it all as well.
    at.button(key=FILL).click().run()
    assert chosen(at) == bert
    assert hidden_texts(at) == ["cat"]
    assert has_answer(at)


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (lambda at: at.selectbox(key=keys.CHECKPOINT).select("no such name!"), "One [MASK]."),
        (lambda at: at.text_area(key=keys.TEXT).input("Nothing is hidden here."), None),
    ],
    ids=["checkpoint", "text"],
)
def test_after_an_error_the_text_is_still_in_the_box(
    bert: str, spoil: Callable[[Any], Any], text: str | None
) -> None:
    at = ask(bert, text or "Two [MASK].")
    spoil(at).run()
    assert len(error_boxes(at)) == 1
    assert at.text_area(key=keys.TEXT).value == (text or "Nothing is hidden here.")
    at.selectbox(key=keys.CHECKPOINT).select(bert)
    at.text_area(key=keys.TEXT).input("Three [MASK].").run()
    assert error_boxes(at) == []
    assert has_answer(at)


def test_settings_of_the_session_reach_the_model(bert: str) -> None:
    at = ask(bert)
    at.sidebar.selectbox(key=session.DTYPE).select("bfloat16").run()
    assert not at.exception
    assert has_answer(at)
    assert "bfloat16" in {row.dtype for row in resources.pool().loaded()}


def test_many_masks_draw_a_bounded_number_of_figures_and_say_so(bert: str) -> None:
    at = ask(bert, "[MASK] " * 20 + ".")
    assert not at.exception
    assert len(figures(at)) == 12
    assert any("8 more masks" in text for text in markdown_in(at.main))


def test_dark_and_light_themes_get_their_own_colours(bert: str) -> None:
    session_of = {keys.CHECKPOINT: bert}
    light = open_page(session=session_of, context={"theme": "light"})
    dark = open_page(session=session_of, context={"theme": "dark"})
    assert (
        figures(light)[0]["data"][0]["marker"]["color"]
        != figures(dark)[0]["data"][0]["marker"]["color"]
    )


def test_no_element_fetches_anything_from_elsewhere(bert: str) -> None:
    at = ask(bert)
    for node in nodes(at._tree):
        assert "http://" not in str(node.proto).replace("http://localhost", "")
        assert "https://" not in str(node.proto).replace('placeholder: "https://', "")


def test_my_own_words_reach_the_script_the_exports_and_the_check(bert: str) -> None:
    at = open_tab(ask(bert), link.TABS["words"])
    at.text_input(key=keys.WORDS).input("foxcatmat, cat").run()
    at = open_tab(at, link.TABS["code"])
    (script,) = (code.value for code in at.code)
    assert "'foxcatmat'" in script
    at = open_tab(at, link.TABS["check"])
    at.button(key=f"{keys.PAGE}_check").click().run()
    assert not at.exception
    counted = next(text for text in texts_in(at.main) if "numbers compared" in text)
    pieces_scored = int(counted.split()[0]) - (SHOWN_MAX + 2)
    assert pieces_scored >= 3
