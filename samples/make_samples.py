"""Write the bundled example datasets, with the faults that are planted in them, or without.

    python -m samples.make_samples                 # samples/ itself, with faults
    python -m samples.make_samples --clean FOLDER  # the same rows without any fault

All wording is Loupe's own (`samples/wording/`). The rows follow from the seed alone, so the files
are the same bytes everywhere. `planted_faults.json` says where each fault stands.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from samples.making import articles, entities, pairs, sentiment, spam, topics
from samples.making.distinct import Distinct
from samples.making.faults import PLANT
from samples.making.files import write_file
from samples.making.kinds import KINDS
from samples.making.planting import Planter
from samples.making.rows import Row, Sample

SEED = 20
SCHEMA_VERSION = 1
FAULTS_FILE = "planted_faults.json"
TRAIN, TEST = "train", "test"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sample is made of. rows: clean ones, of train and of test."""

    ending: str
    columns: tuple[str, ...]
    make: Callable[..., list[Row]]
    rows: tuple[int, int]


PLANS: dict[str, Plan] = {
    "sentiment": Plan("csv", ("text", "label"), sentiment.make, (1100, 300)),
    "spam": Plan("tsv", ("label", "message"), spam.make, (900, 250)),
    "topics": Plan("jsonl", ("text", "label"), topics.make, (900, 240)),
    "entities": Plan("conll", ("tokens", "tags"), entities.make, (900, 250)),
    "pairs": Plan("csv", ("en", "fr"), pairs.make, (900, 240)),
    "articles": Plan("jsonl", ("document", "summary"), articles.make, (320, 70)),
}


def make(folder: Path, *, faults: bool = True) -> None:
    """Write two files a sample, and with faults the account of them."""
    planted: list[dict[str, object]] = []
    for name in PLANS:
        sample = clean_sample(name)
        planter = Planter(sample, Random(f"{SEED} {name} faults"))
        if faults:
            PLANT[name](planter)
        marked = {fault.split for fault in planter.faults if fault.kind == "bom"}
        for split, rows in sample.splits.items():
            path = folder / sample.file(split)
            write_file(path, sample.columns, rows, byte_order_mark=split in marked)
        planted += planter.account()
    if faults:
        (folder / FAULTS_FILE).write_bytes(_account(planted).encode("utf-8"))


def clean_sample(name: str) -> Sample:
    """The rows before any fault is planted: no two alike, within a split or across."""
    plan = PLANS[name]
    distinct = Distinct()
    splits = {
        split: plan.make(Random(f"{SEED} {name} {split}"), count, distinct, held_out=split == TEST)
        for split, count in zip((TRAIN, TEST), plan.rows, strict=True)
    }
    return Sample(name, plan.ending, plan.columns, splits)


def _account(planted: list[dict[str, object]]) -> str:
    """JSON with a fault a line, so that a change shows as the lines it changes."""
    head = {
        "schema_version": SCHEMA_VERSION,
        "rows": "Counted from 0; the header of a csv or tsv is none, a conll row is a sentence.",
        "pairs_with": "Rows that this one repeats or contradicts; a check may name these as well.",
        "also": "Other kinds that the row may be reported as with good reason.",
        "kinds": KINDS,
    }
    lines = ",\n".join("    " + json.dumps(fault, ensure_ascii=False) for fault in planted)
    text = json.dumps(head, indent=2, ensure_ascii=False)
    return f'{text[:-2]},\n  "faults": [\n{lines}\n  ]\n}}\n'


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the bundled example datasets.")
    parser.add_argument("--clean", metavar="FOLDER", type=Path, help="write them without faults")
    clean: Path | None = parser.parse_args().clean
    if clean is None:
        make(Path(__file__).resolve().parent)
    else:
        clean.mkdir(parents=True, exist_ok=True)
        make(clean, faults=False)


if __name__ == "__main__":
    main()
