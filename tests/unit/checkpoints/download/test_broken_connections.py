"""Connections that break, stall or are slow, and a hub that is busy."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from loupe.checkpoints.download import DownloadManager, DownloadState, Limits
from loupe.checkpoints.hub import HubSettings, find_cached
from loupe.errors import DownloadFailed, HubUnreachable
from tests.hub_server import Fault, HubServer
from tests.unit.checkpoints.download.watching import (
    END_S,
    QUICK,
    REF,
    assert_whole,
    error_of,
    fetching,
    wait_until,
)

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("fault", [Fault.CLOSE, Fault.RESET, Fault.SERVER_ERROR])
def test_a_connection_that_breaks_once_does_not_break_the_download(
    fault: Fault, hub: HubServer, manager: DownloadManager, settings: HubSettings
) -> None:
    hub.fail("some/model/model.safetensors", fault)
    end = manager.start(REF, settings).wait(END_S)
    assert end.state is DownloadState.DONE, end.error
    assert_whole(end.folder)
    assert hub.fetched("some/model").count("config.json") == 1, "a finished file came again"
    resumed = [r for r in hub.requests if "range" in r.headers]
    assert bool(resumed) == (fault is Fault.CLOSE)


def test_a_connection_that_always_breaks_ends_in_an_error_and_keeps_finished_files(
    hub: HubServer, manager: DownloadManager, settings: HubSettings
) -> None:
    hub.fail("some/model/model.safetensors", Fault.RESET, times=None)
    error = error_of(manager.start(REF, settings))
    assert isinstance(error, DownloadFailed)
    assert "ReadError" not in str(error)
    assert error.detail is not None
    assert hub.fetched("some/model").count("model.safetensors") == len(QUICK.backoff_s) + 1
    assert list((settings.cache / "models--some--model" / "snapshots").glob("*/config.json"))
    assert find_cached(REF, settings.cache) is None


def test_a_hub_that_is_busy_for_a_moment_is_asked_again(
    hub: HubServer, manager: DownloadManager, settings: HubSettings
) -> None:
    hub.fail("some/model", Fault.SERVER_ERROR)
    assert manager.start(REF, settings).wait(END_S).state is DownloadState.DONE


def test_a_hub_that_stays_broken_is_not_asked_forever(
    hub: HubServer, manager: DownloadManager, settings: HubSettings
) -> None:
    hub.fail("some/model", Fault.SERVER_ERROR, times=None)
    assert isinstance(error_of(manager.start(REF, settings)), DownloadFailed)
    asked = [r for r in hub.requests if r.method == "GET"]
    assert len(asked) == len(QUICK.backoff_s) + 1


def test_a_hub_that_answers_and_then_names_no_files_is_given_up(
    hub: HubServer, environment: dict[str, str], settings: HubSettings, tmp_path: Path
) -> None:
    hub.fail("some/model", Fault.STALL, times=None)
    manager = DownloadManager(tmp_path / "work", limits=Limits(plan_s=1.0), environment=environment)
    error = error_of(manager.start(REF, settings))
    manager.close()
    assert isinstance(error, HubUnreachable)
    assert error.detail is not None
    assert "list of files" in error.detail
    assert not settings.cache.exists()


def test_a_stalled_download_begins_again_and_ends_well(
    hub: HubServer, manager: DownloadManager, settings: HubSettings
) -> None:
    hub.fail("some/model/model.safetensors", Fault.STALL)
    download = manager.start(REF, settings)
    seen = set()
    while not download.snapshot().state.ended:
        seen.add(download.snapshot().state)
        time.sleep(0.01)
    end = download.wait(END_S)
    assert end.state is DownloadState.DONE, end.error
    assert DownloadState.RETRYING in seen
    assert_whole(end.folder)
    assert hub.fetched("some/model").count("config.json") == 1


def test_a_download_that_stalls_again_and_again_ends_in_an_error(
    hub: HubServer, manager: DownloadManager, settings: HubSettings
) -> None:
    hub.fail("some/model/model.safetensors", Fault.STALL, times=None)
    error = error_of(manager.start(REF, settings))
    assert isinstance(error, DownloadFailed)
    assert "stood still" in str(error)
    assert hub.fetched("some/model").count("model.safetensors") == QUICK.restarts + 1
    assert fetching(os.getpid()) == []


def test_a_slow_download_is_not_taken_for_a_stalled_one(
    hub: HubServer, manager: DownloadManager, settings: HubSettings
) -> None:
    hub.slow_bytes_per_s = 900_000
    hub.fail("some/model/model.safetensors", Fault.SLOW, times=None)
    download = manager.start(REF, settings)
    wait_until(lambda: download.snapshot().bytes_done > 1_000_000)
    midway = download.snapshot()
    assert midway.state is DownloadState.DOWNLOADING
    assert 0 < midway.bytes_per_s < 5_000_000
    assert midway.eta_s is not None
    assert midway.file == "model.safetensors"
    assert midway.bytes_total is not None
    assert midway.bytes_done < midway.bytes_total
    end = download.wait(END_S)
    assert end.state is DownloadState.DONE, end.error
    assert hub.fetched("some/model").count("model.safetensors") == 1
