"""A download brings the chosen files and no others, can be stopped, and goes on where it was."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from loupe.checkpoints.download import DownloadManager, DownloadState
from loupe.checkpoints.hub import HubSettings
from loupe.data.hub.dataset import HubDataset
from loupe.data.hub.download import download_hub, files_to_fetch
from loupe.errors import (
    AccessDenied,
    Cancelled,
    DatasetNotHere,
    DownloadFailed,
    InvalidInput,
    LoupeError,
    NotEnoughDisk,
)
from tests.hub_server import Fault, HubServer
from tests.unit.checkpoints.download.watching import fetching, wait_until
from tests.unit.data.hub.conftest import Inspect
from tests.unit.data.hub.contents import END_S, QUICK, REVIEWS

pytestmark = pytest.mark.slow

REPO = "datasets/some/big"
BIG = bytes(range(256)) * 8192  # 2 MiB
FILES = {
    "README.md": b"---\nlicense: mit\n---\n",
    "data/train-00000-of-00002.parquet": b"first" * 1000,
    "data/train-00001-of-00002.parquet": BIG,
    "data/test-00000-of-00001.parquet": b"test" * 1000,
}
LAST = "data/train-00001-of-00002.parquet"


@pytest.fixture
def big(hub: HubServer, look: Inspect) -> HubDataset:
    hub.add(REPO, FILES)
    dataset = look("some/big")
    hub.requests.clear()
    return dataset


def failed(
    manager: DownloadManager, dataset: HubDataset, settings: HubSettings, state: DownloadState
) -> LoupeError:
    end = download_hub(dataset, settings, manager, splits=["train"]).wait(END_S)
    assert end.state is state, end
    assert end.error is not None
    assert "{" not in str(end.error)
    return end.error


def test_only_the_files_of_the_chosen_split_are_fetched_byte_for_byte(
    hub: HubServer, big: HubDataset, manager: DownloadManager, settings: HubSettings
) -> None:
    end = download_hub(big, settings, manager, splits=["train"]).wait(END_S)
    assert end.state is DownloadState.DONE, end.error
    assert end.folder is not None
    wanted = ["README.md", "data/train-00000-of-00002.parquet", LAST]
    assert hub.fetched(REPO) == wanted
    assert all((end.folder / name).read_bytes() == FILES[name] for name in wanted)
    assert end.bytes_done == end.bytes_total == sum(len(FILES[name]) for name in wanted)
    assert (end.files_done, end.files_total) == (3, 3)
    assert end.commit == big.commit
    assert files_to_fetch(big, settings.cache, splits=["train"]) == ()
    left = files_to_fetch(big, settings.cache)
    assert [file.path for file in left] == ["data/test-00000-of-00001.parquet"]
    # As every other tool looks it up.
    storage = settings.cache / "datasets--some--big"
    assert (storage / "refs" / "main").read_text() == big.commit
    assert not [*settings.cache.glob("models--*")]


def test_only_the_files_of_the_chosen_config_are_fetched(
    hub: HubServer, look: Inspect, manager: DownloadManager, settings: HubSettings
) -> None:
    dataset = look()
    hub.requests.clear()
    end = download_hub(dataset, settings, manager, config="long").wait(END_S)
    assert end.state is DownloadState.DONE, end.error
    assert hub.fetched("datasets/some/reviews") == ["README.md", "long/a.csv", "long/b.csv"]


def test_what_is_here_is_not_fetched_again(
    hub: HubServer, big: HubDataset, manager: DownloadManager, settings: HubSettings
) -> None:
    assert download_hub(big, settings, manager).wait(END_S).state is DownloadState.DONE
    hub.requests.clear()
    end = download_hub(big, settings, manager).wait(END_S)
    assert end.state is DownloadState.DONE
    assert hub.fetched(REPO) == []


def test_cancelling_ends_it_within_a_second_and_the_next_one_goes_on(
    hub: HubServer, big: HubDataset, manager: DownloadManager, settings: HubSettings
) -> None:
    hub.fail(f"{REPO}/{LAST}", Fault.STALL)
    download = download_hub(big, settings, manager, splits=["train"])
    wait_until(lambda: LAST in hub.fetched(REPO))
    wait_until(lambda: any(p.stat().st_size for p in settings.cache.rglob("*.incomplete")))
    asked = time.monotonic()
    download.cancel()
    end = download.wait(END_S)
    assert time.monotonic() - asked < 1.0
    assert end.state is DownloadState.CANCELLED
    assert isinstance(end.error, Cancelled)
    assert "2 of 3" in str(end.error)
    assert fetching(os.getpid()) == []
    assert not [*settings.cache.rglob("*.incomplete")], "a partial file was left"
    assert [f.path for f in files_to_fetch(big, settings.cache, splits=["train"])] == [LAST]

    hub.requests.clear()
    end = download_hub(big, settings, manager, splits=["train"]).wait(END_S)
    assert end.state is DownloadState.DONE, end.error
    assert hub.fetched(REPO) == [LAST]
    assert end.folder is not None
    assert (end.folder / LAST).read_bytes() == BIG


def test_a_killed_process_is_noticed_and_the_next_one_goes_on(
    hub: HubServer, big: HubDataset, manager: DownloadManager, settings: HubSettings
) -> None:
    hub.fail(f"{REPO}/{LAST}", Fault.STALL)
    download = download_hub(big, settings, manager, splits=["train"])
    wait_until(lambda: LAST in hub.fetched(REPO))
    (pid,) = fetching(os.getpid())
    os.kill(pid, signal.SIGKILL)
    assert isinstance(download.wait(END_S).error, DownloadFailed)
    assert not (settings.cache / "datasets--some--big" / "refs" / "main").exists()

    hub.requests.clear()
    end = download_hub(big, settings, manager, splits=["train"]).wait(END_S)
    assert end.state is DownloadState.DONE, end.error
    assert hub.fetched(REPO) == [LAST]


def test_a_connection_that_breaks_is_tried_again(
    hub: HubServer, big: HubDataset, manager: DownloadManager, settings: HubSettings
) -> None:
    hub.fail(f"{REPO}/{LAST}", Fault.RESET)
    end = download_hub(big, settings, manager, splits=["train"]).wait(END_S)
    assert end.state is DownloadState.DONE, end.error
    assert end.folder is not None
    assert (end.folder / LAST).read_bytes() == BIG


def test_a_full_disk_is_noticed_before_a_byte_flows(
    hub: HubServer, big: HubDataset, settings: HubSettings, tmp_path: Path
) -> None:
    small = DownloadManager(tmp_path / "small", limits=QUICK, disk_free=lambda _: 1_500_000)
    error = failed(small, big, settings, DownloadState.FAILED)
    small.close()
    assert isinstance(error, NotEnoughDisk)
    assert "2.1 MB" in str(error)
    assert hub.fetched(REPO) == []


def test_a_gated_dataset_names_the_page_with_its_licence(
    hub: HubServer, big: HubDataset, manager: DownloadManager, settings: HubSettings
) -> None:
    for name in FILES:
        hub.fail(f"{REPO}/{name}", Fault.GATED, times=None)
    error = failed(manager, big, settings, DownloadState.FAILED)
    assert isinstance(error, AccessDenied)
    assert f"{hub.url}/datasets/some/big" in str(error)
    assert "licence" in str(error)


def test_offline_nothing_is_asked_and_the_folder_to_copy_is_named(
    hub: HubServer, big: HubDataset, manager: DownloadManager, tmp_path: Path
) -> None:
    offline = HubSettings(endpoint=hub.url, cache=tmp_path / "cache", offline=True)
    error = failed(manager, big, offline, DownloadState.FAILED)
    assert isinstance(error, DatasetNotHere)
    assert "datasets--some--big" in str(error)
    assert hub.requests == []


def test_a_split_that_is_not_there_starts_nothing(
    hub: HubServer, big: HubDataset, manager: DownloadManager, settings: HubSettings
) -> None:
    with pytest.raises(InvalidInput, match="“train”, “test”"):
        download_hub(big, settings, manager, splits=["validation"])
    assert manager.active() == ()
    assert hub.requests == []


def test_two_who_want_the_same_share_one_process(
    big: HubDataset, manager: DownloadManager, settings: HubSettings
) -> None:
    first = download_hub(big, settings, manager, splits=["train"])
    assert download_hub(big, settings, manager, splits=["train"]) is first
    assert download_hub(big, settings, manager, splits=["test"]) is not first
    assert first.wait(END_S).state is DownloadState.DONE


def test_the_readme_of_before_is_not_the_one_of_a_revision(
    hub: HubServer, look: Inspect, manager: DownloadManager, settings: HubSettings
) -> None:
    hub.add("datasets/some/reviews", REVIEWS | {"README.md": b"", "train.csv": b"text\nx\n"}, "v1")
    dataset = look("some/reviews@v1")
    end = download_hub(dataset, settings, manager, splits=["train"]).wait(END_S)
    assert end.state is DownloadState.DONE, end.error
    refs = settings.cache / "datasets--some--reviews" / "refs"
    assert (refs / "v1").read_text() == dataset.commit
    assert not (refs / "main").exists()
