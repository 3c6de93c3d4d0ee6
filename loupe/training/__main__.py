"""`python -m loupe.training RUN_DIR`: train what run.yaml there says, or go on with it.

What is printed goes to log.txt in the folder. SIGTERM, or a file `stop` in the folder, ends it
after the step in hand with a checkpoint; starting it again goes on from there.
Exit codes: 0 finished, 1 failed (events.jsonl says why), 2 used wrongly, 3 stopped, 4 another
process is training it, 5 an error without words of ours (log.txt has it).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

FINISHED, FAILED, USAGE, STOPPED, BUSY, CRASHED = range(6)

# Nothing here may reach for the network: what a run needs is on this machine before it starts.
_OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}


def main(arguments: Sequence[str]) -> int:
    """Run the folder that is named; the exit code."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: python -m loupe.training RUN_DIR", file=sys.stderr)  # noqa: T201
        return USAGE
    folder = Path(arguments[0]).resolve()
    configure()
    log_to(folder / "log.txt")
    return _train(folder)


def configure() -> None:
    """Before torch is imported, which reads its settings once."""
    from loupe.engine.threads import available_cores, configure_threads

    # One core is left to the server that shows the run.
    configure_threads(os.environ, max(1, available_cores() - 1))
    for name, value in _OFFLINE.items():
        os.environ.setdefault(name, value)


def log_to(path: Path) -> None:
    """Send all output there, of libraries written in C too."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os.close(handle)


def _train(folder: Path) -> int:
    from loupe.training.run_folder import RunFolder
    from loupe.training.stop import StopRequest

    stop = StopRequest(RunFolder(folder).stop)
    # An old request is over: who starts a run means it. One that comes in the seconds that the
    # imports take is kept.
    stop.forget()
    stop.listen()

    from loupe.checkpoints.places import Places
    from loupe.training.errors import RunIsBusy
    from loupe.training.imports import unneeded, unseen
    from loupe.training.job import Outcome, run

    codes = {
        Outcome.FINISHED: FINISHED,
        Outcome.STOPPED: STOPPED,
        Outcome.FAILED: FAILED,
        Outcome.CRASHED: CRASHED,
    }
    places = Places.from_environment(os.environ, Path(__file__).resolve().parents[2])
    try:
        return codes[
            run(folder, places, stop=stop, importing=lambda spec: unseen(unneeded(spec, places)))
        ]
    except RunIsBusy:
        return BUSY


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
