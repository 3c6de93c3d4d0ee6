"""Configs and splits from the names of files and from a README, as `datasets` finds them."""

from __future__ import annotations

import time

import pytest

from loupe.data.hub.dataset import HubDataset
from loupe.data.hub.layout import lay_out
from loupe.data.hub.listing import DataFile, Listing
from loupe.data.hub.ref import DatasetRef
from loupe.errors import InvalidInput, UnsupportedDataset
from tests.unit.data.hub.contents import shape

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def listing(*paths: str, card: str | None = None, whole: bool = True, **more: object) -> Listing:
    files = tuple(DataFile(path, 100, None) for path in sorted(paths))
    if card is not None:
        card = f"---\n{card}\n---\n# A card\n"
    return Listing(
        id="some/set",
        commit=COMMIT,
        files=files,
        card=card,
        whole=whole,
        **more,  # type: ignore[arg-type]
    )


def laid(*paths: str, card: str | None = None, whole: bool = True) -> HubDataset:
    return lay_out(
        listing(*paths, card=card, whole=whole), DatasetRef("some/set"), "https://hub.example"
    )


def splits(*paths: str, card: str | None = None) -> dict[str, list[str]]:
    (config,) = shape(laid(*paths, card=card)).values()
    return config


def test_splits_are_found_in_the_names_of_files() -> None:
    assert splits("train.csv", "dev.csv", "my-test-set.csv", "README.md") == {
        "train": ["train.csv"],
        "validation": ["dev.csv"],
        "test": ["my-test-set.csv"],
    }


def test_splits_are_found_in_the_names_of_folders() -> None:
    assert splits("data/train/a.jsonl", "data/train/b.jsonl", "data/valid/c.jsonl") == {
        "train": ["data/train/a.jsonl", "data/train/b.jsonl"],
        "validation": ["data/valid/c.jsonl"],
    }


def test_shards_carry_the_names_of_their_splits_even_unusual_ones() -> None:
    assert splits(
        "data/train-00000-of-00002.parquet",
        "data/train-00001-of-00002-0a1b.parquet",
        "data/unsupervised-00000-of-00001.parquet",
    ) == {
        "train": ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002-0a1b.parquet"],
        "unsupervised": ["data/unsupervised-00000-of-00001.parquet"],
    }


def test_files_without_a_split_in_their_names_are_for_training() -> None:
    assert splits("reviews.csv") == {"train": ["reviews.csv"]}


def test_a_licence_and_a_script_beside_the_data_are_no_data() -> None:
    assert splits("reviews.csv", "LICENSE.txt", "make.py", ".gitattributes", "picture.png") == {
        "train": ["reviews.csv"]
    }


def test_hidden_files_are_no_data() -> None:
    assert splits("train.csv", ".cache/train.csv", "__pycache__/train.csv") == {
        "train": ["train.csv"]
    }


@pytest.mark.parametrize(
    ("data_files", "expected"),
    [
        ("data_files: a/*.csv", {"train": ["a/1.csv", "a/2.csv"]}),
        ("data_files: ['b/1.csv', 'a/1.csv']", {"train": ["b/1.csv", "a/1.csv"]}),
        (
            "data_files: [{split: test, path: 'b/*'}, {split: odd_one, path: ['a/1.csv']}]",
            {"test": ["b/1.csv"], "odd_one": ["a/1.csv"]},
        ),
        ("data_dir: b", {"train": ["b/1.csv"]}),
        ("data_dir: a\n  data_files: '2.*'", {"train": ["a/2.csv"]}),
    ],
)
def test_a_card_names_its_files_in_every_form(
    data_files: str, expected: dict[str, list[str]]
) -> None:
    card = f"configs:\n- config_name: main\n  {data_files}"
    assert splits("a/1.csv", "a/2.csv", "b/1.csv", card=card) == expected


def test_two_configs_of_different_formats_are_told_apart() -> None:
    card = (
        "configs:\n- {config_name: texts, data_files: '*.txt'}\n"
        "- {config_name: 2020, data_files: '*.csv', sep: \"\\t\", header: null, names: [x, y]}"
    )
    dataset = laid("a.txt", "b.csv", card=card)
    assert shape(dataset) == {"texts": {"train": ["a.txt"]}, "2020": {"train": ["b.csv"]}}
    assert dataset.config("2020").reading == {
        "delimiter": "\t",
        "header": False,
        "column_names": ("x", "y"),
    }
    assert dataset.default_config is None
    with pytest.raises(InvalidInput, match=r"texts.*2020"):
        dataset.config()


def test_a_config_or_split_that_is_not_there_is_told_with_those_that_are() -> None:
    dataset = laid("train.csv", "test.csv")
    with pytest.raises(InvalidInput, match=r"“validation”.*“train”, “test”"):
        dataset.files(splits=["validation"])
    with pytest.raises(InvalidInput, match=r"“big”.*“default”"):
        dataset.files("big")
    assert [file.path for file in dataset.files(splits=["test"])] == ["test.csv"]


def test_one_config_whose_files_are_gone_does_not_hide_the_others() -> None:
    card = (
        "configs:\n- {config_name: a, data_files: gone.csv}\n- {config_name: b, data_files: b.csv}"
    )
    assert shape(laid("b.csv", card=card)) == {"b": {"train": ["b.csv"]}}
    with pytest.raises(UnsupportedDataset, match="no files"):
        laid("c.csv", card="configs:\n- {config_name: a, data_files: gone.csv}")


@pytest.mark.parametrize(
    "pattern",
    [
        "/etc/*",
        "../*",
        "a/../../b.csv",
        "https://elsewhere.example/x.csv",
        "hf://datasets/other/set/x.csv",
        "zip://x.csv::https://elsewhere.example/x.zip",
        "~/x.csv",
        "file:///etc/passwd",
    ],
)
def test_a_card_that_names_files_elsewhere_is_refused(pattern: str) -> None:
    card = f"configs:\n- config_name: main\n  data_files: '{pattern}'"
    with pytest.raises(UnsupportedDataset, match="not its own"):
        laid("train.csv", card=card)
    with pytest.raises(UnsupportedDataset, match="not its own"):
        laid("train.csv", card=f"configs:\n- config_name: main\n  data_dir: '{pattern}'")


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "\n".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "card",
    [
        "configs: [",
        "configs: train.csv",
        "configs: [train.csv]",
        "configs: [{data_files: train.csv}]",
        "configs: [{config_name: a, data_files: {split: train}}]",
        "configs: [{config_name: a, data_files: [{split: 'a b', path: x.csv}]}]",
        "configs: [{config_name: a, default: true}, {config_name: b, default: true}]",
        "configs: [{config_name: a, data_files: 'a**b'}]",
        "configs: &x [*x]",
        "- just\n- a list",
        "license: !!python/object/apply:os.system ['true']",
        BOMB,
        "x: " + "[" * 5000,
    ],
)
def test_a_card_that_makes_no_sense_is_refused_at_once(card: str) -> None:
    began = time.monotonic()
    with pytest.raises(UnsupportedDataset, match="README") as refused:
        laid("train.csv", card=card)
    assert time.monotonic() - began < 2.0
    assert "{" not in str(refused.value).replace("{split", "")


@pytest.mark.parametrize(
    "paths",
    [
        ("README.md", ".gitattributes"),
        ("cat.png", "dog.jpg"),
        ("weights.bin", "rows.pkl"),
        ("data.tar",),
        ("table.h5",),
        (),
    ],
)
def test_a_dataset_without_rows_of_text_is_refused(paths: tuple[str, ...]) -> None:
    with pytest.raises(UnsupportedDataset, match="no files that Loupe reads"):
        laid(*paths)


def test_a_pickle_beside_the_data_is_not_among_it() -> None:
    assert splits("train.csv", "train.pkl", "train.pt") == {"train": ["train.csv"]}


def test_archives_are_taken_whole() -> None:
    assert splits("train.csv.gz", "test.csv.gz") == {
        "train": ["train.csv.gz"],
        "test": ["test.csv.gz"],
    }
    assert splits("train.zip", "test.zip") == {"train": ["train.zip"], "test": ["test.zip"]}


def test_a_script_does_not_hide_files_that_the_card_names() -> None:
    card = "configs:\n- {config_name: a, data_files: a.csv}"
    assert splits("set.py", "a.csv", card=card) == {"train": ["a.csv"]}
    with pytest.raises(UnsupportedDataset, match="scripts are gone"):
        laid("set.py", "a.csv")


def test_a_dataset_of_thousands_of_files_is_laid_out_in_seconds() -> None:
    began = time.monotonic()
    assert len(splits(*(f"part{i // 100}/{i}.txt" for i in range(5000)))["train"]) == 5000
    assert time.monotonic() - began < 10


def test_what_lies_in_a_cache_alone_is_counted_by_the_names_of_its_shards() -> None:
    dataset = laid(
        "data/train-00001-of-00003.parquet", "data/test-00000-of-00001.parquet", whole=False
    )
    assert {s.name: s.missing_files for s in dataset.config().splits} == {"train": 2, "test": 0}
