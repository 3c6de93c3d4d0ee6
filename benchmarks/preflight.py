"""How long a pre-flight says that a run will take, against how long it takes.

Real runs of the bundled starters on the samples, each `python -m loupe.training` in a process of
its own, from its start to its end, imports included; before each its pre-flight, and one after it:
on a machine that is used for something else meanwhile, neither of the two alone saw the same hour.

    python -m benchmarks.preflight
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from loupe.checkpoints.places import Places
from loupe.training.child_environment import child_environment
from loupe.training.preflight import PreflightReport, run_preflight
from loupe.training.spec import RunSpec

PROJECT = Path(__file__).resolve().parent.parent

# The samples have faults on purpose; with these steps there are labels to learn.
_CLEANED = {
    "steps": [
        {"step": "drop_rows", "column": "label", "where": {"kind": "empty"}},
        {"step": "strip", "columns": ["label"]},
        {
            "step": "merge_labels",
            "column": "label",
            "labels": {"Positive": "positive", "POSITIVE": "positive"},
        },
    ]
}
RUNS: Mapping[str, dict[str, Any]] = {
    "classify": {
        "task": "text-classification",
        "model": {"checkpoint": "starter:fill-mask-en"},
        "data": {"train": [{"path": "sample:sentiment-train"}], "recipe": _CLEANED},
        "args": {"max_steps": 40},
        "max_length": 64,
    },
    "fill masks": {
        "task": "fill-mask",
        "model": {"checkpoint": "starter:fill-mask-en"},
        "data": {"train": [{"path": "sample:small-texts"}]},
        "args": {"max_steps": 30},
    },
    "translate": {
        "task": "translation",
        "model": {"checkpoint": "starter:translate-en-fr"},
        "data": {"train": [{"path": "sample:pairs-train"}]},
        "args": {"max_steps": 30, "eval_steps": 15},
        "max_target_length": 48,
    },
}


@dataclass(frozen=True, slots=True)
class Compared:
    """Seconds. said: by the pre-flights before and after. took: the run."""

    said: tuple[float, float]
    took: float

    @property
    def ratio(self) -> float:
        return statistics.mean(self.said) / self.took


def compare(name: str, run: Mapping[str, Any], places: Places, work: Path) -> Compared:
    """Pre-flight, run, pre-flight."""
    spec = RunSpec.from_dict({"name": name.replace(" ", "-"), **run})
    before = _say(spec, places, work / f"{spec.name}-before")
    took = _train(spec, places)
    return Compared((before, _say(spec, places, work / f"{spec.name}-after")), took)


def _say(spec: RunSpec, places: Places, folder: Path) -> float:
    report: PreflightReport = run_preflight(spec, places, folder, models_bytes=0)
    assert report.eta_s is not None, [str(finding) for finding in report.findings]
    return report.eta_s


def _train(spec: RunSpec, places: Places) -> float:
    folder = places.runs / spec.name
    folder.mkdir(parents=True)
    (folder / "run.yaml").write_text(spec.to_yaml(), "utf-8")
    began = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "loupe.training", str(folder)],
        cwd=PROJECT,
        env=child_environment(os.environ, places),
        check=True,
    )
    return time.monotonic() - began


def main() -> None:
    with TemporaryDirectory() as name:
        places = Places.from_environment({**os.environ, "LOUPE_HOME": name}, PROJECT)
        print(f"{'':<12}{'said before':>14}{'took':>8}{'said after':>14}{'ratio':>8}")
        found = []
        for title, run in RUNS.items():
            one = compare(title, run, places, Path(name))
            found.append(one)
            print(
                f"{title:<12}{one.said[0]:>12.1f} s{one.took:>6.1f} s{one.said[1]:>12.1f} s"
                f"{one.ratio:>8.2f}",
                flush=True,
            )
    print(f"\nfigure eta_over_actual {statistics.median(one.ratio for one in found):.2f}")


if __name__ == "__main__":
    main()
