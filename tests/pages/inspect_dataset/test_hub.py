"""A dataset of the model hub: found, fetched, opened, and there again without a network."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from components.inspect import keys
from components.inspect.tabs import TABS
from tests.hub_server import HubServer
from tests.pages.inspect_dataset.inspectors import PAGE, captions, column, settled, visit
from tests.pages.visitor import by_key, error_boxes, open_page, params_of, shown_link, texts_in
from tests.unit.data.hub.contents import REVIEWS


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    for name in os.environ:
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    with HubServer({"datasets/some/reviews": REVIEWS}) as server:
        monkeypatch.delenv("HF_HUB_OFFLINE")
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server


@pytest.mark.usefixtures("hub")
def test_it_is_offered_with_its_size_fetched_and_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    at = visit(KIND="hub", HUB="some/reviews")
    assert error_boxes(at) == []
    offer = by_key(at, f"{keys.HUB}_offer")
    assert offer is not None
    assert any("are not on this machine yet" in text for text in texts_in(offer))
    at.button(key=f"{keys.HUB}_download").click().run()
    settled(at)
    assert by_key(at, f"{keys.HUB}_offer") is None
    assert len(column(at, "text")) > 0
    at.session_state[keys.TABS] = TABS["keep"]
    link = params_of(shown_link(settled(at.run())))
    # What is here is opened without asking anybody.
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    again = settled(open_page(PAGE, params=link))
    assert error_boxes(again) == []
    assert column(again, "text") == column(visit(KIND="hub", HUB="some/reviews"), "text")


@pytest.mark.usefixtures("hub")
def test_a_name_that_is_not_there_is_said_and_stays() -> None:
    at = visit(KIND="hub", HUB="some/nothing")
    (box,) = error_boxes(at)
    assert any("some/nothing" in text for text in texts_in(box))
    assert at.session_state[keys.HUB] == "some/nothing"


def test_without_a_network_it_is_said_what_can_be_done() -> None:
    at = visit(KIND="hub", HUB="some/reviews")
    (box,) = error_boxes(at)
    assert texts_in(box)


@pytest.mark.parametrize(
    "name", ["a b", "../x", "https://huggingface.co/datasets/a/b/c/d", "x" * 400]
)
def test_what_is_no_name_is_refused(name: str) -> None:
    at = visit(KIND="hub", HUB=name)
    assert len(error_boxes(at)) == 1
    assert not at.exception


def test_nothing_is_asked_before_a_name_is_there() -> None:
    at = visit(KIND="hub")
    assert error_boxes(at) == []
    assert any("owner/name" in caption for caption in captions(at))
