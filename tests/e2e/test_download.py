"""A checkpoint from a hub, in the browser: whole, cancelled, and with no network at all."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, free_port, settle, start_server, stop_server
from tests.hub_server import Fault, HubServer
from tests.tiny_models import make_tiny

pytestmark = pytest.mark.browser

Opener = Callable[..., Page]
TINY = "someone/tiny-roberta"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubServer]:
    folder = make_tiny("roberta", tmp_path_factory.mktemp("hub") / "tiny")
    with HubServer({TINY: folder}) as running:
        yield running


@pytest.fixture(scope="module")
def server_with_hub(hub: HubServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = start_server(tmp_path_factory.mktemp("home"), HF_ENDPOINT=hub.url)
    yield server
    stop_server(server)


def choose(page: Page, name: str) -> None:
    box = page.get_by_role("combobox", name="Checkpoint")
    box.click()
    box.fill(name)
    box.press("Enter")
    settle(page)


def test_a_cancelled_download_starts_again_and_then_the_model_answers(
    server_with_hub: Server, hub: HubServer, open_page: Opener
) -> None:
    hub.fail(f"{TINY}/model.safetensors", Fault.STALL)
    page = open_page(f"{server_with_hub.url}/fill_mask")
    choose(page, TINY)
    expect(page.get_by_text(f"{TINY} is not on this machine yet.")).to_be_visible()
    assert hub.fetched(TINY) == [] or "model.safetensors" not in str(hub.fetched(TINY))
    page.get_by_role("button", name="Download").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Download")).to_be_visible()
    hub.heal(f"{TINY}/model.safetensors")
    page.get_by_role("button", name="Download").click()
    expect(page.locator(".st-key-fill_mask_strip")).to_be_visible()
    settle(page)
    expect(page.locator(".st-key-fill_mask_strip .chip[data-kind=mask]")).to_have_count(1)
    expect(page.get_by_label("Text", exact=True)).to_have_value("Hello, my name is [MASK].")


def test_without_a_network_the_page_says_what_can_be_done(
    tmp_path: Path, open_page: Opener
) -> None:
    server = start_server(tmp_path / "home", HF_ENDPOINT=f"http://127.0.0.1:{free_port()}")
    try:
        page = open_page(f"{server.url}/fill_mask")
        choose(page, "someone/nothing")
        page.get_by_role("button", name="Download").click()
        error = page.locator('[class*="st-key-error_"]')
        expect(error).to_be_visible(timeout=20_000)
        expect(error).to_contain_text("does not answer")
        expect(error).to_contain_text("starter")
        # The other checkpoints are as usable as before.
        choose(page, "fill-mask-en")
        expect(page.locator(".st-key-fill_mask_strip")).to_be_visible()
    finally:
        stop_server(server)


def test_the_server_listens_on_this_machine_only(server: Server) -> None:
    port = int(server.url.rsplit(":", 1)[1])
    with socket.socket() as probe:
        probe.settimeout(2)
        assert probe.connect_ex(("127.0.0.1", port)) == 0
    others = {
        info[4][0]
        for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
        if not str(info[4][0]).startswith("127.")
    }
    for address in others:
        with socket.socket() as probe:
            probe.settimeout(2)
            assert probe.connect_ex((str(address), port)) != 0
