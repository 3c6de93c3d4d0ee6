"""What a training does to the pages, and how many people one server serves.

One real server, pages over its websockets, and a run that the server itself has put to work:

- `rerun_p95_training_over_idle`: reruns of the page Fill mask in blocks of ten seconds. The run's
  process is stopped by a signal in every other one, so that both kinds of block stand side by side;
  the ratio of the two 95th percentiles is taken pair by pair, and its median given.
- `sessions_20_p95_ms`: twenty sessions, each asks for a rerun once a second, while the run trains.
- `fill_mask_30_sessions_over_1`: thirty sessions, each fills the masks of a new text every five
  seconds, while the run trains; the median time to an answer over that of one session alone on an
  idle machine.
- `click_to_first_step_s`: from the submission of the form's first offer, checked and submitted as
  the form does it, to the first step on record.

    python -m benchmarks.sessions
"""

from __future__ import annotations

import asyncio
import csv
import signal
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.rerun import ORDER, FillMaskPage, percentile_95, running_server
from benchmarks.streamlit_client import PageTab
from components.fill_mask import keys
from loupe.checkpoints.places import Places
from loupe.data.spec import DataSpec, Role, Source
from loupe.runs.process import ProcessId
from loupe.runs.state import Status
from loupe.runs.store import RunStore
from loupe.training.events import read_events
from loupe.training.preflight.launch import run_preflight
from loupe.training.presets import PRESETS
from loupe.training.spec import Arguments, ModelSpec, RunSpec

PROJECT = Path(__file__).resolve().parent.parent
BLOCK_S = 10.0
PAIRS = 6
RERUNS_MIN = 500
# A block begins when what the signal changed has settled.
SETTLE_S = 1.0
SESSIONS, SESSIONS_S = 20, 30.0
FILLERS, FILL_EVERY_S, FILLINGS = 30, 5.0, 6
CLICKS = 3
PATIENCE_S = 300.0

_NOUNS = ("man", "woman", "boy", "girl", "dog", "king", "child", "doctor", "sailor", "friend")
_PLACES = ("river", "door", "window", "fire", "sea", "road", "wall", "garden", "bridge", "table")


def new_text(number: int) -> str:
    """A text that no other number gives, so that no answer is a kept one."""
    noun, place = _NOUNS[number % 10], _PLACES[number // 10 % 10]
    return f"Number {number}: the {noun} sat down by the {place} and began to [MASK]."


@dataclass(slots=True)
class Blocks:
    """Milliseconds of the reruns of each block, of both kinds in turns."""

    training: list[list[float]] = field(default_factory=list)
    idle: list[list[float]] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        pairs = zip(self.training, self.idle, strict=True)
        return statistics.median(percentile_95(t) / percentile_95(i) for t, i in pairs)


def long_run() -> RunSpec:
    """Trains as a person's run would, for longer than everything here takes."""
    return RunSpec(
        name="background",
        task="fill-mask",
        model=ModelSpec(checkpoint="starter:fill-mask-en"),
        data=DataSpec(train=(Source(path="sample:small-texts"),), max_validation_rows=50),
        args=Arguments(max_steps=1_000_000, eval_steps=100_000, save_steps=100_000),
        max_length=64,
    )


def mended(split: str, folder: Path) -> Source:
    """The sample's rows that have a label, as the form's first offer has them once mended."""
    target = folder / f"sentiment-{split}.csv"
    with (
        (PROJECT / "samples" / target.name).open(encoding="utf-8", newline="") as source,
        target.open("w", encoding="utf-8", newline="") as kept,
    ):
        written = csv.writer(kept)
        written.writerow(("text", "label"))
        for row in csv.DictReader(source):
            label = row["label"].strip().lower()
            if label and row["text"].strip():
                written.writerow((row["text"], label))
    columns: dict[Role, str | int] = {Role.TEXT: "text", Role.LABEL: "label"}
    return Source(path=str(target), columns=columns)


def first_offer(folder: Path) -> RunSpec:
    """The run that the form offers when it is opened: sentiment, from the masked starter."""
    return RunSpec(
        name="first-offer",
        task="text-classification",
        model=ModelSpec(checkpoint="starter:fill-mask-en"),
        data=DataSpec(
            train=(mended("train", folder),),
            validation=(mended("test", folder),),
            max_validation_rows=300,
        ),
        args=Arguments(num_train_epochs=4),
        max_length=64,
    )


def as_checked(spec: RunSpec, places: Places, folder: Path) -> RunSpec:
    """As the button starts it: shortened by the check to what two minutes hold."""
    report = run_preflight(
        spec, places, folder / "check", models_bytes=0, fit_time_s=PRESETS["quick"].fit_time_s
    )
    data = spec.model_dump(mode="json")
    for path, value in report.fitted.items():
        *parts, last = path.split(".")
        at = data
        for part in parts:
            at = at[part]
        at[last] = value
    return RunSpec.from_dict(data)


@contextmanager
def training(store: RunStore) -> Iterator[ProcessId]:
    """A run that is past its first steps; killed at the end."""
    run_id = store.submit(long_run(), token="background")
    wait_for(partial(has_begun, store, run_id), store, run_id)
    process = store.state(run_id).process
    assert process is not None
    try:
        yield process
    finally:
        process.signal_group(signal.SIGKILL)


def step_of(store: RunStore, run_id: str) -> int:
    events, _ = read_events(store.folder(run_id).events)
    return max((e["step"] for e in events if e["event"] == "loss"), default=0)


def has_begun(store: RunStore, run_id: str) -> bool:
    return step_of(store, run_id) > 0


def has_ended(store: RunStore, run_id: str) -> bool:
    return store.state(run_id).has_ended


def wait_for(condition: Callable[[], bool], store: RunStore, run_id: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        state = store.state(run_id)
        if time.monotonic() > deadline or state.status is Status.FAILED:
            raise RuntimeError(f"{run_id}: {state}")
        time.sleep(0.02)


async def block(page: FillMaskPage, moves: Iterator[int]) -> list[float]:
    """Milliseconds of as many reruns as ten seconds hold."""
    timed = []
    deadline = time.monotonic() + BLOCK_S
    while time.monotonic() < deadline:
        timed.append(1e3 * (await page.show(next(moves))).elapsed_s)
    return timed


async def compare_blocks(url: str, process: ProcessId) -> Blocks:
    blocks = Blocks()
    async with await PageTab.open(url, keys.PAGE) as tab:
        page = FillMaskPage(tab)
        await page.open()
        moves = endless(ORDER)
        for _ in ORDER:  # every bar is drawn once: what is compared are reruns alike
            await page.show(next(moves))
        number = 0
        while number < PAIRS or min(count(blocks.training), count(blocks.idle)) < RERUNS_MIN:
            kinds = (blocks.training, blocks.idle)
            for timed in kinds if number % 2 else kinds[::-1]:
                trains = timed is blocks.training
                process.signal_group(signal.SIGCONT if trains else signal.SIGSTOP)
                await asyncio.sleep(SETTLE_S)
                timed.append(await block(page, moves))
            number += 1
    process.signal_group(signal.SIGCONT)
    return blocks


def count(blocks: list[list[float]]) -> int:
    return sum(map(len, blocks))


def endless(values: tuple[int, ...]) -> Iterator[int]:
    while True:
        yield from values


async def every(seconds: float, until_s: float, ask: Callable[[], Awaitable[float]]) -> list[float]:
    """Ask at each beat until a moment; milliseconds. A late answer delays the next question."""
    timed = []
    beat = time.monotonic()
    while beat < until_s:
        await asyncio.sleep(max(0.0, beat - time.monotonic()))
        timed.append(1e3 * await ask())
        beat = max(beat + seconds, time.monotonic())
    return timed


async def twenty_sessions(url: str) -> list[float]:
    """Milliseconds of all their reruns."""
    async with AsyncExitStack() as stack:
        pages = []
        for _ in range(SESSIONS):
            page = FillMaskPage(await stack.enter_async_context(await PageTab.open(url, keys.PAGE)))
            await page.open()
            pages.append(page)
        until_s = time.monotonic() + SESSIONS_S
        moves = [endless(ORDER[number:] + ORDER[:number]) for number in range(SESSIONS)]

        async def session(number: int) -> list[float]:
            async def ask() -> float:
                return (await pages[number].show(next(moves[number]))).elapsed_s

            # Not all in the same moment: people do not ask in step.
            await asyncio.sleep(number / SESSIONS)
            return await every(1.0, until_s, ask)

        timed = await asyncio.gather(*map(session, range(SESSIONS)))
    return [milliseconds for one in timed for milliseconds in one]


async def filling(url: str, sessions: int, first: int) -> list[float]:
    """Milliseconds to each answer. first: the number of the first text."""
    numbers = iter(range(first, first + sessions * (FILLINGS + 2)))
    async with AsyncExitStack() as stack:
        pages = []
        for _ in range(sessions):
            page = FillMaskPage(await stack.enter_async_context(await PageTab.open(url, keys.PAGE)))
            await page.open()
            pages.append(page)
        until_s = time.monotonic() + FILLINGS * FILL_EVERY_S

        async def session(number: int) -> list[float]:
            async def ask() -> float:
                return (await pages[number].type_text(new_text(next(numbers)))).elapsed_s

            await asyncio.sleep(number * FILL_EVERY_S / sessions)
            return await every(FILL_EVERY_S, until_s, ask)

        timed = await asyncio.gather(*map(session, range(sessions)))
    return [milliseconds for one in timed for milliseconds in one]


def click_to_first_step(store: RunStore, folder: Path) -> list[float]:
    """Seconds, of several runs one after the other, each stopped at its first step."""
    spec = as_checked(first_offer(folder), store.places, folder)
    seconds = []
    for number in range(CLICKS):
        began_s = time.time()
        run_id = store.submit(spec, token=f"click {number}")
        wait_for(partial(has_begun, store, run_id), store, run_id)
        events, _ = read_events(store.folder(run_id).events)
        first = next(e for e in events if e["event"] == "loss")
        seconds.append(first["time_s"] - began_s)
        store.ask_stop(run_id, "now")
        wait_for(partial(has_ended, store, run_id), store, run_id)
    return seconds


def main() -> None:
    with TemporaryDirectory() as temporary:
        home = Path(temporary)
        store = RunStore(Places.from_environment({"HOME": str(home)}, PROJECT))
        with running_server(PROJECT, home) as url:
            alone = asyncio.run(filling(url, 1, 0))
            clicks = click_to_first_step(store, home)
            with training(store) as process:
                blocks = asyncio.run(compare_blocks(url, process))
                many = asyncio.run(twenty_sessions(url))
                together = asyncio.run(filling(url, FILLERS, 1000))
    print(f"{'reruns of Fill mask':<44}{'count':>7}{'p50 ms':>9}{'p95 ms':>9}")
    for name, values in (
        ("one session, the run stopped", list(chain(*blocks.idle))),
        ("one session, while a run trains", list(chain(*blocks.training))),
        ("20 sessions, while a run trains", many),
        ("masks filled, one session, nothing trains", alone),
        ("masks filled, 30 sessions, while a run trains", together),
    ):
        middle, high = statistics.median(values), percentile_95(values)
        print(f"{name:<44}{len(values):>7}{middle:>9.1f}{high:>9.1f}")
    print(f"from click to first step: {', '.join(f'{s:.1f} s' for s in clicks)}")
    ratio = statistics.median(together) / statistics.median(alone)
    print(f"figure rerun_p95_training_over_idle {blocks.ratio:.2f}")
    print(f"figure sessions_20_p95_ms {percentile_95(many):.1f}")
    print(f"figure fill_mask_30_sessions_over_1 {ratio:.2f}")
    print(f"figure click_to_first_step_s {statistics.median(clicks):.1f}")


if __name__ == "__main__":
    main()
