"""The only st.cache_*: hands out what the process holds once.

Nothing lives in these caches alone. Anybody who can reach the server can clear them; the pool and
the downloads are held by the core, and a cleared cache finds the same ones again.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path

import psutil
import streamlit as st

from components import session
from loupe.checkpoints.cached import cached_refs
from loupe.checkpoints.catalogue import CatalogueEntry, load_catalogue
from loupe.checkpoints.hub import HubSettings, find_cached
from loupe.checkpoints.inventory import Inventory, take_inventory
from loupe.checkpoints.measurements import Measurement, read_measurements
from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.checkpoints.resolve import ResolvedCheckpoint, resolve
from loupe.checkpoints.shared import Suppliers, shared_suppliers
from loupe.checkpoints.starters import list_starters
from loupe.engine import Pool, shared_pool
from loupe.engine.budget import budget_from_environment
from loupe.engine.devices import HardwareReport, inspect_hardware
from loupe.engine.seq2seq.kept import Kept, shared_documents
from loupe.errors import InvalidInput
from loupe.runs.progress import Progress, ProgressReader
from loupe.runs.queue import RunQueue
from loupe.runs.shared import shared_store, start_shared_queue
from loupe.runs.state import Status
from loupe.runs.store import RunStore, size_bytes
from loupe.runs.summary import RunSummary
from loupe.tasks import TASKS
from loupe.tokenization.shelf import Shelf
from loupe.training.outcome import Judged, read_outcome
from loupe.training.run_folder import RunFolder

_LOG = logging.getLogger(__name__)
PROJECT = Path(__file__).resolve().parent.parent
SAMPLES = PROJECT / "samples"
LOOPBACK_ADDRESSES = ("127.0.0.1", "localhost", "::1")
# Looking through the hub's cache takes a few milliseconds; a page is redrawn far more often than
# a checkpoint arrives.
OFFER_TTL_S = 3.0
# It walks through the roots too.
INVENTORY_TTL_S = 10.0
# A run writes a checkpoint now and then; a list of runs is redrawn every two seconds.
SIZE_TTL_S = 20.0
TRAINING_TTL_S = 1.0
# Of so many runs the page keeps in mind how far it has read.
RUNS_READ = 64
# A few megabytes each.
EVALUATIONS_KEPT = 4
# Of own runs the newest are offered; any other can be typed.
RUNS_OFFERED = 30


@dataclass(frozen=True, slots=True)
class Offer:
    """One line of the picker: a checkpoint, and whether its files are on this machine.

    is_toy: a starter that shows how such models work and does no work itself.
    """

    ref: CheckpointRef
    is_here: bool
    is_toy: bool = False


@st.cache_resource(show_spinner=False)
def places() -> Places:
    """The folders of this machine."""
    address = st.get_option("server.address")
    return Places.from_environment(
        os.environ, PROJECT, only_this_machine=address in LOOPBACK_ADDRESSES
    )


@st.cache_resource(show_spinner=False)
def pool() -> Pool:
    """The one pool of loaded checkpoints."""
    return shared_pool(lambda: Pool(places(), memory_budget_bytes=_memory_budget()))


def _memory_budget() -> int | None:
    """What the environment sets; a value that cannot be read is said and left out."""
    try:
        return budget_from_environment(os.environ)
    except InvalidInput as error:
        _LOG.error("%s", error)
        return None


@st.cache_resource(show_spinner=False)
def runs() -> RunStore:
    """The runs on this machine; the first who asks starts the thread that trains them."""
    store = shared_store(lambda: RunStore(places()))
    start_shared_queue(lambda: RunQueue(store, lambda needed: pool().make_room(needed)))
    return store


@st.cache_data(show_spinner=False, ttl=TRAINING_TTL_S)
def training_now() -> RunSummary | None:
    """The run that trains, a moment ago: every page names it, however often it is drawn."""
    return runs().running()


@st.cache_resource(show_spinner=False, max_entries=RUNS_READ)
def _progress_reader(run_id: str) -> ProgressReader:
    return ProgressReader(runs().folder(run_id))


def run_progress(run_id: str) -> Progress:
    """How far a run is, as its files say now. Raises NoSuchRun."""
    return _progress_reader(run_id).read()


def judged(evaluation: Path) -> Judged | None:
    """What a run's evaluation.json says; read again where the file is another one."""
    try:
        changed_ns = evaluation.stat().st_mtime_ns
    except OSError:
        return None
    return _judged(evaluation, changed_ns)


@st.cache_resource(show_spinner=False, max_entries=EVALUATIONS_KEPT)
def _judged(evaluation: Path, changed_ns: int) -> Judged | None:  # noqa: ARG001
    """changed_ns: part of the cache's key."""
    return read_outcome(evaluation)


@st.cache_data(show_spinner=False, ttl=SIZE_TTL_S)
def run_size(run_id: str) -> int:
    """What a run takes on the disk, in bytes, a few seconds ago; 0 where it is gone."""
    return size_bytes(places().runs / run_id)


@st.cache_resource(show_spinner=False)
def documents() -> Kept[object]:
    """Whole documents, under way and done, that a reload of their page finds again."""
    return shared_documents()


@st.cache_resource(show_spinner=False)
def suppliers() -> Suppliers:
    """What downloads and converts checkpoints."""
    return shared_suppliers(places())


@st.cache_resource(show_spinner=False)
def tokenizers() -> Shelf:
    """Tokenizers without their models; a cleared cache loads them again."""
    return Shelf(places())


@st.cache_resource(show_spinner=False)
def catalogue() -> tuple[CatalogueEntry, ...]:
    """The well-known checkpoints."""
    return load_catalogue()


@st.cache_data(show_spinner=False, ttl=OFFER_TTL_S)
def offered(task: str, auto_class: str) -> tuple[Offer, ...]:
    """The checkpoints to offer for a task: own runs, starters, what is here, what could be."""
    starters = [starter for starter in list_starters(places()) if starter.task == task]
    cached = cached_refs(places().hub_cache, auto_class)
    known = [entry.ref for entry in catalogue() if task in entry.tasks]
    here = {*cached, *(ref for ref in known if find_cached(ref, places().hub_cache))}
    hub = sorted(dict.fromkeys([*known, *cached]), key=lambda ref: ref not in here)
    return (
        *(Offer(ref, is_here=True) for ref in _own(task)),
        *(Offer(starter.ref, is_here=True, is_toy=starter.is_toy) for starter in starters),
        *(Offer(ref, is_here=ref in here) for ref in hub),
    )


@st.cache_data(show_spinner=False, ttl=OFFER_TTL_S)
def offered_tokenizers() -> tuple[Offer, ...]:
    """The checkpoints to offer where only a tokenizer is asked for: those of all tasks."""
    offers = {
        offer.ref: offer
        for task, module in TASKS.items()
        for offer in offered(task, module.AUTO_CLASS)
    }
    kinds = (Kind.RUN, Kind.STARTER, Kind.HUB)
    return tuple(
        sorted(offers.values(), key=lambda offer: (kinds.index(offer.ref.kind), not offer.is_here))
    )


@st.cache_data(show_spinner=False, ttl=INVENTORY_TTL_S)
def inventory() -> Inventory:
    """Every checkpoint on this machine and in the catalogue, a moment ago."""
    return take_inventory(places())


def measurements() -> tuple[Measurement, ...]:
    """What checkpoints were measured to take on this machine, the newest first."""
    return read_measurements(places().measurements)


def _own(task: str) -> list[CheckpointRef]:
    """The runs of a task that have a checkpoint, the newest first."""
    trained = [
        run.id
        for run in runs().list()
        if run.task == task
        and (run.status is Status.FINISHED or RunFolder(places().runs / run.id).steps())
    ]
    return [CheckpointRef(Kind.RUN, run_id) for run_id in trained[:RUNS_OFFERED]]


@st.cache_resource(show_spinner=False)
def hardware() -> HardwareReport:
    """What computes on this machine, and why no GPU does."""
    return inspect_hardware()


def memory() -> tuple[int, int]:
    """(available, total) bytes of the machine's memory."""
    now = psutil.virtual_memory()
    return int(now.available), int(now.total)


def hub_settings() -> HubSettings:
    """The hub this session asks: the environment's, or the mirror it has set.

    Raises InvalidInput where the mirror is not an address.
    """
    settings = HubSettings.from_environment(os.environ, places().hub_cache)
    mirror = st.session_state.get(session.MIRROR, "").strip()
    return settings.with_endpoint(mirror) if mirror else settings


def resolved(ref: CheckpointRef) -> ResolvedCheckpoint:
    """Where a checkpoint lies on this machine, and its base. Raises what `resolve` raises.

    It reads the weights of a folder to name them: ask once a run of the page and pass it on.
    """
    return resolve(ref, places())
