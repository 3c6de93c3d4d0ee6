"""Downloads, against a hub on loopback whose connections break on demand."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loupe.checkpoints.child import PROJECT
from loupe.checkpoints.download import Download, DownloadManager, DownloadState, Limits
from loupe.checkpoints.hub import HubSettings, WeightFormat, find_cached
from loupe.checkpoints.ref import CheckpointRef
from loupe.errors import (
    AccessDenied,
    Cancelled,
    CheckpointNotFound,
    DownloadFailed,
    HubUnreachable,
    LoupeError,
    NotEnoughDisk,
    NotOnThisMachine,
    UnsupportedCheckpoint,
)
from tests.hub_server import Fault, HubServer, commit_of

REF = CheckpointRef.parse("some/model")
WEIGHTS = bytes(range(256)) * 8192  # 2 MiB
FILES = {
    "config.json": b'{"model_type": "bert"}',
    "tokenizer.json": b"{}" * 500,
    "README.md": b"# A model",
    "model.safetensors": WEIGHTS,
    "pytorch_model.bin": b"a pickle",
    "tf_model.h5": b"tensorflow",
    "onnx/model.onnx": b"onnx",
    "modeling_custom.py": b"raise SystemExit",
}
WANTED = {"config.json", "tokenizer.json", "README.md", "model.safetensors"}
QUICK = Limits(stall_s=1.2, restarts=1, backoff_s=(0.05, 0.05))
SOON = Limits(answer_s=1.0)
PATIENT = Limits(stall_s=60)
END_S = 30.0
UNREACHABLE_S = 5.0


@pytest.fixture
def hub() -> Iterator[HubServer]:
    with HubServer({"some/model": FILES}) as server:
        yield server


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The variables of a machine without a proxy, a token or a cache of its own."""
    kept = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    return kept | {"HF_HOME": str(tmp_path / "home"), "HF_TOKEN": "of-the-environment"}


@pytest.fixture
def manager(
    tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[DownloadManager]:
    for name in os.environ:
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    manager = DownloadManager(tmp_path / "work", limits=QUICK, environment=environment)
    yield manager
    manager.close()
    assert not [*(tmp_path / "work").glob("*")], "a job's folder was left behind"


@pytest.fixture
def patient(tmp_path: Path, environment: dict[str, str]) -> Iterator[DownloadManager]:
    """A manager that lets a stalled download stand."""
    manager = DownloadManager(tmp_path / "work", limits=PATIENT, environment=environment)
    yield manager
    manager.close()


@pytest.fixture
def hasty(tmp_path: Path, environment: dict[str, str]) -> Iterator[DownloadManager]:
    """A manager that waits a second for the hub's first word."""
    manager = DownloadManager(tmp_path / "work", limits=SOON, environment=environment)
    yield manager
    manager.close()


@pytest.fixture
def settings(tmp_path: Path, hub: HubServer) -> HubSettings:
    return HubSettings(endpoint=hub.url, cache=tmp_path / "cache")


def error_of(download: Download, state: DownloadState = DownloadState.FAILED) -> LoupeError:
    end = download.wait(END_S)
    assert end.state is state, end
    assert end.error is not None
    assert end.folder is None
    assert "{" not in str(end.error)
    return end.error


def wait_until(condition: Callable[[], object], within_s: float = END_S) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


def child_pids(parent: int) -> list[int]:
    text = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(pid) for path in text for pid in path.read_text().split()]


def fetching(parent: int) -> list[int]:
    """The downloading processes under a process, zombies included."""
    found = []
    for pid in child_pids(parent):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            command = Path(f"/proc/{pid}/cmdline").read_text()
        except OSError:
            continue
        if state == "Z" or "loupe.checkpoints.fetch" in command:
            found.append(pid)
    return found


def start_and_stall(hub: HubServer, manager: DownloadManager, settings: HubSettings) -> Download:
    """A download that stands in the middle of its last file."""
    hub.fail("some/model/model.safetensors", Fault.STALL)
    download = manager.start(REF, settings)
    wait_until(lambda: "model.safetensors" in hub.fetched("some/model"))
    wait_until(lambda: any(p.stat().st_size for p in settings.cache.rglob("*.incomplete")))
    return download


def assert_whole(folder: Path | None, files: dict[str, bytes] = FILES) -> None:
    assert folder is not None
    assert {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} == WANTED
    for name in WANTED:
        assert (folder / name).read_bytes() == files[name]


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


def test_a_private_checkpoint_is_denied_without_a_token(
    hub: HubServer, manager: DownloadManager, settings: HubSettings
) -> None:
    hub.require_token("some/model", "hf_right")
    error = error_of(manager.start(REF, settings))
    assert isinstance(error, AccessDenied)
    assert "HF_TOKEN" in str(error)
    assert f"{hub.url}/some/model" in str(error)
    assert not any("authorization" in r.headers for r in hub.requests), (
        "a token that is not in the settings was sent"
    )


def test_a_wrong_token_is_named_as_the_cause_and_not_shown(
    hub: HubServer, manager: DownloadManager, tmp_path: Path
) -> None:
    hub.require_token("some/model", "hf_right")
    settings = HubSettings(endpoint=hub.url, token="hf_wrong", cache=tmp_path / "cache")
    error = error_of(manager.start(REF, settings))
    assert isinstance(error, AccessDenied)
    assert "token in use" in str(error)
    assert "hf_wrong" not in f"{error} {error.detail} {error.params} {settings}"


def test_a_gated_checkpoint_names_the_page_with_its_licence(
    hub: HubServer, manager: DownloadManager, settings: HubSettings
) -> None:
    for name in FILES:
        hub.fail(f"some/model/{name}", Fault.GATED, times=None)
    error = error_of(manager.start(REF, settings))
    assert isinstance(error, AccessDenied)
    assert "licence" in str(error)
    assert f"{hub.url}/some/model" in str(error)


def test_the_token_goes_to_the_hub_and_to_no_other_host(
    hub: HubServer, manager: DownloadManager, tmp_path: Path
) -> None:
    hub.use_cdn()
    hub.require_token("some/model", "hf_right")
    settings = HubSettings(endpoint=hub.url, token="hf_right", cache=tmp_path / "cache")
    end = manager.start(REF, settings).wait(END_S)
    assert end.state is DownloadState.DONE, end.error
    assert_whole(end.folder)
    elsewhere = [r for r in hub.requests if r.on_cdn]
    assert [r.method for r in elsewhere] == ["GET"]
    assert not any("authorization" in r.headers for r in elsewhere)
    told = [r for r in hub.requests if "authorization" in r.headers]
    assert {r.headers["authorization"] for r in told} == {"Bearer hf_right"}
    work = (tmp_path / "work").rglob("*")
    assert not [p for p in work if p.is_file() and b"hf_right" in p.read_bytes()]


def test_a_name_that_the_hub_does_not_know_is_not_found(
    manager: DownloadManager, settings: HubSettings
) -> None:
    error = error_of(manager.start(CheckpointRef.parse("some/modle"), settings))
    assert isinstance(error, CheckpointNotFound)
    assert "some/modle" in str(error)
    assert "revision" not in str(error)


def test_a_missing_revision_is_named(manager: DownloadManager, settings: HubSettings) -> None:
    error = error_of(manager.start(CheckpointRef.parse("some/model@v9"), settings))
    assert isinstance(error, CheckpointNotFound)
    assert "v9" in str(error)


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


def assert_unreachable(manager: DownloadManager, endpoint: str, cache: Path) -> HubUnreachable:
    began = time.monotonic()
    error = error_of(manager.start(REF, HubSettings(endpoint=endpoint, cache=cache)))
    assert time.monotonic() - began < UNREACHABLE_S
    assert isinstance(error, HubUnreachable)
    for remedy in ("starter", "folder", "HF_ENDPOINT", str(cache / "models--some--model")):
        assert remedy in str(error)
    assert not cache.exists()
    assert fetching(os.getpid()) == []
    return error


def test_a_refused_connection_is_told_within_five_seconds(
    manager: DownloadManager, tmp_path: Path
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    assert_unreachable(manager, f"http://127.0.0.1:{port}", tmp_path / "cache")


def test_a_dead_name_is_told_within_five_seconds(manager: DownloadManager, tmp_path: Path) -> None:
    assert_unreachable(manager, "https://no-such-host.invalid", tmp_path / "cache")


def test_a_name_service_that_hangs_is_told_within_five_seconds(
    tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()

    def hang(*_: object, **__: object) -> list[object]:
        release.wait(20)
        raise socket.gaierror("released")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    manager = DownloadManager(tmp_path / "work", environment=environment)
    try:
        assert_unreachable(manager, "https://no-such-host.invalid", tmp_path / "cache")
    finally:
        release.set()
        manager.close()


def test_a_hub_whose_network_drops_packets_is_told_at_the_deadline(
    hasty: DownloadManager, tmp_path: Path
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        # Fills the backlog: the next connection's packets are dropped.
        fillers = [socket.socket() for _ in range(4)]
        try:
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(silent.getsockname())
            url = f"http://127.0.0.1:{silent.getsockname()[1]}"
            error = assert_unreachable(hasty, url, tmp_path / "cache")
        finally:
            for filler in fillers:
                filler.close()
    assert error.detail is not None


def test_a_hub_that_accepts_and_says_nothing_is_told_at_the_deadline(
    hasty: DownloadManager, tmp_path: Path
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(16)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert_unreachable(hasty, url, tmp_path / "cache")


def test_another_site_is_not_taken_for_a_hub(manager: DownloadManager, tmp_path: Path) -> None:
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class SignInPage(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>Welcome to the hotel</html>")

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), SignInPage) as site:
        serving = threading.Thread(target=site.serve_forever, args=(0.02,))
        serving.start()
        settings = HubSettings(
            endpoint=f"http://127.0.0.1:{site.server_port}", cache=tmp_path / "cache"
        )
        error = error_of(manager.start(REF, settings))
        site.shutdown()
        serving.join()
    assert isinstance(error, HubUnreachable)
    assert "not a model hub" in str(error)


def test_offline_nothing_is_asked_and_nothing_started(
    hub: HubServer, manager: DownloadManager, tmp_path: Path
) -> None:
    settings = HubSettings(endpoint=hub.url, offline=True, cache=tmp_path / "cache")
    download = manager.start(REF, settings)
    error = download.snapshot().error
    assert isinstance(error, NotOnThisMachine)
    assert "mirror" not in str(error), "a mirror is no help without a network"
    assert str(tmp_path / "cache" / "models--some--model") in str(error)
    assert hub.requests == []
    assert fetching(os.getpid()) == []


def test_offline_in_the_environment_does_not_overrule_the_settings(
    environment: dict[str, str], settings: HubSettings, tmp_path: Path
) -> None:
    manager = DownloadManager(tmp_path / "work", environment=environment | {"HF_HUB_OFFLINE": "1"})
    assert manager.start(REF, settings).wait(END_S).state is DownloadState.DONE
    manager.close()
