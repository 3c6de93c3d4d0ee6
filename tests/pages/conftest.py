"""Every test here has a server of its own: fresh caches, pool and folders, and no model hub."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1.element_tree import Selectbox

from components.classify import labels
from components.fill_mask import guesses
from loupe.checkpoints.shared import close_shared_suppliers
from loupe.engine import close_shared_pool
from loupe.runs.shared import close_shared_runs
from tests.pages.classifiers import CLASSIFIERS
from tests.pages.visitor import what_the_browser_sends
from tests.tiny_models import make_tiny

CLOSE_TIMEOUT_S = 30.0


@pytest.fixture(scope="session")
def tiny_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiny random checkpoints that no test changes: bert, roberta and gpt2, and CLASSIFIERS."""
    root = tmp_path_factory.mktemp("checkpoints")
    for kind in ("bert", "roberta", "gpt2"):
        make_tiny(kind, root / kind)
    for name, (kind, options) in CLASSIFIERS.items():
        make_tiny(kind, root / name, **options)
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder that Loupe may read, for what a test makes itself."""
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


@pytest.fixture
def bert(tiny_root: Path) -> str:
    return f"folder:{tiny_root / 'bert'}"


@pytest.fixture
def roberta(tiny_root: Path) -> str:
    return f"folder:{tiny_root / 'roberta'}"


@pytest.fixture(autouse=True)
def own_server(
    tmp_path: Path, tiny_root: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """What a server start gives: nothing loaded, nothing cached, an empty home, no hub."""
    home = tmp_path / "home"
    home.mkdir()
    for name in [name for name in os.environ if name.startswith(("HF_", "LOUPE_", "HUGGINGFACE"))]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("LOUPE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("LOUPE_ROOTS", f"{tiny_root}{os.pathsep}{root}")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(Selectbox, "_widget_state", property(what_the_browser_sends))
    _forget()
    yield
    assert close_shared_runs(CLOSE_TIMEOUT_S), "a run's thread did not end"
    assert close_shared_pool(CLOSE_TIMEOUT_S), "a model's thread did not end"
    close_shared_suppliers()
    _forget()


def _forget() -> None:
    st.cache_resource.clear()
    st.cache_data.clear()
    guesses._figure.cache_clear()
    labels._figure.cache_clear()
