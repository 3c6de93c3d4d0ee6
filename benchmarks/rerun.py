"""How long a full rerun of the page Fill mask takes, over the websocket of a real server.

The slider "Guesses shown" is moved to another value each time and every answer must hold the chart
with that many bars. In the same server and in turns with it a page runs that has the shell alone;
it is no part of Loupe and exists in a temporary copy of the project's pages only.
Counted are moves to bars that were not drawn before; moves back to drawn ones are listed beside.

    python -m benchmarks.rerun
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.streamlit_client import (
    PageFailed,
    PageTab,
    Run,
    bar_counts,
    slider_state,
    text_state,
    widget_id,
)
from components import session
from components.fill_mask import keys
from components.fill_mask.defaults import SHOWN_MAX, SHOWN_MIN

PROJECT = Path(__file__).resolve().parent.parent
START_TIMEOUT_S = 60.0
WARM_UPS = 10
MAX_RATIO = 8.0

# Each gives the slider's 48 values anew, less the one it stands at: 7 make 329 charts never drawn.
TEXTS = tuple(
    f"The {noun} sat down by the river and began to [MASK]."
    for noun in ("man", "woman", "boy", "girl", "dog", "king", "child")
)
SLIDER = tuple(range(SHOWN_MIN, SHOWN_MAX + 1))
# Far from its neighbours and without repetition: 17 and the number of values share no divisor.
ORDER = tuple(SLIDER[(17 * step) % len(SLIDER)] for step in range(len(SLIDER)))

_TRIVIAL = "rerun_trivial"
_TRIVIAL_PAGE = f"""
from components.shell import Page, open_page

open_page(Page("{_TRIVIAL}", "pages/{_TRIVIAL}.py", "Trivial", ":material/circle:"))
"""


@dataclass(slots=True)
class Timings:
    """Milliseconds of the reruns, and the bytes of each one's answer."""

    new_ms: list[float] = field(default_factory=list)
    again_ms: list[float] = field(default_factory=list)
    trivial_ms: list[float] = field(default_factory=list)
    page_bytes: list[int] = field(default_factory=list)
    trivial_bytes: list[int] = field(default_factory=list)


def lay_out_project(folder: Path) -> None:
    """The project under another folder, with the trivial page beside its own.

    The scripts are copied, not linked: Streamlit looks for pages where the main script really is.
    """
    shutil.copy(PROJECT / "app.py", folder)
    shutil.copytree(PROJECT / "pages", folder / "pages", ignore=shutil.ignore_patterns("__*"))
    (folder / "pages" / f"{_TRIVIAL}.py").write_text(_TRIVIAL_PAGE, encoding="utf-8")
    for name in ("components", "loupe", "starters", ".streamlit"):
        (folder / name).symlink_to(PROJECT / name)


@contextmanager
def running_server(project: Path, home: Path) -> Iterator[str]:
    """`streamlit run app.py` on a free port; the address of the healthy server."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "LOUPE_", "STREAMLIT"))}
    log = home / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"],
            cwd=project,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**kept, "HOME": str(home), "OMP_NUM_THREADS": "1"},
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_healthy(url, process, log)
        yield url
    except PageFailed as error:
        error.add_note(f"the server said:\n{log.read_text(encoding='utf-8')}")
        raise
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the server did not start:\n{log.read_text(encoding='utf-8')}")


class FillMaskPage:
    """The page with a result on it; every rerun moves the slider and checks the chart."""

    def __init__(self, tab: PageTab) -> None:
        self._tab = tab
        self._last: Run | None = None

    async def open(self) -> None:
        """Returns when the answer to the text that the page opens with is drawn."""
        deadline = time.monotonic() + START_TIMEOUT_S
        self._last = await self._tab.rerun()
        while not bar_counts(self._last):
            if time.monotonic() > deadline:
                raise PageFailed("the page showed no chart")
            await asyncio.sleep(1)
            self._last = await self._tab.rerun()

    async def type_text(self, text: str) -> Run:
        """Ask for another text's gap; returns when the answer is drawn."""
        assert self._last is not None
        run = await self._tab.rerun(text_state(widget_id(self._last, keys.TEXT), text))
        if len(bar_counts(run)) != 1:
            raise PageFailed(f"one chart was expected, not {len(bar_counts(run))}")
        self._last = run
        return run

    async def show(self, count: int) -> Run:
        """Move the slider. Raises PageFailed unless the answer's chart has that many bars."""
        assert self._last is not None
        run = await self._tab.rerun(slider_state(widget_id(self._last, keys.SHOWN), count))
        # One bar more stands for the rest of the vocabulary.
        if bar_counts(run) != [count + 1]:
            raise PageFailed(f"{count + 1} bars were expected, not {bar_counts(run)}")
        self._last = run
        return run


class TrivialPage:
    """The shell alone; every rerun chooses the sidebar's other device."""

    def __init__(self, tab: PageTab) -> None:
        self._tab = tab
        self._last: Run | None = None
        self._chosen = 0

    async def choose(self) -> Run:
        self._last = self._last or await self._tab.rerun()
        box = next(
            element.selectbox
            for element in self._last.of_type("selectbox")
            if element.selectbox.id == widget_id(self._last, session.DEVICE)
        )
        # The first is "automatic" and the last the CPU, which every machine has.
        self._chosen = len(box.options) - 1 - self._chosen
        run = await self._tab.rerun(text_state(box.id, box.options[self._chosen]))
        if not run.of_type("page_link") or run.of_type("plotly_chart"):
            raise PageFailed("the trivial page holds something else than the shell")
        self._last = run
        return run


async def measure(url: str) -> Timings:
    """Alternate single reruns of the two pages; who is first changes each time."""
    timings = Timings()
    async with (
        await PageTab.open(url, keys.PAGE) as page_tab,
        await PageTab.open(url, _TRIVIAL) as trivial_tab,
    ):
        page, trivial = FillMaskPage(page_tab), TrivialPage(trivial_tab)
        await page.open()
        for count in ORDER[-WARM_UPS:]:
            await page.show(count)
            await trivial.choose()
        for text in TEXTS:
            await page.type_text(text)
            # The last of them is where the slider stood while the text was typed: it is drawn.
            for page_ms in (timings.new_ms, timings.again_ms):
                for number, count in enumerate(ORDER[:-1]):
                    if number % 2:
                        shell, run = await trivial.choose(), await page.show(count)
                    else:
                        run, shell = await page.show(count), await trivial.choose()
                    page_ms.append(1e3 * run.elapsed_s)
                    timings.trivial_ms.append(1e3 * shell.elapsed_s)
                    timings.page_bytes.append(run.size_bytes)
                    timings.trivial_bytes.append(shell.size_bytes)
    return timings


def percentile_95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def main() -> None:
    with TemporaryDirectory() as temporary:
        project, home = Path(temporary, "project"), Path(temporary, "home")
        project.mkdir()
        home.mkdir()
        lay_out_project(project)
        with running_server(project, home) as url:
            timings = asyncio.run(measure(url))
    page_kb = statistics.median(timings.page_bytes) / 1e3
    trivial_kb = statistics.median(timings.trivial_bytes) / 1e3
    print(f"{'full rerun':<34}{'count':>7}{'p50 ms':>9}{'p95 ms':>9}{'kB':>8}")
    for name, values, kilobytes in (
        ("fill mask, bars never drawn before", timings.new_ms, page_kb),
        ("fill mask, bars drawn before", timings.again_ms, page_kb),
        ("the shell alone", timings.trivial_ms, trivial_kb),
    ):
        print(
            f"{name:<34}{len(values):>7}{statistics.median(values):>9.1f}"
            f"{percentile_95(values):>9.1f}{kilobytes:>8.1f}"
        )
    ratio = statistics.median(timings.new_ms) / statistics.median(timings.trivial_ms)
    print(f"the ratio of the medians may be at most {MAX_RATIO:g}")
    print(f"figure rerun_p95_ms {percentile_95(timings.new_ms):.1f}")
    print(f"figure rerun_vs_trivial_ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
