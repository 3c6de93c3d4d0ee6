"""What is fetched in these tests, and how they see what a download does."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from loupe.checkpoints.download import Download, DownloadManager, DownloadState, Limits
from loupe.checkpoints.hub import HubSettings
from loupe.checkpoints.ref import CheckpointRef
from loupe.errors import LoupeError
from tests.hub_server import Fault, HubServer

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
