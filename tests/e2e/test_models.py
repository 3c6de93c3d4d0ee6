"""Models as a person meets them: a real server, a real browser, a hub on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, settle, start_server, stop_server
from tests.hub_server import Fault, HubServer
from tests.pages.runs.made_runs import HOSTILE
from tests.tiny_models import make_tiny

pytestmark = pytest.mark.browser

Opener = Callable[..., Page]
TINY = "someone/tiny-roberta"
# A process that imports the libraries, on two busy cores.
MEASURED_MS = 180_000


@dataclass(frozen=True)
class Machine:
    """A server with one model in a root, and a hub that has another."""

    server: Server
    hub: HubServer
    root: Path

    def url(self, query: str = "") -> str:
        return f"{self.server.url}/models{query}"


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    root = tmp_path_factory.mktemp("root")
    folder = make_tiny("gpt2", root / "gpt2")
    card = f"---\nlicense: mit\n---\n# 模型\n{HOSTILE}\n![x](https://elsewhere.example/x.png)\n"
    (folder / "README.md").write_text(card, "utf-8")
    tiny = make_tiny("roberta", tmp_path_factory.mktemp("hub") / "tiny")
    with HubServer({TINY: tiny}) as hub:
        home = tmp_path_factory.mktemp("home")
        server = start_server(home, HF_ENDPOINT=hub.url, LOUPE_ROOTS=str(root))
        yield Machine(server, hub, root)
        stop_server(server)


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()
    settle(page)


def test_a_model_is_chosen_loaded_and_measured(machine: Machine, open_page: Opener) -> None:
    page = open_page(machine.url(), height=1800)
    expect(page.get_by_role("heading", name="fill-mask-en")).to_be_visible()
    expect(page.get_by_text("parameters in all")).to_be_visible()
    page.get_by_placeholder("Part of a name").fill("gpt2")
    page.get_by_placeholder("Part of a name").press("Enter")
    table = page.locator(".st-key-models_table")
    row = table.locator("tbody tr").filter(has_text=str(machine.root))
    expect(row).to_have_count(1)
    row.get_by_role("button").click()
    expect(page.get_by_role("heading", name=str(machine.root / "gpt2"))).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name=str(machine.root / "gpt2"))).to_be_visible()
    open_tab(page, "Does it run here?")
    page.get_by_role("button", name="Load it now").click()
    expect(page.get_by_text("as float32 on cpu")).to_be_visible()
    page.get_by_role("button", name="Measure it here").click()
    expect(page.get_by_text("tokens a second, one text at a time")).to_be_visible(
        timeout=MEASURED_MS
    )
    page.get_by_role("button", name="Unload").click()
    expect(page.get_by_text("It is not in memory")).to_be_visible()
    other = open_page(page.url)
    open_tab(other, "Does it run here?")
    expect(other.get_by_text("tokens a second, one text at a time")).to_be_visible()


def test_a_model_is_downloaded_checked_and_deleted(machine: Machine, open_page: Opener) -> None:
    machine.hub.fail(f"{TINY}/model.safetensors", Fault.STALL)
    page = open_page(machine.url(f"?model={TINY}"), height=1800)
    page.get_by_role("button", name="Download").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Download")).to_be_visible()
    machine.hub.heal(f"{TINY}/model.safetensors")
    page.get_by_role("button", name="Download").click()
    expect(page.get_by_text("RobertaForMaskedLM")).to_be_visible()
    open_tab(page, "Which files is it?")
    files = page.locator(".st-key-models_files")
    expect(files.get_by_text("matches")).to_have_count(files.locator("tbody tr").count())
    assert files.get_by_text("differs").count() == 0
    cache = next(machine.server.home.rglob("models--someone--tiny-roberta"))
    open_tab(page, "How do I get rid of it?")
    page.get_by_role("button", name="Delete").click()
    assert cache.is_dir(), "the first click only asks"
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("are free again")).to_be_visible()
    assert not cache.exists()
    expect(page.get_by_role("heading", name=TINY)).to_have_count(0)


def test_a_card_is_text_and_fetches_nothing(machine: Machine, open_page: Opener) -> None:
    page = open_page(machine.url(f"?model=folder:{machine.root / 'gpt2'}"), height=1800)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_tab(page, "What does its author say?")
    expect(page.get_by_text("**bold**").first).to_be_attached()
    assert page.locator("img[src*='elsewhere']").count() == 0
    assert page.locator("a[href*='elsewhere']").count() == 0
    assert not any("elsewhere" in url for url in asked)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_screen_has_all_of_it(machine: Machine, open_page: Opener, scheme: str) -> None:
    page = open_page(machine.url(), width=420, scheme=scheme)
    expect(page.get_by_text("parameters in all")).to_be_visible()
    for tab in ("Does it run here?", "Which files is it?", "Which model should I take?"):
        open_tab(page, tab)
        width = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        assert width <= 420, tab
    page.get_by_role("button", name="Look at it").first.click()
    expect(page.get_by_role("heading", level=3)).to_be_visible()
    assert "model=hub" in page.url
