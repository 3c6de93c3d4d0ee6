"""Without a network: what lies on this machine opens, and what does not is told."""

from __future__ import annotations

import os
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from loupe.checkpoints.download import DownloadManager, DownloadState
from loupe.checkpoints.hub import HubSettings
from loupe.data.hub.cached import cached_datasets
from loupe.data.hub.download import download_hub, files_to_fetch
from loupe.data.hub.inspect import inspect_hub
from loupe.data.hub.ref import DatasetRef
from loupe.data.hub.settings import dataset_settings
from loupe.errors import Cancelled, DatasetNotHere, HubUnreachable, UnsupportedDataset
from tests.hub_server import Fault, HubServer
from tests.unit.checkpoints.download.watching import child_pids, wait_until
from tests.unit.data.hub.conftest import Inspect
from tests.unit.data.hub.contents import END_S, shape

pytestmark = pytest.mark.slow

COMMIT = "a" * 40


def put(cache: Path, folder: str, files: dict[str, str], commit: str = COMMIT) -> Path:
    """What another tool left in the cache."""
    storage = cache / folder
    for path, text in files.items():
        file = storage / "snapshots" / commit / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (storage / "refs").mkdir(parents=True, exist_ok=True)
    (storage / "refs" / "main").write_text(commit)
    return storage


def fetch(look: Inspect, manager: DownloadManager, settings: HubSettings, *splits: str) -> None:
    end = download_hub(look(), settings, manager, splits=splits).wait(END_S)
    assert end.state is DownloadState.DONE, end.error


def asks(pid: int) -> bool:
    return b"loupe.data.hub.ask" in Path(f"/proc/{pid}/cmdline").read_bytes()


def closed_port() -> str:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}"


def test_a_downloaded_dataset_opens_offline_with_all_that_is_known_of_it(
    hub: HubServer, look: Inspect, manager: DownloadManager, settings: HubSettings
) -> None:
    fetch(look, manager, settings, "train")
    online = look()
    hub.requests.clear()
    dataset = look(among=replace(settings, offline=True))
    assert hub.requests == []
    assert dataset.from_cache
    assert dataset.why_cache is None
    assert shape(dataset) == shape(online)
    assert files_to_fetch(dataset, settings.cache, splits=["train"]) == ()
    missing = files_to_fetch(dataset, settings.cache, splits=["test"])
    assert [file.path for file in missing] == ["short/test.parquet"]


def test_where_the_hub_is_silent_the_cache_answers_and_says_why(
    look: Inspect, manager: DownloadManager, settings: HubSettings
) -> None:
    fetch(look, manager, settings)
    began = time.monotonic()
    dataset = look(among=replace(settings, endpoint=closed_port()))
    assert time.monotonic() - began < 5.0
    assert dataset.from_cache
    assert str(dataset.why_cache).endswith("gave no answer.")


def test_where_the_hub_only_fails_the_cache_answers_too(
    hub: HubServer, look: Inspect, manager: DownloadManager, settings: HubSettings
) -> None:
    fetch(look, manager, settings)
    hub.fail("datasets/some/reviews", Fault.SERVER_ERROR, times=None)
    dataset = look()
    assert dataset.from_cache
    assert dataset.why_cache is not None


def test_what_is_not_here_is_told_within_five_seconds(look: Inspect, settings: HubSettings) -> None:
    began = time.monotonic()
    with pytest.raises(HubUnreachable, match="HF_ENDPOINT") as refused:
        look(among=replace(settings, endpoint=closed_port()))
    assert time.monotonic() - began < 5.0
    assert "datasets--some--reviews" in str(refused.value)
    assert "starter" not in str(refused.value)


def test_offline_what_is_not_here_is_told_without_a_request(
    hub: HubServer, look: Inspect, settings: HubSettings
) -> None:
    with pytest.raises(DatasetNotHere, match="HF_DATASETS_OFFLINE"):
        look(among=replace(settings, offline=True))
    assert hub.requests == []


def test_looking_alone_does_not_make_a_dataset_here(look: Inspect, settings: HubSettings) -> None:
    look()
    with pytest.raises(DatasetNotHere):
        look(among=replace(settings, offline=True))
    assert cached_datasets(settings.cache) == ()


def test_what_another_tool_fetched_opens_and_missing_shards_are_counted(
    look: Inspect, settings: HubSettings
) -> None:
    storage = put(
        settings.cache,
        "datasets--their--set",
        {"data/train-00001-of-00003.parquet": "x", "data/test-00000-of-00001.parquet": "y"},
    )
    (storage / "snapshots" / COMMIT / "data" / "train-00002-of-00003.parquet").symlink_to("gone")
    dataset = look("their/set", among=replace(settings, offline=True))
    assert {s.name: (len(s.files), s.missing_files) for s in dataset.config().splits} == {
        "train": (1, 2),
        "test": (1, 0),
    }


def test_a_card_that_names_more_than_is_here_does_not_stop_what_is(
    look: Inspect, settings: HubSettings
) -> None:
    card = (
        "---\nconfigs:\n- config_name: a\n  data_files:\n  - {split: train, path: a/train.csv}\n"
        "  - {split: test, path: a/test.csv}\n- {config_name: b, data_files: b.csv}\n---\n"
    )
    put(settings.cache, "datasets--their--set", {"README.md": card, "a/test.csv": "text\nx\n"})
    dataset = look("their/set", among=replace(settings, offline=True))
    assert shape(dataset) == {"a": {"test": ["a/test.csv"]}}


@pytest.mark.parametrize(
    ("folder", "name", "id"),
    [
        ("datasets--wikitext", "wikitext", "wikitext"),
        ("datasets--Salesforce--wikitext", "wikitext", "Salesforce/wikitext"),
        ("datasets--some--chairs", "chairs", "some/chairs"),
    ],
)
def test_an_old_name_is_found_under_whatever_name_it_was_kept(
    look: Inspect, settings: HubSettings, folder: str, name: str, id: str
) -> None:
    put(settings.cache, folder, {"train.csv": "text\nx\n"})
    dataset = look(name, among=replace(settings, offline=True))
    assert dataset.id == id
    assert files_to_fetch(dataset, settings.cache) == ()


def test_a_revision_that_is_not_here_is_not_taken_for_another(
    look: Inspect, settings: HubSettings
) -> None:
    put(settings.cache, "datasets--their--set", {"train.csv": "text\nx\n"})
    offline = replace(settings, offline=True)
    with pytest.raises(DatasetNotHere):
        look("their/set@v1", among=offline)
    assert look(f"their/set@{COMMIT}", among=offline).commit == COMMIT


def test_the_cache_is_listed_by_what_has_data(settings: HubSettings) -> None:
    put(settings.cache, "datasets--their--set", {"train.csv": "text\nx\n"})
    put(settings.cache, "datasets--only--card", {"README.md": "# A card"})
    put(settings.cache, "models--some--model", {"train.csv": "text\nx\n"})
    put(settings.cache, "datasets--bad..name", {"train.csv": "text\nx\n"})
    assert cached_datasets(settings.cache) == (DatasetRef("their/set"),)
    assert cached_datasets(settings.cache / "none") == ()


def test_a_damaged_listing_is_no_obstacle(
    look: Inspect, manager: DownloadManager, settings: HubSettings, listings: Path
) -> None:
    fetch(look, manager, settings)
    for path in listings.iterdir():
        path.write_text('{"schema_version": 1, "files": 3}')
    dataset = look(among=replace(settings, offline=True))
    assert "short" in shape(dataset)
    assert look().default_config == "short"


def test_a_cache_without_data_of_a_readable_kind_is_told(
    look: Inspect, settings: HubSettings
) -> None:
    put(settings.cache, "datasets--their--set", {"rows.pkl": "a pickle"})
    with pytest.raises(UnsupportedDataset, match="no data is on this machine"):
        look("their/set", among=replace(settings, offline=True))


def test_a_question_can_be_taken_back_within_a_second(
    hub: HubServer, manager: DownloadManager, settings: HubSettings, listings: Path
) -> None:
    hub.fail("datasets/some/reviews/tree", Fault.STALL)
    stop = threading.Event()
    told: list[BaseException] = []

    def ask() -> None:
        try:
            inspect_hub(
                DatasetRef.parse("some/reviews"),
                settings,
                manager=manager,
                listings=listings,
                cancelled=stop.is_set,
            )
        except Cancelled as error:
            told.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    wait_until(lambda: any("/tree/" in request.path for request in hub.requests))
    asked = time.monotonic()
    stop.set()
    asking.join(END_S)
    assert time.monotonic() - asked < 1.0
    assert len(told) == 1
    assert not [*listings.rglob("*")]
    assert not [pid for pid in child_pids(os.getpid()) if asks(pid)]


@pytest.mark.parametrize(
    ("hub_offline", "datasets_offline", "offline"),
    [
        (None, None, False),
        ("1", None, True),
        (None, "1", True),
        ("1", "0", False),
        ("0", "ON", True),
    ],
)
def test_the_variable_of_datasets_overrules_the_one_of_the_hub(
    tmp_path: Path, hub_offline: str | None, datasets_offline: str | None, offline: bool
) -> None:
    said = {"HF_HUB_OFFLINE": hub_offline, "HF_DATASETS_OFFLINE": datasets_offline}
    environment = {k: v for k, v in said.items() if v is not None} | {"HOME": str(tmp_path)}
    assert dataset_settings(environment, tmp_path).offline is offline
