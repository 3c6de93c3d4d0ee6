"""What all tests share: no network but this machine, few threads, and no state left behind."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

# Before torch is imported anywhere: two test processes share two cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


@pytest.fixture(autouse=True)
def _main_module_stays() -> Iterator[None]:
    """Streamlit's test runner puts its script in the place of `__main__` and leaves it there; a
    process that multiprocessing starts later would run that script again.
    """
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main
