"""Fill mask: what opens, the text, and the strip that is clicked."""

from __future__ import annotations

import pytest

from components import share_link
from components.fill_mask import keys
from components.fill_mask.defaults import DEFAULT_CHECKPOINT, DEFAULT_TEXT, SHOWN_DEFAULT
from tests.pages.fill_mask.looking import FILL, hidden_texts
from tests.pages.visitor import (
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
    pieces,
    texts_in,
)

CONTROLS_MAX = 6
ADD_STOP = f"{keys.PAGE}_add_stop"


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
