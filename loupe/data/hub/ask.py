"""The asking process: `python -m loupe.data.hub.ask JOB.json`.

It asks a hub what a dataset consists of, keeps the answer in a file, and reports, in the words of
`loupe.checkpoints.fetch`:

    planned    commit, no bytes
    progress   files_done: how many files are listed so far
    retrying   attempt, attempts, message
    done       folder (the listing's file), commit
    failed     kind, message, known: the revisions there are, where the one asked for is not

A process of its own because a question inside a library call can only be stopped by a kill.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loupe.checkpoints.child import Reporter, read_job
from loupe.checkpoints.fetch import (
    BACKOFF_S,
    REQUEST_TIMEOUT_S,
    Failure,
    classify,
    describe,
    open_api,
    retry,
)
from loupe.checkpoints.hub import DEFAULT_REVISION
from loupe.data.hub.listing import README, DataFile, Listing, check_listing, write_listing
from loupe.errors import UnsupportedDataset

if TYPE_CHECKING:
    from huggingface_hub import DatasetInfo, HfApi

# More than the largest text datasets have; beyond it a list costs minutes and gigabytes.
FILES_MAX = 100_000
CARD_MAX_BYTES = 4 * 1024 * 1024
_LISTED_AT_ONCE = 500
# Offers on the side: an answer that takes longer is done without.
_REFS_TIMEOUT_S = 5.0
_REVISIONS_SHOWN = 20
TOO_MANY_FILES = "too_many_files"
ODD_NAMES = "odd_names"


def main() -> int:
    job = read_job()
    reporter = Reporter(Path(job["events"]))
    api = open_api(job)
    try:
        _ask(api, job, reporter)
    except UnsupportedDataset as error:
        reporter.write("failed", kind=ODD_NAMES, message=str(error))
        return 1
    except Exception as error:
        kind, _ = classify(error)
        known = _revisions(api, job["repo_id"]) if kind is Failure.NO_REVISION else {}
        reporter.write("failed", kind=kind, message=describe(error), known=known.get("all", []))
        return 1
    return 0


def _ask(api: HfApi, job: dict[str, Any], reporter: Reporter) -> None:
    revision = job["revision"] or DEFAULT_REVISION
    backoff_s = job.get("backoff_s", BACKOFF_S)

    def info() -> DatasetInfo:
        return api.dataset_info(job["repo_id"], revision=revision, timeout=REQUEST_TIMEOUT_S)

    said = retry(info, backoff_s, reporter)
    commit = said.sha or ""
    # The hub's own spelling: it redirects names of old, and files are kept under one name.
    check_listing(Listing(id=said.id, commit=commit, files=()))
    reporter.write(
        "planned",
        commit=commit,
        files=[],
        bytes_total=0,
        bytes_cached=0,
        needs_conversion=False,
        safetensors_revision=None,
    )
    files = retry(lambda: _list_files(api, said.id, commit, reporter), backoff_s, reporter)
    if len(files) > FILES_MAX:
        reporter.write("failed", kind=TOO_MANY_FILES, message=f"more than {FILES_MAX} files")
        return
    card_data, own_folder = said.card_data, Path(job["events"]).parent
    listing = Listing(
        id=said.id,
        commit=commit,
        files=tuple(sorted(files)),
        gated=bool(said.gated),
        card=_read_card(api, said.id, commit, files, own_folder, backoff_s, reporter),
        card_data=card_data.to_dict() if card_data is not None else None,  # type: ignore[no-untyped-call]
        convert_revisions=tuple(_revisions(api, said.id).get("converts", ())),
    )
    path = write_listing(check_listing(listing), Path(job["listings"]))
    reporter.write("done", folder=str(path), commit=commit)


def _list_files(api: HfApi, repo_id: str, commit: str, reporter: Reporter) -> list[DataFile]:
    from huggingface_hub.hf_api import RepoFile

    entries = api.list_repo_tree(repo_id, recursive=True, revision=commit, repo_type="dataset")
    files: list[DataFile] = []
    for entry in entries:
        if not isinstance(entry, RepoFile):
            continue
        blob = entry.lfs.sha256 if entry.lfs else entry.blob_id
        files.append(DataFile(entry.path, entry.size, blob))
        if len(files) % _LISTED_AT_ONCE == 0:
            reporter.write("progress", bytes_done=0, files_done=len(files), file=entry.path)
        if len(files) > FILES_MAX:
            break
    return files


def _read_card(
    api: HfApi,
    repo_id: str,
    commit: str,
    files: list[DataFile],
    folder: Path,
    backoff_s: Sequence[float],
    reporter: Reporter,
) -> str | None:
    """The README's text; None where there is none, or where it is not handed out."""
    if not any(file.path == README and file.size <= CARD_MAX_BYTES for file in files):
        return None

    def get() -> str:
        # Into the job's own folder and not the cache: looking at a dataset leaves nothing behind
        # that could be taken for its data.
        return api.hf_hub_download(
            repo_id, README, repo_type="dataset", revision=commit, cache_dir=folder
        )

    try:
        return Path(retry(get, backoff_s, reporter)).read_text("utf-8", errors="replace")
    except Exception as error:
        if classify(error)[0] in {Failure.GATED, Failure.FORBIDDEN, Failure.UNAUTHORIZED}:
            return None
        raise


def _revisions(api: HfApi, repo_id: str) -> dict[str, list[str]]:
    """`all` branches and tags, and what the hub has `converts`; empty where it does not say soon"""
    found: dict[str, list[str]] = {}

    def look() -> None:
        refs = api.list_repo_refs(repo_id, repo_type="dataset")
        found["converts"] = [ref.ref for ref in refs.converts]
        found["all"] = [ref.name for ref in islice([*refs.branches, *refs.tags], _REVISIONS_SHOWN)]

    _within(look, _REFS_TIMEOUT_S)
    return found


def _within(work: Callable[[], None], timeout_s: float) -> None:
    def quietly() -> None:
        try:
            work()
        except Exception:
            # An offer on the side: whatever goes wrong with it must not stop the answer.
            return

    thread = threading.Thread(target=quietly, daemon=True)
    thread.start()
    thread.join(timeout_s)


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # Without the interpreter's farewell: a side question may still hang in a thread.
    os._exit(code)
