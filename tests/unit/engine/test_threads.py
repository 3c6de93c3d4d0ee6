"""Thread settings: before torch, and never over what somebody set."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from loupe.engine.threads import THREADS_MAX, available_cores, configure_threads

PROJECT = Path(__file__).parents[3]


def test_the_defaults_are_passive_waiting_and_the_cores_there_are():
    environment: dict[str, str] = {}
    choice = configure_threads(environment, cores=3)
    assert environment == {"OMP_WAIT_POLICY": "PASSIVE", "OMP_NUM_THREADS": "3"}
    assert (choice.threads, choice.wait_policy, choice.cores) == (3, "PASSIVE", 3)
    assert configure_threads({}, cores=10_000).threads == THREADS_MAX


def test_what_somebody_set_stays():
    environment = {"OMP_WAIT_POLICY": "ACTIVE", "OMP_NUM_THREADS": "7"}
    assert configure_threads(environment, cores=2).threads == 7
    assert environment == {"OMP_WAIT_POLICY": "ACTIVE", "OMP_NUM_THREADS": "7"}


def test_a_nonsense_thread_count_is_replaced():
    for text in ("", "many", "0", "-3"):
        assert configure_threads({"OMP_NUM_THREADS": text}, cores=2).threads == 2
    assert configure_threads({"OMP_NUM_THREADS": "4,2"}, cores=2).threads == 4


def test_a_containers_quota_counts_and_a_missing_one_does_not(tmp_path):
    quota = tmp_path / "cpu.max"
    unlimited = available_cores(quota)
    assert unlimited >= 1
    quota.write_text("max 100000\n")
    assert available_cores(quota) == unlimited
    quota.write_text("50000 100000\n")
    assert available_cores(quota) == 1


@pytest.mark.slow
def test_torch_obeys_when_it_is_loaded_afterwards():
    code = """
import os, sys
from loupe.engine import configure_threads
assert "torch" not in sys.modules, "it must be callable before torch is there"
early = configure_threads(os.environ, 2)
import torch
assert torch.get_num_threads() == 1, torch.get_num_threads()
print(early.effective, configure_threads(os.environ, 2).effective, early.wait_policy)
"""
    environment = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"}
    environment["OMP_NUM_THREADS"] = "1"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.split() == ["True", "False", "PASSIVE"]


def test_the_engine_offers_exactly_what_it_lists():
    import loupe.engine

    assert all(getattr(loupe.engine, name) is not None for name in loupe.engine.__all__)
    assert not hasattr(loupe.engine, "Engine")
