"""A download brings what is wanted, once, and says what it brought."""

from __future__ import annotations

import os
from pathlib import Path

from loupe.checkpoints.download import DownloadManager, DownloadState
from loupe.checkpoints.hub import HubSettings, WeightFormat, find_cached
from loupe.checkpoints.ref import CheckpointRef
from loupe.errors import NotEnoughDisk, UnsupportedCheckpoint
from tests.hub_server import HubServer, commit_of
from tests.unit.checkpoints.download.watching import (
    END_S,
    FILES,
    QUICK,
    REF,
    WANTED,
    WEIGHTS,
    assert_whole,
    error_of,
    fetching,
)


def test_a_download_brings_every_file_byte_for_byte_and_only_one_weight_format(
    hub: HubServer, manager: DownloadManager, settings: HubSettings
) -> None:
    download = manager.start(REF, settings)
    end = download.wait(END_S)

    assert end.state is DownloadState.DONE, end.error
    assert_whole(end.folder)
    assert set(hub.fetched("some/model")) == WANTED
    assert end.bytes_done == end.bytes_total == sum(len(FILES[name]) for name in WANTED)
    assert (end.files_done, end.files_total) == (4, 4)
    assert end.commit == commit_of(FILES)
    assert not end.needs_conversion
    assert end.error is None
    # The next one finds it in the cache, as every other tool does.
    cached = find_cached(REF, settings.cache)
    assert cached is not None
    assert (cached.folder, cached.commit) == (end.folder, end.commit)
    assert cached.format is WeightFormat.SAFETENSORS
    assert not list(settings.cache.rglob("*.incomplete"))
    assert fetching(os.getpid()) == []


def test_a_second_download_fetches_nothing_again(
    hub: HubServer, manager: DownloadManager, settings: HubSettings
) -> None:
    assert manager.start(REF, settings).wait(END_S).state is DownloadState.DONE
    hub.requests.clear()
    end = manager.start(REF, settings).wait(END_S)
    assert end.state is DownloadState.DONE
    assert end.bytes_done == end.bytes_total
    assert hub.fetched("some/model") == []


def test_two_starts_share_one_process(
    hub: HubServer, manager: DownloadManager, settings: HubSettings
) -> None:
    first, second = manager.start(REF, settings), manager.start(REF, settings)
    assert first is second
    assert manager.active() == (first,)
    assert first.wait(END_S).state is DownloadState.DONE
    asked = [r for r in hub.requests if r.path == "/api/models/some/model/revision/main"]
    assert [r.method for r in asked] == ["GET"]
    assert manager.active() == ()
    assert manager.get(REF) is first


def test_a_revision_is_fetched_and_found_under_its_own_name(
    hub: HubServer, manager: DownloadManager, settings: HubSettings
) -> None:
    older = FILES | {"model.safetensors": b"older weights"}
    hub.add("some/model", older, "v1.0")
    ref = CheckpointRef.parse("some/model@v1.0")
    end = manager.start(ref, settings).wait(END_S)
    assert end.state is DownloadState.DONE, end.error
    assert_whole(end.folder, older)
    assert find_cached(ref, settings.cache) is not None
    assert find_cached(REF, settings.cache) is None


def test_a_pickle_is_flagged_and_a_request_with_safetensors_offered_not_taken(
    hub: HubServer, manager: DownloadManager, settings: HubSettings
) -> None:
    old = {"config.json": b"{}", "pytorch_model.bin": b"a pickle"}
    hub.add("old/model", old)
    hub.add("old/model", old | {"model.safetensors": WEIGHTS}, "refs/pr/3")
    hub.add("old/model", old | {"model.safetensors": WEIGHTS[1:]}, "refs/pr/12")
    hub.add("old/model", old, "refs/pr/13")
    ref = CheckpointRef.parse("old/model")
    end = manager.start(ref, settings).wait(END_S)
    assert end.state is DownloadState.DONE, end.error
    assert end.needs_conversion
    assert end.safetensors_revision == "refs/pr/12"
    assert end.commit == commit_of(old)
    assert "model.safetensors" not in hub.fetched("old/model")
    # And what was offered is a revision like any other.
    offered = manager.start(CheckpointRef.parse("old/model@refs/pr/12"), settings).wait(END_S)
    assert offered.state is DownloadState.DONE, offered.error
    assert not offered.needs_conversion
    assert offered.folder is not None
    assert (offered.folder / "model.safetensors").read_bytes() == WEIGHTS[1:]


def test_a_checkpoint_without_usable_weights_is_not_fetched(
    hub: HubServer, manager: DownloadManager, settings: HubSettings
) -> None:
    hub.add("only/onnx", {"config.json": b"{}", "model.onnx": b"onnx"})
    error = error_of(manager.start(CheckpointRef.parse("only/onnx"), settings))
    assert isinstance(error, UnsupportedCheckpoint)
    assert hub.fetched("only/onnx") == []


def test_a_full_disk_is_noticed_before_a_byte_flows(
    hub: HubServer, environment: dict[str, str], settings: HubSettings, tmp_path: Path
) -> None:
    asked: list[Path] = []

    def disk_free(path: Path) -> int:
        asked.append(path)
        return 1_500_000

    manager = DownloadManager(
        tmp_path / "work", limits=QUICK, environment=environment, disk_free=disk_free
    )
    error = error_of(manager.start(REF, settings))
    manager.close()
    assert isinstance(error, NotEnoughDisk)
    assert "2.1 MB" in str(error)
    assert "1.5 MB" in str(error)
    assert asked == [tmp_path]
    assert hub.fetched("some/model") == []
