"""What all tests share: no network but this machine, few threads, and no state left behind."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest

# Before torch is imported anywhere: two test processes share two cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

# Each starts servers, browsers or trainings of its own: one after the other, on one worker.
ONE_BY_ONE = ("tests/drills/", "tests/e2e/")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file's tests stay together, so that its fixtures are made once.

    xdist's own groups (--dist loadgroup) have no effect under pytest 9.2, whose node ids cannot be
    renamed as xdist 3.8 does.
    """
    from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

    class Scheduling(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            together = (folder for folder in ONE_BY_ONE if nodeid.startswith(folder))
            return "one by one" if next(together, None) else str(super()._split_scope(nodeid))

    config.option.loadscopereorder = False  # theirs come first: they take longest
    return Scheduling(config, log)


@pytest.fixture(autouse=True)
def _main_module_stays() -> Iterator[None]:
    """Streamlit's test runner puts its script in the place of `__main__` and leaves it there; a
    process that multiprocessing starts later would run that script again.
    """
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main
