"""Measure every starter again, on texts that its training never saw.

    python -m benchmarks.starters [--data DIR] [--only NAME ...]

The data are not part of the project: starters/data.sha256 says which files they are. Without them
nothing is measured. A starter that is not there is said to be missing, and the others are measured.

- fill_mask_top1: share of masks filled with the piece that was there (evaluate_fill_mask_en).
- generate_bits_per_char: of the held-out encyclopedia articles, all of them.
- translate_chrf, translate_bleu: out of 100, greedy, 1,000 held-out sentences that did not choose
  the checkpoint, the first by the hash that holds them out; every French version is a reference.
- sentiment_accuracy: share of the 1,000 held-out sentences that the run.yaml names.
- ner_f1: strict entity F1 from 0 to 1 on WNUT 2017's test sentences.

Exit codes: 0 measured, 1 a name in the everyday sentences is wrong or a starter does not load,
2 the data are not there, or not the same.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import datasets
import torch

from benchmarks.starters.files import find_faults, read_list
from benchmarks.starters.measures import MEASURES
from loupe.checkpoints.places import Places
from loupe.errors import LoupeError

PROJECT = Path(__file__).resolve().parents[2]
DATA = PROJECT.parent / "shared" / "data"
MEASURED, WRONG, NO_DATA = range(3)


def main(arguments: Sequence[str]) -> int:
    """Print a table and the figures; the exit code."""
    options = _options(arguments)
    datasets.disable_progress_bars()
    faults = find_faults(read_list(PROJECT / "starters" / "data.sha256"), options.data)
    if faults:
        print(f"Nothing was measured: the data in {options.data} are not those of the starters.")
        print(*faults, sep="\n")
        return NO_DATA
    with TemporaryDirectory() as scratch:
        return measure_all(options.only, options.data, PROJECT / "starters", Path(scratch))


def measure_all(names: Sequence[str], data: Path, starters: Path, scratch: Path) -> int:
    """Measure the starters of these names, and print. scratch: an empty folder."""
    places = Places(roots=(data,), starters=starters, state=scratch, hub_cache=scratch)
    figures: dict[str, float] = {}
    faults: list[str] = []
    print(f"{'starter':<18}{'seconds':>8}  measured on")
    for name in names:
        if name not in places.starter_names():
            print(f"{name:<18}{'—':>8}  missing: there is no such starter", flush=True)
            continue
        began = time.monotonic()
        try:
            result = MEASURES[name](name, places)
        except LoupeError as error:
            faults.append(f"{name}: {error}")
            continue
        print(f"{name:<18}{time.monotonic() - began:>8.0f}  {result.said}", flush=True)
        figures |= result.figures
        faults += result.faults
    print(f"threads: {torch.get_num_threads()}, float32")
    for fault in faults:
        print(f"WRONG: {fault}")
    for figure, value in figures.items():
        print(f"figure {figure} {value:.4f}")
    return WRONG if faults else MEASURED


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data")
    parser.add_argument("--only", nargs="+", choices=list(MEASURES), default=list(MEASURES))
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
