"""A program that ends while a model computes ends cleanly."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).parents[3]

PROGRAM = """
import sys, threading
from pathlib import Path
import torch
from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.checkpoints.resolve import ResolvedCheckpoint
from loupe.engine import ModelKey, Pool

folder = Path(sys.argv[1])
places = Places((folder,), folder, folder, folder)
def resolve(ref):
    return ResolvedCheckpoint(folder / ref.id, None, (folder,))

pool = Pool(places, device="cpu", resolve=resolve)
began = threading.Event()

def endless(loaded, ticket):
    while True:
        loaded.model(input_ids=torch.ones(8, 60, dtype=torch.long))
        began.set()

pool.submit(ModelKey(CheckpointRef(Kind.STARTER, "gpt2"), "AutoModelForCausalLM"), endless)
assert began.wait(60)
print("leaving", flush=True)
sys.exit(7)
"""


def test_a_program_that_ends_in_the_middle_of_an_inference_ends_cleanly(tiny_folders):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, str(tiny_folders)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.stdout == "leaving\n"
    assert "terminate called" not in done.stderr
    assert done.stderr == ""
    assert done.returncode == 7
