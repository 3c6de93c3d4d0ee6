"""The same configs, splits and files as `datasets` finds in a folder with the same contents."""

from __future__ import annotations

from pathlib import Path

import pytest
from datasets import get_dataset_config_names, load_dataset_builder

from loupe.data.hub.layout import lay_out
from loupe.data.hub.listing import README, DataFile, Listing
from loupe.data.hub.ref import DatasetRef
from tests.unit.data.hub.contents import shape

TREES: dict[str, tuple[str, dict[str, str]]] = {
    "names of files": (
        "",
        {"train.csv": "a\n1\n", "validation.csv": "a\n1\n", "eval.csv": "a\n1\n"},
    ),
    "names of folders": (
        "",
        {
            "x/training/1.jsonl": '{"a": 1}\n',
            "x/training/2.jsonl": '{"a": 1}\n',
            "x/dev/1.jsonl": '{"a": 1}\n',
        },
    ),
    "shards": (
        "",
        {f"data/{split}-0000{i}-of-00002.txt": "a\n" for split in ("train", "odd") for i in (0, 1)},
    ),
    "a word that only looks like a split": ("", {"trainer.txt": "a\n", "contest.txt": "a\n"}),
    "beside the data": ("", {"all.csv": "a\n1\n", "LICENSE.txt": "a\n", "notes.md": "a\n"}),
    "hidden": (
        "",
        {"train.csv": "a\n1\n", ".old/train.csv": "a\n1\n", "__x__/train.csv": "a\n1\n"},
    ),
    "a card with patterns": (
        "configs:\n- config_name: b\n  data_files:\n  - {split: train, path: 'y/*.csv'}\n"
        "  - {split: test, path: [y/1.csv, x/1.csv]}\n- config_name: a\n  data_files: x/*\n",
        {"x/1.csv": "a\n1\n", "x/2.csv": "a\n1\n", "y/1.csv": "a\n1\n", "z/1.csv": "a\n1\n"},
    ),
    "a card with folders": (
        "configs:\n- {config_name: one, data_dir: x}\n- {config_name: two, data_dir: y}\n",
        {"x/train.csv": "a\n1\n", "x/test.csv": "a\n1\n", "y/all.csv": "a\n1\n"},
    ),
    "compressed": ("", {"train.csv.gz": "", "test.csv.gz": ""}),
}


@pytest.mark.parametrize("kind", TREES)
def test_a_listing_is_laid_out_as_datasets_lays_out_a_folder(kind: str, tmp_path: Path) -> None:
    head, files = TREES[kind]
    card = f"---\n{head}---\n" if head else None
    for path, text in (files | ({README: card} if card else {})).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)

    expected: dict[str, dict[str, list[str]]] = {}
    for config in get_dataset_config_names(str(tmp_path)):
        builder = load_dataset_builder(str(tmp_path), config, cache_dir=str(tmp_path / ".cache"))
        expected[config] = {
            str(split): [Path(path).relative_to(tmp_path).as_posix() for path in paths]
            for split, paths in builder.config.data_files.items()
        }

    listing = Listing(
        id="some/set",
        commit="0" * 40,
        files=tuple(DataFile(path, len(text)) for path, text in files.items()),
        card=card,
    )
    assert shape(lay_out(listing, DatasetRef("some/set"), "https://hub.example")) == expected
    assert all(files for splits in expected.values() for files in splits.values())
