"""A real server and a real browser.

The server is started as a person starts it, with an empty home; the browser is the one on the PATH
or Playwright's own. Where there is none the tests are skipped, or fail where CI=true.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

PROJECT = Path(__file__).resolve().parents[2]
START_TIMEOUT_S = 60.0
# Two busy cores: what a person sees within a second may take a test machine many.
BROWSER_TIMEOUT_MS = 60_000
EXPECT_TIMEOUT_MS = 30_000
expect.set_options(timeout=EXPECT_TIMEOUT_MS)
RESULTS = PROJECT / "test-results"
FAILED = pytest.StashKey[bool]()
DONE = '[data-testid="stApp"][data-test-script-state="notRunning"]'
# The script is done before the browser is: what it sent is fetched and drawn piece by piece.
DRAWN = """() => !document.querySelector('[data-testid="stSkeleton"], [data-stale="true"]')
  && [...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')]
    .every(e => e.shadowRoot?.childElementCount > 0)"""


@dataclass(frozen=True)
class Server:
    url: str
    process: subprocess.Popen[bytes]
    log: Path
    home: Path


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def start_server(home: Path, **environment: str) -> Server:
    """`streamlit run app.py` on a free port; returns when it is healthy."""
    port = free_port()
    home.mkdir(parents=True, exist_ok=True)
    log = home / "server.log"
    ours = ("HF_", "LOUPE_", "STREAMLIT_")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    kept.pop("HUGGING_FACE_HUB_TOKEN", None)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"],
            cwd=PROJECT,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={
                **kept,
                "HOME": str(home),
                "OMP_NUM_THREADS": "1",
                "LOUPE_LOG": "info",
                **environment,
            },
        )
    server = Server(f"http://127.0.0.1:{port}", process, log, home)
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=1) as answer:
                if answer.status == 200:
                    return server
        except OSError:
            time.sleep(0.1)
    process.kill()
    process.wait()
    raise AssertionError(f"the server did not start:\n{log.read_text()}")


def stop_server(server: Server) -> int:
    """Ask it to end, as Ctrl-C does; its exit status."""
    server.process.terminate()
    try:
        return server.process.wait(30)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait()
        raise


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start_server(tmp_path_factory.mktemp("home"))
    yield running
    stop_server(running)


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright_driver: Playwright) -> Iterator[Browser]:
    found = next(
        (
            path
            for name in ("chromium", "chromium-browser", "google-chrome")
            if (path := shutil.which(name))
        ),
        None,
    )
    try:
        running = playwright_driver.chromium.launch(
            executable_path=found,
            args=["--no-sandbox", "--disable-background-networking", "--disable-component-update"],
        )
    except Error as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no browser: {str(error).splitlines()[0]}")
    yield running
    running.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture
def open_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Open an address in a fresh context; fails the test on any error of the page's own scripts.

    Of a test that fails, what the browser showed is kept in test-results/.
    """
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_(url: str, *, width: int = 1280, height: int = 900, scheme: str = "light") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        context.set_default_timeout(BROWSER_TIMEOUT_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(url)
        settle(page)
        return page

    yield open_
    if request.node.stash.get(FAILED, False):
        RESULTS.mkdir(exist_ok=True)
        for number, page in enumerate(page for context in contexts for page in context.pages):
            name = re.sub(r"\W+", "-", request.node.name)
            page.screenshot(path=RESULTS / f"{name}-{number}.png", full_page=True)
    for context in contexts:
        context.close()
    assert not problems


def settle(page: Page) -> None:
    """Wait until the script has run, nothing is being computed, and all of it is drawn.

    How long a click takes to reach the server is not known: what a test is about, it expects with
    patience (`expect`), and reads without only what has been expected before.
    """
    page.wait_for_selector(DONE, state="attached")
    # A click is on its way to the server for a moment before the script runs.
    page.wait_for_timeout(300)
    page.wait_for_selector(DONE, state="attached")
    page.wait_for_function(DRAWN)
