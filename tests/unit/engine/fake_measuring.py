"""Stands in for the measuring process: says what its environment tells it to, in no time."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from loupe.checkpoints.child import Reporter, read_job

NUMBERS = {
    "machine": "A processor",
    "device": "cpu",
    "dtype": "float32",
    "load_s": 0.5,
    "peak_bytes": 1000,
    "parameters": 100,
    "length_tokens": 128,
    "forward_tokens_per_s": 10.0,
    "generated_tokens": 0,
    "generated_tokens_per_s": None,
}

if __name__ == "__main__":
    job = read_job()
    reporter = Reporter(Path(job["events"]))
    what = os.environ["FAKE"]
    reporter.write("stage", stage="loading")
    if what == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "ends":
        sys.exit(3)
    if what == "hangs":
        time.sleep(60)
    if what.startswith("failed"):
        reporter.write("failed", message="words", is_memory=what == "failed for memory")
    else:
        reporter.write("done", numbers=NUMBERS)
