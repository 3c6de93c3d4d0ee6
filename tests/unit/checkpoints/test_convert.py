"""Pickled weights become safetensors, and nothing in them is run."""

from __future__ import annotations

import io
import json
import os
import pickle
import threading
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from loupe.checkpoints.convert import (
    ConversionProgress,
    convert,
    converted_folder,
    find_converted,
)
from loupe.checkpoints.convert_child import separate
from loupe.checkpoints.hub import WeightFormat, find_whole_weights
from loupe.checkpoints.ref import CheckpointRef
from loupe.errors import (
    Cancelled,
    DamagedCheckpoint,
    NotEnoughDisk,
    OutOfMemory,
    UnsupportedCheckpoint,
)

pytestmark = pytest.mark.slow

REF = CheckpointRef.parse("old/model")


class Touch:
    """A pickle of this creates a file when it is opened carelessly."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.path),)


def save(state: object, *, zipped: bool = True) -> bytes:
    buffer = io.BytesIO()
    torch.save(state, buffer, _use_new_zipfile_serialization=zipped)
    return buffer.getvalue()


def plain_pickle(state: object) -> bytes:
    return pickle.dumps(state)


def folder_with(path: Path, files: dict[str, bytes]) -> Path:
    path.mkdir()
    for name, content in ({"config.json": b"{}", "vocab.txt": b"a\nb"} | files).items():
        (path / name).write_bytes(content)
    return path


def assert_nothing_left(converted: Path) -> None:
    assert not converted.exists() or list(converted.iterdir()) == []


def test_a_checkpoint_in_shards_is_converted_whole_and_found_again(tmp_path: Path) -> None:
    embedding = torch.arange(12.0).reshape(3, 4)
    first = {"shared": embedding, "tied": embedding, "turned": embedding.T, "part": embedding[1:]}
    second = {"half": torch.ones(2, dtype=torch.bfloat16), "count": torch.tensor(3), "note": "hi"}
    source = folder_with(
        tmp_path / "source",
        {
            "pytorch_model-00001-of-00002.bin": save(first),
            # The format from before 2020, which many translation models are still in.
            "pytorch_model-00002-of-00002.bin": save(second, zipped=False),
            "pytorch_model.bin.index.json": json.dumps(
                {
                    "weight_map": dict.fromkeys(first, "pytorch_model-00001-of-00002.bin")
                    | dict.fromkeys(second, "pytorch_model-00002-of-00002.bin")
                }
            ).encode(),
            "modeling.py": b"raise SystemExit",
        },
    )
    converted = tmp_path / "converted"
    assert find_converted(REF, source, converted) is None
    seen: list[ConversionProgress] = []
    folder = convert(
        source, converted_folder(REF, source, converted), name="old", on_progress=seen.append
    )

    assert find_converted(REF, source, converted) == folder
    assert find_whole_weights(folder) is WeightFormat.SAFETENSORS
    index = json.loads((folder / "model.safetensors.index.json").read_text())["weight_map"]
    tensors: dict[str, torch.Tensor] = {}
    for name in sorted(set(index.values())):
        tensors |= load_file(folder / name)
    wanted = first | {k: v for k, v in second.items() if isinstance(v, torch.Tensor)}
    assert set(tensors) == set(index) == set(wanted)
    for name, tensor in wanted.items():
        assert tensors[name].dtype == tensor.dtype
        assert torch.equal(tensors[name], tensor)
    assert (folder / "vocab.txt").read_bytes() == b"a\nb"
    names = {p.name for p in folder.iterdir()}
    assert not [n for n in names if n.endswith((".bin", ".py")) or n.startswith("pytorch_model")]
    manifest = json.loads((folder / "conversion.json").read_text())
    assert manifest["entries_that_are_no_tensors"] == ["note"]
    assert seen
    assert seen[-1].files_total == 2
    assert [p.name for p in converted.iterdir()] == [folder.name], "something was left behind"

    # Once done it is not done again, and another state of the files is another conversion.
    assert convert(source, folder, name="old", timeout_s=1e-9) == folder
    (source / "config.json").write_text('{"changed": 1}')
    assert find_converted(REF, source, converted) is None


def test_a_pickle_that_would_run_code_is_refused_and_runs_nothing(tmp_path: Path) -> None:
    carelessly_opened = tmp_path / "carelessly-opened"
    pickle.loads(pickle.dumps(Touch(carelessly_opened)))
    assert carelessly_opened.exists(), "the trap does not work, so nothing is tested"
    for number, make in enumerate((save, plain_pickle)):
        trap = tmp_path / f"trap-{number}"
        harmful = make({"weight": torch.ones(1).tolist(), "trap": Touch(trap)})
        source = folder_with(tmp_path / f"source-{number}", {"pytorch_model.bin": harmful})
        converted = tmp_path / "converted"
        with pytest.raises(UnsupportedCheckpoint) as caught:
            convert(source, converted_folder(REF, source, converted), name="old")
        assert "could run code" in str(caught.value)
        assert not trap.exists()
        assert_nothing_left(converted)


def test_a_file_cut_short_is_called_damaged_not_dangerous(tmp_path: Path) -> None:
    whole = save({"weight": torch.ones(1000)})
    source = folder_with(tmp_path / "source", {"pytorch_model.bin": whole[: len(whole) // 2]})
    with pytest.raises(DamagedCheckpoint, match="cannot be read"):
        convert(source, tmp_path / "converted" / "it", name="old")
    assert_nothing_left(tmp_path / "converted")


def test_more_memory_than_allowed_ends_the_process_not_the_server(tmp_path: Path) -> None:
    # A small file whose one tensor claims gigabytes by repeating a single number.
    greedy = save({"weight": torch.ones(1).expand(100_000, 100_000)})
    source = folder_with(tmp_path / "source", {"pytorch_model.bin": greedy})
    with pytest.raises(OutOfMemory):
        convert(source, tmp_path / "converted" / "it", name="old")
    assert_nothing_left(tmp_path / "converted")


def test_cancelling_leaves_nothing_and_takes_less_than_a_second(tmp_path: Path) -> None:
    source = folder_with(
        tmp_path / "source", {"pytorch_model.bin": save({"weight": torch.ones(1)})}
    )
    cancel = threading.Event()
    asked: list[float] = []

    def on_progress(_: ConversionProgress) -> None:
        asked.append(time.monotonic())
        cancel.set()

    with pytest.raises(Cancelled):
        convert(
            source,
            tmp_path / "converted" / "it",
            name="old",
            cancel=cancel,
            on_progress=on_progress,
        )
    assert time.monotonic() - asked[0] < 1.0
    assert_nothing_left(tmp_path / "converted")


def test_a_conversion_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    source = folder_with(
        tmp_path / "source", {"pytorch_model.bin": save({"weight": torch.ones(1)})}
    )
    with pytest.raises(UnsupportedCheckpoint, match="not done after"):
        convert(source, tmp_path / "converted" / "it", name="old", timeout_s=0.01)
    assert_nothing_left(tmp_path / "converted")


def test_without_room_on_the_disk_no_process_is_started(tmp_path: Path) -> None:
    source = folder_with(tmp_path / "source", {"pytorch_model.bin": b"never read"})
    with pytest.raises(NotEnoughDisk):
        convert(source, tmp_path / "converted" / "it", name="old", disk_free=lambda _: 1000)
    assert_nothing_left(tmp_path / "converted")


def test_a_folder_with_safetensors_is_not_converted(tmp_path: Path) -> None:
    files = {"model.safetensors": b"x", "pytorch_model.bin": b"y"}
    source = folder_with(tmp_path / "source", files)
    with pytest.raises(UnsupportedCheckpoint):
        convert(source, tmp_path / "converted" / "it", name="old")
    assert not (tmp_path / "converted").exists()


def test_separated_tensors_share_no_memory_and_keep_every_name() -> None:
    base = torch.arange(6.0).reshape(2, 3)
    given = {"a": base, "b": base, "c": base.T, "d": base[0]}
    separated = separate(given)
    assert list(separated) == list(given)
    assert len({t.untyped_storage().data_ptr() for t in separated.values()}) == len(given)
    assert all(t.is_contiguous() for t in separated.values())
    assert all(torch.equal(separated[k], given[k]) for k in given)
