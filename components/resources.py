"""The only st.cache_*: hands out what the process holds once.

Nothing lives in these caches alone. Anybody who can reach the server can clear them; the pool and
the downloads are held by the core, and a cleared cache finds the same ones again.
"""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import streamlit as st

from components import session
from loupe.checkpoints.catalogue import CatalogueEntry, load_catalogue
from loupe.checkpoints.hub import HubSettings
from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef
from loupe.checkpoints.resolve import resolve
from loupe.checkpoints.shared import Suppliers, shared_suppliers
from loupe.engine import Pool, shared_pool
from loupe.engine.devices import HardwareReport, inspect_hardware

PROJECT = Path(__file__).resolve().parent.parent


@st.cache_resource(show_spinner=False)
def places() -> Places:
    """The folders of this machine."""
    return Places.from_environment(os.environ, PROJECT)


@st.cache_resource(show_spinner=False)
def pool() -> Pool:
    """The one pool of loaded checkpoints."""
    return shared_pool(lambda: Pool(places()))


@st.cache_resource(show_spinner=False)
def suppliers() -> Suppliers:
    """What downloads and converts checkpoints."""
    return shared_suppliers(places())


@st.cache_resource(show_spinner=False)
def catalogue() -> tuple[CatalogueEntry, ...]:
    """The well-known checkpoints."""
    return load_catalogue()


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


def folder_of(ref: CheckpointRef) -> Path:
    """Where a checkpoint lies on this machine. Raises what `resolve` raises."""
    return resolve(ref, places()).folder
