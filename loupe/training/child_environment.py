"""The environment of a process that the server starts to train, or to try a training out."""

from __future__ import annotations

import os
from collections.abc import Mapping

from loupe.checkpoints.places import ROOTS_VARIABLE, STATE_VARIABLE, Places
from loupe.engine.threads import THREADS_VARIABLE, available_cores

THREADS_OF_TRAINING = "LOUPE_TRAINING_THREADS"


def child_environment(environment: Mapping[str, str], places: Places) -> dict[str, str]:
    """The server's own, with its folders named and threads left for the server itself.

    LOUPE_TRAINING_THREADS sets how many threads train; else all cores but one do.
    """
    # Where others can reach the server it may read no folder but its own; without a root named, a
    # process would take the whole home.
    roots = places.roots or (places.datasets,)
    threads = environment.get(THREADS_OF_TRAINING, "").strip()
    if not threads.isdigit() or int(threads) < 1:
        # What stands in the environment is the server's own number, which is all cores.
        threads = str(max(1, available_cores() - 1))
    return {
        **environment,
        ROOTS_VARIABLE: os.pathsep.join(map(str, roots)),
        STATE_VARIABLE: str(places.state),
        "HF_HUB_CACHE": str(places.hub_cache),
        THREADS_VARIABLE: threads,
        # What it prints before a crash is in the log, and in the encoding that the log is read in.
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
    }
