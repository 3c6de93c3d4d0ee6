"""`python -m loupe.runs list` and `python -m loupe.runs reindex`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from loupe.checkpoints.places import Places
from loupe.runs.store import RunStore

_USAGE = "usage: python -m loupe.runs list | reindex"


def main(arguments: Sequence[str]) -> int:
    """Print the runs, or make their index anew from the folders; the exit code."""
    store = RunStore(Places.from_environment(os.environ, Path(__file__).resolve().parents[2]))
    if list(arguments) == ["reindex"]:
        print(f"{store.reindex()} runs in {store.root}")  # noqa: T201
        return 0
    if list(arguments) == ["list"]:
        for run in store.list():
            share = "" if run.share is None else f" {100 * run.share:.0f} %"
            print(f"{run.id}\t{run.task}\t{run.status}{share}")  # noqa: T201
        return 0
    print(_USAGE, file=sys.stderr)  # noqa: T201
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
