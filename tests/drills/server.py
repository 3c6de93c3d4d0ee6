"""A server's training thread without its pages, to be killed: `python server.py STATE ROOT`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from loupe.checkpoints.places import Places
from loupe.runs.queue import RunQueue
from loupe.runs.store import RunStore


def places_at(state: Path, root: Path) -> Places:
    return Places(roots=(root,), starters=state / "starters", state=state, hub_cache=state / "hub")


def main() -> None:
    state, root = map(Path, sys.argv[1:])
    RunQueue(RunStore(places_at(state, root)), lambda _needed: (), tick_s=0.1).start()
    while True:
        time.sleep(1)


if __name__ == "__main__":
    main()
