"""A file is written to the store once, whole or not at all, and found there again."""

from __future__ import annotations

import gzip
import io
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import ClassLabel, Dataset, Features, Value

from loupe.data.ingest import group_files, guess_split, open_files, save_upload
from loupe.data.ingest import open_files as opening
from loupe.data.opened import OpenedDataset
from loupe.data.spec import Source
from loupe.errors import Cancelled, InvalidInput, NotEnoughDisk
from tests.unit.data.bad_files import zipped

CSV = "text,label\n" + "".join(f"some words {i},{i % 2}\n" for i in range(5000))


def opened(folder: Path, path: Path, **said: Any) -> OpenedDataset:
    reading = {k: v for k, v in said.items() if k in Source.model_fields}
    rest = {k: v for k, v in said.items() if k not in reading}
    return open_files(
        [("train", Source(path=str(path), **reading))],
        name="x",
        roots=(folder,),
        samples=folder,
        store=folder / "store",
        **rest,
    )


def entries(folder: Path) -> set[str]:
    return {path.parent.name for path in (folder / "store").glob("*/meta.json")}


def test_rows_are_memory_mapped_in_small_batches(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    split = opened(tmp_path, tmp_path / "a.csv").split("train")
    assert split.rows == split.dataset.num_rows == split.table.num_rows == 5000
    assert split.dataset[4999] == {"text": "some words 4999", "label": "1"}
    with pa.ipc.open_stream(split.paths[0]) as reader:
        assert max(batch.num_rows for batch in reader) <= 1000
    assert json.loads((split.paths[0].parent / "meta.json").read_text())["schema_version"] == 1


def test_the_same_bytes_open_at_once_and_another_reading_is_another_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(CSV)
    os.utime(path, (time.time() - 100,) * 2)
    time.sleep(0.15)  # until its identity may be remembered
    first = opened(tmp_path, path).fingerprint
    plain = opened(tmp_path, path, header=False)
    assert plain.fingerprint != first
    assert plain.splits[0].rows == 5001
    (tmp_path / "copy.csv").write_text(CSV)
    assert opened(tmp_path, tmp_path / "copy.csv").fingerprint == first

    monkeypatch.setattr(
        "loupe.data.ingest.digests.new_hash", lambda: pytest.fail("it was hashed again")
    )
    assert opened(tmp_path, path).fingerprint == first
    monkeypatch.undo()
    path.write_text(CSV.replace("some words 7,", "same words 7,"))
    assert opened(tmp_path, path).fingerprint != first


def test_columns_for_a_task_do_not_change_the_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    first = opened(tmp_path, tmp_path / "a.csv")
    second = opened(tmp_path, tmp_path / "a.csv", columns={"text": "text"}, license="CC0")
    assert first.fingerprint == second.fingerprint
    assert second.splits[0].sources[0].license == "CC0"


def test_an_unfinished_or_damaged_entry_is_written_again(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    split = opened(tmp_path, tmp_path / "a.csv").splits[0]
    (split.paths[0].parent / "meta.json").unlink()
    assert opened(tmp_path, tmp_path / "a.csv").splits[0].dataset.num_rows == 5000
    split.paths[0].write_bytes(split.paths[0].read_bytes()[:-100])
    assert opened(tmp_path, tmp_path / "a.csv").splits[0].dataset.num_rows == 5000


def test_cancelling_leaves_nothing_and_progress_reaches_the_end(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"a": "some text"}\n' * 50_000)
    seen: list[tuple[int, int]] = []
    opened(tmp_path, tmp_path / "a.jsonl", progress=lambda *p: seen.append(p))
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1] > 0
    before = entries(tmp_path)

    (tmp_path / "a.jsonl").write_text('{"a": "some other text"}\n' * 50_000)
    asked = iter([False] * 3 + [True] * 1000)
    with pytest.raises(Cancelled):
        opened(tmp_path, tmp_path / "a.jsonl", cancelled=lambda: next(asked))
    assert entries(tmp_path) == before
    assert not list((tmp_path / "store").glob(".incoming*"))


def test_several_may_open_one_file_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: opened(tmp_path, tmp_path / "a.csv"), range(8)))
    assert len({dataset.fingerprint for dataset in found}) == len(entries(tmp_path)) == 1
    assert all(dataset.splits[0].dataset.num_rows == 5000 for dataset in found)
    assert not list((tmp_path / "store").glob(".incoming*"))


def test_what_a_killed_process_left_is_swept_and_never_opened(tmp_path: Path) -> None:
    left = tmp_path / "store" / ".incoming-dead"
    left.mkdir(parents=True)
    (left / "rows.arrow").write_bytes(b"half")
    (left / "lock").touch()
    os.utime(left, (time.time() - 1000,) * 2)
    (tmp_path / "a.csv").write_text(CSV)
    opened(tmp_path, tmp_path / "a.csv")
    assert not left.exists()


def test_the_store_lets_the_least_recently_used_go_but_none_in_use(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.csv").write_text(CSV.replace("some", name))
    held = opened(tmp_path, tmp_path / "a.csv")
    gone = opened(tmp_path, tmp_path / "b.csv").fingerprint
    last = opened(tmp_path, tmp_path / "c.csv", limit_bytes=1)
    assert entries(tmp_path) == {held.fingerprint, last.fingerprint}
    assert gone not in entries(tmp_path)
    assert held.splits[0].dataset.num_rows == 5000


def test_a_full_disk_is_said_before_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("loupe.data.ingest.disk.shutil.disk_usage", lambda _: usage)
    with pytest.raises(NotEnoughDisk, match="Free at least"):
        opened(tmp_path, tmp_path / "a.csv")
    with pytest.raises(NotEnoughDisk):
        save_upload(tmp_path / "store", "a.csv", CSV.encode())


def sharded(folder: Path, *texts: str) -> OpenedDataset:
    for number, text in enumerate(texts):
        (folder / f"{number}.csv").write_text(text)
    sources = [("train", Source(path=str(folder / f"{n}.csv"))) for n in range(len(texts))]
    return opening(
        [*sources, ("test", sources[0][1])],
        name="x",
        roots=(folder,),
        samples=folder,
        store=folder / "store",
    )


def test_the_files_of_one_split_follow_each_other(tmp_path: Path) -> None:
    found = sharded(tmp_path, "text\na\nb\n", "text\nc\n")
    assert [(split.name, split.rows) for split in found.splits] == [("train", 3), ("test", 2)]
    train = found.split("train")
    assert train.dataset["text"][:] == ["a", "b", "c"]
    assert train.table.slice(2, 1)["text"].to_pylist() == ["c"]
    assert len(train.sources) == 2
    assert train.fingerprint != found.split("test").fingerprint
    assert train.fingerprint == sharded(tmp_path, "text\na\nb\n", "text\nc\n").splits[0].fingerprint


def test_the_files_of_one_split_have_the_same_columns(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="other columns") as caught:
        sharded(tmp_path, "text\na\n", "text,label\nb,c\n")
    assert "1.csv" in str(caught.value)


def test_nothing_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no file"):
        opening([], name="x", roots=(), samples=tmp_path, store=tmp_path / "store")


def test_classes_records_and_numbers_of_parquet_and_arrow_stay(tmp_path: Path) -> None:
    features = Features(
        {
            "label": ClassLabel(names=["bad", "good"]),
            "translation": {"en": Value("string"), "fr": Value("string")},
            "score": Value("float32"),
        }
    )
    rows = {
        "label": [0, 1],
        "translation": [{"en": "Go", "fr": "Va"}, {"en": "No", "fr": "Non"}],
        "score": [0.5, 1.5],
    }
    made = Dataset.from_dict(rows, features=features)
    made.to_parquet(tmp_path / "a.parquet")
    with pa.OSFile(str(tmp_path / "a.arrow"), "wb") as sink:
        table = made.data.table
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    for name in ("a.parquet", "a.arrow"):
        dataset = opened(tmp_path, tmp_path / name).splits[0].dataset
        assert dataset.features["label"].names == ["bad", "good"]
        assert dataset[1] == {
            "label": 1,
            "translation.en": "No",
            "translation.fr": "Non",
            "score": 1.5,
        }


def test_one_huge_row_group_is_rewritten_in_small_batches(tmp_path: Path) -> None:
    texts = [f"{i} " + "word " * 100 for i in range(20_000)]
    pq.write_table(pa.table({"text": texts}), tmp_path / "a.parquet", row_group_size=1 << 30)
    split = opened(tmp_path, tmp_path / "a.parquet").splits[0]
    assert split.dataset[19_999]["text"] == texts[-1]
    with pa.ipc.open_stream(split.paths[0]) as reader:
        assert max(batch.nbytes for batch in reader) <= 3 << 20


@pytest.mark.parametrize("name", ["a.csv.gz", "a.zip"])
def test_packed_texts_open_without_being_unpacked_to_disk(tmp_path: Path, name: str) -> None:
    packed = (
        gzip.compress(CSV.encode())
        if name.endswith("gz")
        else zipped(("data/a.csv", CSV.encode()), ("__MACOSX/._a.csv", b"x"), ("notes.md", b"x"))
    )
    (tmp_path / name).write_bytes(packed)
    split = opened(tmp_path, tmp_path / name).splits[0]
    assert split.rows == 5000
    assert {p.name for p in split.paths[0].parent.iterdir()} == {"rows.arrow", "meta.json"}


def test_a_member_of_a_zip_is_chosen_by_name(tmp_path: Path) -> None:
    packed = zipped(("a.csv", b"x\n1\n"), ("b.jsonl", b'{"y": 2}\n'))
    (tmp_path / "a.zip").write_bytes(packed)
    assert opened(tmp_path, tmp_path / "a.zip", member="b.jsonl").splits[0].dataset[0] == {"y": 2}
    with pytest.raises(InvalidInput, match=r"called “c\.csv”"):
        opened(tmp_path, tmp_path / "a.zip", member="c.csv")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/a.csv", "a.csv"),
        ("C:\\temp\\a.csv", "a.csv"),
        ("/", "upload"),
        ("..", "upload"),
        ("a\x00b\u202e.csv", "a_b_.csv"),
        ("é" * 300 + ".jsonl", "é" * 57 + ".jsonl"),
    ],
)
def test_the_name_of_an_upload_is_never_a_path(tmp_path: Path, name: str, kept: str) -> None:
    path = save_upload(tmp_path, name, io.BytesIO(b"text\na\n"))
    assert path.name == kept
    assert path.parent.parent == tmp_path / "uploads"
    assert path.read_bytes() == b"text\na\n"
    assert save_upload(tmp_path, name, b"text\na\n") == path
    assert not list((tmp_path / "uploads").glob(".incoming*"))


def test_an_upload_above_the_limit_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="larger than"):
        save_upload(tmp_path, "a.csv", b"x" * 100, limit_bytes=10)
    assert not list((tmp_path / "uploads").iterdir())


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("banking77-train.csv", "train"),
        ("wnut17_dev.conll", "validation"),
        ("Val.jsonl", "validation"),
        ("valid.txt.gz", "validation"),
        ("test-00000-of-00001.parquet", "test"),
        ("latest.csv", "train"),
        ("trainer.csv", "train"),
        ("notes.txt", "train"),
    ],
)
def test_a_split_is_guessed_from_whole_words(name: str, split: str) -> None:
    assert guess_split(name) == split


def test_files_that_differ_by_the_split_belong_together(tmp_path: Path) -> None:
    for name in ("a-train.csv", "a-dev.csv", "a-test.csv", "b-test.csv", "a-test.md", "a.csv"):
        (tmp_path / name).touch()
    grouped = group_files(tmp_path / "a-test.csv")
    assert [(split, path.name) for split, path in grouped] == [
        ("train", "a-train.csv"),
        ("validation", "a-dev.csv"),
        ("test", "a-test.csv"),
    ]
    assert group_files(tmp_path / "a.csv") == (("train", tmp_path / "a.csv"),)
