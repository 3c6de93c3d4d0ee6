"""Pools over tiny checkpoints, closed after each test, with no thread left behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.checkpoints.resolve import ResolvedCheckpoint
from loupe.engine import ModelKey, Pool
from loupe.engine.worker import THREAD_NAME
from tests.tiny_models import AUTO_CLASS_OF, make_tiny

PLENTY_BYTES = 1 << 40


@pytest.fixture(scope="session")
def tiny_folders(tmp_path_factory) -> Path:
    root: Path = tmp_path_factory.mktemp("tiny")
    for kind in ("bert", "gpt2", "distilbert", "llama"):
        make_tiny(kind, root / kind)
    return root


@pytest.fixture
def resolve(tiny_folders) -> Callable[[CheckpointRef], ResolvedCheckpoint]:
    return lambda ref: ResolvedCheckpoint(tiny_folders / ref.id, "r1", (tiny_folders,))


@pytest.fixture
def key() -> Callable[..., ModelKey]:
    def make(kind: str = "bert", **options: Any) -> ModelKey:
        return ModelKey(CheckpointRef(Kind.STARTER, kind), AUTO_CLASS_OF[kind], **options)

    return make


def model_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith(THREAD_NAME)]


@pytest.fixture
def make_pool(tmp_path, resolve) -> Iterator[Callable[..., Pool]]:
    pools: list[Pool] = []

    def make(**options: Any) -> Pool:
        places = Places((tmp_path,), tmp_path, tmp_path, tmp_path)
        defaults = {"memory_budget_bytes": PLENTY_BYTES, "device": "cpu", "resolve": resolve}
        pool = Pool(places, **{**defaults, **options})
        pools.append(pool)
        return pool

    yield make
    assert all(pool.close(timeout_s=20) for pool in pools)
    assert model_threads() == []


@pytest.fixture
def pool(make_pool: Callable[..., Pool]) -> Pool:
    return make_pool()
