"""`python -m loupe.training.preflight FOLDER`: try out what run.yaml there says.

In the folder: run.yaml and, where more is asked, question.json; it writes preflight.jsonl, a line
for each stage that begins, log.txt with all that is printed, and last preflight.json, the report.
It ends when the process that started it does.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from loupe.training.__main__ import FINISHED, USAGE, configure, log_to
from loupe.training.preflight.asked import LOG, QUESTION, REPORT, SPEC, STAGES, Asked


def main(arguments: Sequence[str]) -> int:
    """Try the folder's run out; the exit code."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: python -m loupe.training.preflight FOLDER", file=sys.stderr)  # noqa: T201
        return USAGE
    folder = Path(arguments[0]).resolve()
    configure()
    log_to(folder / LOG)
    _examine(folder)
    return FINISHED


def _examine(folder: Path) -> None:
    import psutil

    from loupe.checkpoints.child import Reporter, die_with_parent
    from loupe.checkpoints.places import Places
    from loupe.training.preflight.stages import Stage
    from loupe.training.spec import RunSpec

    asked = Asked.read(folder / QUESTION)
    if asked.parent_pid is not None:
        die_with_parent(asked.parent_pid)
    reporter = Reporter(folder / STAGES)

    def tell(stage: Stage) -> None:
        reporter.write("stage", stage=stage)

    tell(Stage.STARTING)
    # Imports torch and transformers, as a run does.
    from loupe.training.precision import training_device
    from loupe.training.preflight.examine import examine
    from loupe.training.preflight.memory import bound_memory

    if training_device() != "cuda":
        bound_memory()
    places = Places.from_environment(os.environ, Path(__file__).resolve().parents[3])
    start_s = time.time() - psutil.Process().create_time()
    report = examine(RunSpec.read(folder / SPEC), places, folder, asked, tell, start_s=start_s)
    report.write(folder / REPORT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
