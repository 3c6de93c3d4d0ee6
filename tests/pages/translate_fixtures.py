"""Tiny encoder-decoders for tests of the page Translate and summarise.

A test module names this one in `pytest_plugins` and uses `translate_roots`.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from components import resources
from tests.tiny_models import edit_config, make_tiny

T5_TASKS = {
    "summarization": {"prefix": "summarize: "},
    "translation_en_to_de": {"prefix": "translate English to German: "},
    "translation_en_to_fr": {"prefix": "translate English to French: "},
}


@pytest.fixture(scope="session")
def pairs_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiny random encoder-decoders that no test changes. plain-t5 names no tasks."""
    root = tmp_path_factory.mktemp("pairs")
    for kind in ("marian", "t5", "mbart", "bart"):
        make_tiny(kind, root / kind)
    make_tiny("t5", root / "plain-t5")
    edit_config(root / "t5", task_specific_params=T5_TASKS)
    return root


@pytest.fixture
def translate_roots(
    own_server: None,  # noqa: ARG001  # it sets the variable first
    tiny_root: Path,
    pairs_root: Path,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOUPE_ROOTS", os.pathsep.join(map(str, (tiny_root, pairs_root, root))))


@pytest.fixture
def marian(pairs_root: Path) -> str:
    return f"folder:{pairs_root / 'marian'}"


@pytest.fixture
def t5(pairs_root: Path) -> str:
    return f"folder:{pairs_root / 't5'}"


@pytest.fixture
def with_starter(pairs_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's own starter, of random weights."""
    starters = tmp_path / "starters"
    starters.mkdir()
    shutil.copytree(pairs_root / "marian", starters / "translate-en-fr")
    there = replace(resources.places(), starters=starters)
    monkeypatch.setattr(resources, "places", lambda: there)
