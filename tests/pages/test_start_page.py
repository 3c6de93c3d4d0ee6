"""The start page says what Loupe is and opens worked examples as promised."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import share_link
from components.classify import keys as classify_keys
from components.classify.modes import MODES
from components.dataset import keys as dataset_keys
from components.fill_mask import keys, link
from components.fill_mask.defaults import DEFAULT_CHECKPOINT
from components.fine_tune import keys as fine_tune_keys
from components.shell import CLASSIFY, FILL_MASK, FINE_TUNE, PAGES, RUNS, START, Page
from components.start_page import EXAMPLES, Example
from tests.pages import classifiers
from tests.pages.visitor import (
    START_PAGE,
    by_key,
    error_boxes,
    has_answer,
    nodes,
    open_page,
    params_of,
    pieces,
)


def link_in(at: AppTest, key: str) -> Any:
    """The protobuf of the page link in one container."""
    container = by_key(at, key)
    assert container is not None
    (found,) = (node for node in nodes(container) if node.type == "page_link")
    return found.proto


def test_the_start_page_says_what_loupe_is_in_one_sentence_and_loads_nothing() -> None:
    at = open_page(START_PAGE)
    assert not at.exception
    assert [title.value for title in at.title] == ["Loupe"]
    (sentence,) = (
        text.value for text in at.main.markdown if text.value.startswith("Look closely at")
    )
    assert sentence.count(".") == 1
    assert sentence.endswith(".")
    assert "No checkpoint is loaded." in [caption.value for caption in at.sidebar.caption]
    assert error_boxes(at) == []


def open_example(example: Example) -> AppTest:
    """Follow an example's link from the start page."""
    start = open_page(START_PAGE)
    target = link_in(start, f"example_{example.id}")
    params = params_of(f"?{target.query_string}")
    assert params == share_link.to_params(example.state)
    assert target.page == example.page.id
    assert (example.shown or example.state.text) in [text.value for text in start.main.text]
    at = open_page(example.page.path, params=params)
    assert not at.exception
    assert error_boxes(at) == []
    return at


OF_FILL_MASK = [example for example in EXAMPLES if example.page is FILL_MASK]
OF_CLASSIFY = [example for example in EXAMPLES if example.page is CLASSIFY]


@pytest.mark.parametrize("example", OF_FILL_MASK, ids=lambda example: example.id)
def test_an_example_opens_its_page_set_up_as_it_promises(example: Example) -> None:
    at = open_example(example)
    assert isinstance(example.state, share_link.FillMaskState)
    assert at.text_area(key=keys.TEXT).value == example.state.text
    assert at.selectbox(key=keys.CHECKPOINT).value == str(DEFAULT_CHECKPOINT)
    masks = [piece for piece in pieces(at) if piece["kind"] == "mask"]
    hidden = len([span for span in example.state.hide.split(",") if span])
    assert len(masks) == example.state.text.count("[MASK]") + hidden
    if example.state.tab == "words":
        assert at.session_state[keys.TABS] == link.TABS["words"]
        assert at.text_input(key=keys.WORDS).value == example.state.words
        assert set(at.dataframe[0].value["word"]) == set(example.state.words.split(", "))
    else:
        assert has_answer(at)
    # A reload shows the same; what people then type is not in the address.
    assert at.query_params
    at.text_area(key=keys.TEXT).input("Something [MASK] of mine.").run()
    assert at.text_area(key=keys.TEXT).value == "Something [MASK] of mine."
    assert at.query_params == {}


@pytest.mark.parametrize("example", OF_CLASSIFY, ids=lambda example: example.id)
def test_an_example_of_labels_or_tags_opens_in_its_mode(example: Example) -> None:
    at = open_example(example)
    assert isinstance(example.state, share_link.ClassifyState)
    mode = MODES[example.state.mode]
    assert at.segmented_control(key=classify_keys.MODE).value == mode.id
    assert at.text_area(key=classify_keys.TEXT).value == example.state.text
    assert at.selectbox(key=classify_keys.checkpoint(mode)).value == str(mode.checkpoint)
    assert classifiers.has_answer(at)


def test_the_examples_are_different_and_each_names_what_it_shows() -> None:
    assert len({example.id for example in EXAMPLES}) == len(EXAMPLES)
    assert len({example.state for example in EXAMPLES}) == len(EXAMPLES)
    # What Runs shows a person has to begin.
    assert {example.page for example in EXAMPLES} == set(PAGES) - {START, RUNS}
    assert all(example.title and example.text for example in EXAMPLES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.id)
def test_every_page_is_linked_from_the_start_page_and_runs(page: Page) -> None:
    start = open_page(START_PAGE)
    links = [node.proto for node in nodes(start.sidebar) if node.type == "page_link"]
    assert [found.label for found in links] == [other.label for other in PAGES]
    # The main script is the page without a name.
    linked = links[PAGES.index(page)]
    assert linked.page == ("" if page is START else page.id)

    at = open_page(page.path)
    assert not at.exception
    assert error_boxes(at) == []
    assert [node.proto.label for node in nodes(at.sidebar) if node.type == "page_link"] == [
        found.label for found in links
    ]


def test_the_example_of_training_opens_the_form_on_its_sample() -> None:
    (example,) = (example for example in EXAMPLES if example.page is FINE_TUNE)
    at = open_example(example)
    assert at.selectbox(key=dataset_keys.SAMPLE).value == "sentiment"
    assert at.selectbox(key=fine_tune_keys.TASK).value == "text-classification"
    assert not at.exception
    # Other data that are chosen then stay, whatever the address says.
    at.selectbox(key=dataset_keys.SAMPLE).set_value("topics").run()
    assert at.selectbox(key=dataset_keys.SAMPLE).value == "topics"
