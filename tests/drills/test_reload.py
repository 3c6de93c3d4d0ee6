"""A code reload and a cleared cache change nothing for a run that trains."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from loupe.runs.state import Status
from tests.drills.conftest import assert_nothing_lost, ends_as, events_of

# As Streamlit does it: what has changed is thrown out of the loaded modules and imported again.
_SERVER = """
import sys, threading, time
import streamlit as st
from components import resources

store = resources.runs()
thread = next(t for t in threading.enumerate() if t.name == "loupe-training-queue")
deadline = time.monotonic() + 120


def losses():
    return store.folder("run").events.read_text().count('"loss"')


def wait_for(condition):
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


wait_for(lambda: store.folder("run").events.is_file() and losses() > 5)
st.cache_resource.clear()
st.cache_data.clear()
assert resources.runs() is store, "a cleared cache"
for name in [n for n in sys.modules if n.split(".")[0] in ("loupe", "components")]:
    if name != "loupe.runs._process":  # what is no file is not reloaded
        del sys.modules[name]
from components import resources as again

assert again is not resources
assert again.runs() is store, "a code reload"
queues = [t for t in threading.enumerate() if t.name == "loupe-training-queue"]
assert queues == [thread]
wait_for(lambda: store.folder("run").finished.is_file())
# The thread writes down the end.
wait_for(lambda: store.state("run").has_ended)
"""


def test_a_run_and_its_thread_survive_a_cleared_cache_and_a_code_reload(store, root, make_spec):
    store.submit(make_spec(steps=60), token="a")
    project = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", _SERVER],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={
            **os.environ,
            "LOUPE_HOME": str(store.places.state),
            "LOUPE_ROOTS": str(root),
            "OMP_NUM_THREADS": "1",
        },
    )
    assert done.returncode == 0, done.stderr
    ends_as(store, "run", Status.FINISHED)
    assert len(events_of(store.folder("run"), "started")) == 1, "nobody began it a second time"
    assert_nothing_lost(store, "run", 60)
