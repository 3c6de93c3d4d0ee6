"""The downloading process: `python -m loupe.checkpoints.fetch JOB.json`.

It fetches one checkpoint into huggingface_hub's own cache, one weight format of it; or the files
that its job lists, of a repository of any kind. It reports:

    planned    commit, files, bytes_total, bytes_cached, needs_conversion, safetensors_revision
    progress   bytes_done, files_done, file
    retrying   attempt, attempts, message
    done       folder, commit
    failed     kind (see Failure), message; known, where names that are there may help

After `planned` it waits for the line “go”, so that room on the disk is looked at before bytes flow.
A process of its own because a transfer inside a library call can only be stopped by a kill.
"""

from __future__ import annotations

import errno
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from loupe.checkpoints.child import Reporter, read_job, remove_abandoned
from loupe.checkpoints.hub import DEFAULT_REVISION, HubFile, choose_files, repo_folder
from loupe.errors import UnsupportedCheckpoint

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import ModelInfo

GO = "go"

REQUEST_TIMEOUT_S = 10.0
# Waits between the attempts at one file or question; as many retries as there are waits. The
# library itself goes on after a clean end of the connection, but not after a reset.
BACKOFF_S = (0.5, 1.0, 2.0, 4.0)
PROGRESS_EVERY_S = 0.2
# The library's 10 MB pieces would look like a stall on a slow line.
CHUNK_BYTES = 64 * 1024
# Only asked where main has nothing but a pickle.
PULL_REQUESTS_LOOKED_AT = 10
PULL_REQUESTS_TIMEOUT_S = 5.0
# A killed process leaves its partial file, which the library never uses again or removes.
PARTIAL_ABANDONED_AFTER_S = 3600.0

_RETRIED_STATUS = {408, 429, 500, 502, 503, 504}
_SAFETENSORS_NAMES = {"model.safetensors", "model.safetensors.index.json"}

T = TypeVar("T")


class Failure(StrEnum):
    """Why a download failed, as far as the hub and the machine say."""

    NOT_FOUND = "not_found"
    NO_REVISION = "no_revision"
    UNAUTHORIZED = "unauthorized"
    GATED = "gated"
    FORBIDDEN = "forbidden"
    NO_WEIGHTS = "no_weights"
    DISK_FULL = "disk_full"
    NOT_WRITABLE = "not_writable"
    CERTIFICATE = "certificate"
    NOT_A_HUB = "not_a_hub"
    CONNECTION = "connection"
    UNEXPECTED = "unexpected"


def main() -> int:
    job = read_job()
    reporter = Reporter(Path(job["events"]))
    try:
        _fetch(job, reporter)
    except Exception as error:
        kind, _ = classify(error)
        reporter.write("failed", kind=kind, message=describe(error))
        return 1
    return 0


@dataclass(frozen=True)
class _Stock:
    """What is to be fetched, and of which state. blobs: path to the hash that the cache files by"""

    commit: str
    files: tuple[HubFile, ...]
    blobs: Mapping[str, str | None]
    needs_conversion: bool = False
    safetensors_revision: str | None = None


def open_api(job: dict[str, Any]) -> HfApi:
    """The hub's library, told about the hub and the token of this job and of no other."""
    # Imported here: a process whose parent has gone must not first spend seconds on it.
    from huggingface_hub import HfApi, constants

    constants.DOWNLOAD_CHUNK_SIZE = CHUNK_BYTES
    # False, not None: None would make the library look for a token itself.
    token = os.environ.pop("HF_TOKEN", "") or False
    return HfApi(endpoint=job["endpoint"], token=token)


def _named_files(job: dict[str, Any]) -> _Stock:
    files = [(HubFile(path, size), blob) for path, size, blob in job["files"]]
    return _Stock(
        commit=job["commit"],
        files=tuple(file for file, _ in files),
        blobs={file.path: blob for file, blob in files},
    )


def _checkpoint_files(api: HfApi, job: dict[str, Any], reporter: Reporter) -> _Stock:
    repo_id, revision = job["repo_id"], job["revision"] or DEFAULT_REVISION

    def ask() -> ModelInfo:
        return api.model_info(
            repo_id, revision=revision, files_metadata=True, timeout=REQUEST_TIMEOUT_S
        )

    info = retry(ask, job.get("backoff_s", BACKOFF_S), reporter)
    siblings = {sibling.rfilename: sibling for sibling in info.siblings or ()}
    plan = choose_files([HubFile(path, s.size or 0) for path, s in siblings.items()])
    return _Stock(
        commit=info.sha or revision,
        files=plan.files,
        blobs={path: s.lfs.sha256 if s.lfs else s.blob_id for path, s in siblings.items()},
        needs_conversion=plan.needs_conversion,
        safetensors_revision=_find_converted_revision(api, repo_id)
        if plan.needs_conversion and revision == DEFAULT_REVISION
        else None,
    )


def _fetch(job: dict[str, Any], reporter: Reporter) -> None:
    api = open_api(job)
    repo_id, repo_type, cache = job["repo_id"], job["repo_type"], Path(job["cache"])
    backoff_s: Sequence[float] = job.get("backoff_s", BACKOFF_S)
    stock = _named_files(job) if "files" in job else _checkpoint_files(api, job, reporter)
    commit = stock.commit
    storage = repo_folder(cache, repo_id, repo_type)
    remove_abandoned((storage / "blobs").glob("*.incomplete"), PARTIAL_ABANDONED_AFTER_S)
    cached = {
        file.path: file.size
        for file in stock.files
        if is_cached(storage, commit, file.path, stock.blobs[file.path])
    }
    reporter.write(
        "planned",
        commit=commit,
        files=[file.path for file in stock.files],
        bytes_total=sum(file.size for file in stock.files),
        bytes_cached=sum(cached.values()),
        needs_conversion=stock.needs_conversion,
        safetensors_revision=stock.safetensors_revision,
    )
    if sys.stdin.readline().strip() != GO:
        return
    meter = _Meter(reporter, sum(cached.values()), len(cached))
    for file in stock.files:
        if file.path in cached:
            # No byte flows, but the library makes the snapshot's link and checks the name.
            meter.begin(file.path, counted=False)
        else:
            meter.begin(file.path, counted=True)

        def get(path: str = file.path) -> str:
            return api.hf_hub_download(
                repo_id,
                path,
                repo_type=repo_type,
                revision=commit,
                cache_dir=cache,
                etag_timeout=REQUEST_TIMEOUT_S,
                tqdm_class=meter.bar(),
            )

        retry(get, backoff_s, reporter, meter.restart)
        meter.finish(file.size)
    write_ref(storage, job["revision"] or DEFAULT_REVISION, commit)
    reporter.write("done", folder=str(storage / "snapshots" / commit), commit=commit)


def retry(
    work: Callable[[], T],
    backoff_s: Sequence[float],
    reporter: Reporter,
    before_again: Callable[[], None] = lambda: None,
) -> T:
    """Do it, and again after each wait while the fault may pass by itself."""
    for attempt, wait_s in enumerate(backoff_s, start=1):
        try:
            return work()
        except Exception as error:
            if not classify(error)[1]:
                raise
            reporter.write(
                "retrying", attempt=attempt, attempts=len(backoff_s), message=describe(error)
            )
        time.sleep(wait_s)
        before_again()
    return work()


def classify(error: BaseException) -> tuple[Failure, bool]:
    """What kind of failure an exception is, and whether trying again may help."""
    import httpx2
    from huggingface_hub import errors

    if isinstance(error, UnsupportedCheckpoint):
        return Failure.NO_WEIGHTS, False
    for cause in _chain(error):
        if isinstance(cause, errors.GatedRepoError):
            return Failure.GATED, False
        if isinstance(cause, errors.RevisionNotFoundError):
            return Failure.NO_REVISION, False
        if isinstance(cause, errors.HfHubHTTPError):
            return _classify_status(cause.response.status_code)
        if "CERTIFICATE_VERIFY_FAILED" in str(cause):
            return Failure.CERTIFICATE, False
        if isinstance(cause, httpx2.TransportError):
            return Failure.CONNECTION, True
        if isinstance(cause, OSError) and cause.errno in {errno.ENOSPC, errno.EDQUOT}:
            return Failure.DISK_FULL, False
        if isinstance(cause, OSError) and cause.errno in {errno.EACCES, errno.EROFS, errno.EPERM}:
            return Failure.NOT_WRITABLE, False
        if isinstance(cause, OSError) and "Consistency check failed" in str(cause):
            return Failure.CONNECTION, True
    if isinstance(error, ValueError | KeyError | TypeError | errors.LocalEntryNotFoundError):
        # What came back is no answer of a hub: a sign-in page of a network, or another site.
        return Failure.NOT_A_HUB, False
    return Failure.UNEXPECTED, False


def _classify_status(status: int) -> tuple[Failure, bool]:
    if status == 401:
        return Failure.UNAUTHORIZED, False
    if status == 403:
        return Failure.FORBIDDEN, False
    if status == 404:
        return Failure.NOT_FOUND, False
    return Failure.CONNECTION, status in _RETRIED_STATUS


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The exception and what caused it: the library wraps a refused file in “not in the cache”."""
    while error is not None:
        yield error
        error = error.__cause__


def describe(error: BaseException) -> str:
    """The exception and its causes in the library's own words."""
    return " / ".join(f"{type(cause).__name__}: {cause}" for cause in _chain(error))


def is_cached(storage: Path, commit: str, path: str, blob: str | None) -> bool:
    """Whether the cache has a file, of this commit or of another with the same bytes.

    blob: the hash of its bytes, as the hub says it: sha256 where it lies in LFS, else git's.
    """
    in_snapshot = (storage / "snapshots" / commit / path).is_file()
    return in_snapshot or bool(blob and (storage / "blobs" / blob).is_file())


def write_ref(storage: Path, revision: str, commit: str) -> None:
    """Name the commit, as every tool that shares the cache looks it up.

    Written last, and by us: files were asked for by commit, so that all are of one state.
    """
    if revision == commit:
        return
    path = storage / "refs" / revision
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(commit)
    temporary.replace(path)


def _find_converted_revision(api: HfApi, repo_id: str) -> str | None:
    """A pull request that carries safetensors, the newest first; None where none shows in time.

    Only named, never used by itself: anybody may open one, and its weights need not be the same.
    """
    found: list[str] = []
    finder = threading.Thread(target=_look_for_revision, args=(api, repo_id, found), daemon=True)
    finder.start()
    finder.join(PULL_REQUESTS_TIMEOUT_S)
    return found[0] if found else None


def _look_for_revision(api: HfApi, repo_id: str, found: list[str]) -> None:
    try:
        requests = api.list_repo_refs(repo_id, include_pull_requests=True).pull_requests or []
        requests.sort(key=lambda ref: int(ref.ref.rpartition("/")[2]), reverse=True)
        for ref in requests[:PULL_REQUESTS_LOOKED_AT]:
            info = api.model_info(repo_id, revision=ref.ref, timeout=REQUEST_TIMEOUT_S)
            if any(s.rfilename in _SAFETENSORS_NAMES for s in info.siblings or ()):
                found.append(ref.ref)
                return
    except Exception:
        # An offer on the side: whatever goes wrong with it must not stop the download.
        return


class _Meter:
    """Counts the bytes of the whole checkpoint while the library counts those of one file."""

    def __init__(self, reporter: Reporter, bytes_done: int, files_done: int) -> None:
        self._reporter = reporter
        self._bytes_before = bytes_done
        self._bytes_of_file = 0
        self._files_done = files_done
        self._counted = False
        self._file = ""
        self._reported_at = 0.0

    def begin(self, path: str, *, counted: bool) -> None:
        self._file, self._counted, self._bytes_of_file = path, counted, 0
        self._report(force=True)

    def restart(self) -> None:
        """A file that broke off starts again: the library has removed what it had of it."""
        self._bytes_of_file = 0
        self._report(force=True)

    def add(self, count: int) -> None:
        self._bytes_of_file += count
        self._report(force=False)

    def finish(self, size: int) -> None:
        if self._counted:
            self._bytes_before += size or self._bytes_of_file
            self._files_done += 1
        self._bytes_of_file = 0
        self._report(force=True)

    def _report(self, *, force: bool) -> None:
        now = time.monotonic()
        if force or now - self._reported_at >= PROGRESS_EVERY_S:
            self._reported_at = now
            self._reporter.write(
                "progress",
                bytes_done=self._bytes_before + self._bytes_of_file,
                files_done=self._files_done,
                file=self._file,
            )

    def bar(self) -> Any:
        """What the library believes to be a progress bar."""
        meter = self

        class Bar:
            def __init__(self, **_: object) -> None:
                pass

            def update(self, count: int) -> None:
                meter.add(count)

            def __enter__(self) -> Bar:
                return self

            def __exit__(self, *_: object) -> None:
                pass

        return Bar


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # Without the interpreter's farewell: a side question may still hang in a thread.
    os._exit(code)
