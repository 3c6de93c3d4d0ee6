import subprocess
import sys

import pytest
import torch

from loupe.training.preflight.memory import PeakMemory, free_bytes, resident_bytes

MIB = 1024**2

# In a process of its own: a bound cannot be lifted again.
BOUNDED = """
import torch
from loupe.training.errors import is_out_of_memory
from loupe.training.preflight import memory
memory.memory_free_bytes = lambda: 300 * 1024**2
memory.bound_memory()
torch.zeros(25 * 1024**2)
try:
    torch.zeros(1024**3)
except RuntimeError as error:
    print("refused" if is_out_of_memory(error) else f"other: {error}")
"""


def test_the_peak_is_what_was_held_at_once_and_begins_anew():
    peak = PeakMemory("cpu")
    peak.begin()
    before = peak.peak_bytes()
    held = torch.ones(50 * MIB)  # 200 MiB
    del held
    after = peak.peak_bytes()
    assert 190 * MIB < after - before < 400 * MIB
    peak.begin()
    assert peak.peak_bytes() < after - 100 * MIB


def test_what_this_process_holds_is_free_for_it():
    assert free_bytes("cpu") > resident_bytes() > 0


@pytest.mark.slow
def test_a_bounded_process_is_refused_memory_and_not_killed():
    done = subprocess.run(
        [sys.executable, "-c", BOUNDED], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "refused"
