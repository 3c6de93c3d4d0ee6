"""A download is a process of its own: it ends when it should and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from loupe.checkpoints.child import PROJECT
from loupe.checkpoints.download import DownloadManager, DownloadState
from loupe.checkpoints.hub import HubSettings, find_cached
from loupe.errors import Cancelled, DownloadFailed
from tests.hub_server import Fault, HubServer
from tests.unit.checkpoints.download.watching import (
    END_S,
    REF,
    assert_whole,
    error_of,
    fetching,
    start_and_stall,
    wait_until,
)


def test_what_killed_processes_left_is_removed_and_what_is_in_use_is_not(
    manager: DownloadManager, settings: HubSettings, tmp_path: Path
) -> None:
    blobs = settings.cache / "models--some--model" / "blobs"
    blobs.mkdir(parents=True)
    old, fresh = blobs / "old.1.incomplete", blobs / "fresh.1.incomplete"
    left = tmp_path / "work" / "left"
    left.mkdir(parents=True)
    for path in (old, fresh, left / "job.json"):
        path.write_bytes(b"part")
    long_ago = time.time() - 48 * 3600
    for path in (old, left):
        os.utime(path, (long_ago, long_ago))
    assert manager.start(REF, settings).wait(END_S).state is DownloadState.DONE
    assert not old.exists()
    assert not left.exists()
    assert fresh.exists()


def test_cancelling_kills_the_process_at_once_and_keeps_finished_files(
    hub: HubServer, patient: DownloadManager, settings: HubSettings
) -> None:
    download = start_and_stall(hub, patient, settings)
    assert len(fetching(os.getpid())) == 1

    asked = time.monotonic()
    download.cancel()
    error = error_of(download, DownloadState.CANCELLED)
    assert time.monotonic() - asked < 1.0
    assert isinstance(error, Cancelled)
    assert "3 of 4" in str(error)
    assert "begins anew" in str(error)
    assert fetching(os.getpid()) == []
    assert find_cached(REF, settings.cache) is None
    assert not list(settings.cache.rglob("*.incomplete")), "a partial file was left"

    hub.requests.clear()
    end = patient.start(REF, settings).wait(END_S)
    assert end.state is DownloadState.DONE, end.error
    assert hub.fetched("some/model") == ["model.safetensors"]
    assert_whole(end.folder)


def test_a_killed_process_is_noticed_and_the_next_start_completes(
    hub: HubServer, patient: DownloadManager, settings: HubSettings
) -> None:
    download = start_and_stall(hub, patient, settings)
    (pid,) = fetching(os.getpid())
    os.kill(pid, signal.SIGKILL)
    assert isinstance(error_of(download), DownloadFailed)
    assert find_cached(REF, settings.cache) is None
    assert patient.start(REF, settings).wait(END_S).state is DownloadState.DONE
    assert "config.json" not in hub.fetched("some/model")[4:]


def test_the_process_dies_with_a_killed_server(
    hub: HubServer, settings: HubSettings, environment: dict[str, str], tmp_path: Path
) -> None:
    hub.fail("some/model/model.safetensors", Fault.STALL)
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from loupe.checkpoints.download import DownloadManager\n"
        "from loupe.checkpoints.hub import HubSettings\n"
        "from loupe.checkpoints.ref import CheckpointRef\n"
        "url, cache, work = sys.argv[1:]\n"
        "DownloadManager(Path(work)).start(\n"
        "    CheckpointRef.parse('some/model'), HubSettings(endpoint=url, cache=Path(cache)))\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, hub.url, str(settings.cache), str(tmp_path / "work")],
        env=environment,
        cwd=PROJECT,
    ) as server:
        try:
            wait_until(lambda: "model.safetensors" in hub.fetched("some/model"))
            (pid,) = fetching(server.pid)
        finally:
            server.kill()
    wait_until(lambda: not Path(f"/proc/{pid}").exists(), within_s=3)
    assert not list(settings.cache.rglob("*.incomplete")), "a partial file was left"


def test_closing_the_manager_leaves_no_process_and_starts_none(
    hub: HubServer, manager: DownloadManager, settings: HubSettings
) -> None:
    hub.fail("some/model/model.safetensors", Fault.STALL)
    download = manager.start(REF, settings)
    wait_until(lambda: fetching(os.getpid()))
    manager.close()
    assert download.snapshot().state is DownloadState.CANCELLED
    assert fetching(os.getpid()) == []
    assert manager.start(REF, settings).snapshot().state is DownloadState.CANCELLED
    assert fetching(os.getpid()) == []
