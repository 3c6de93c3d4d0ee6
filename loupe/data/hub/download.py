"""Fetching a dataset: only the files of one config and of the chosen splits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from loupe.checkpoints.download import Download, DownloadManager
from loupe.checkpoints.hub import HubSettings, repo_folder
from loupe.checkpoints.order import Order
from loupe.data.hub import errors
from loupe.data.hub.dataset import HubDataset
from loupe.data.hub.listing import DataFile


def download_hub(
    dataset: HubDataset,
    settings: HubSettings,
    manager: DownloadManager,
    *,
    config: str | None = None,
    splits: Sequence[str] = (),
) -> Download:
    """Begin to fetch, or join who fetches the same; `config` None is the default, no splits all.

    Returns at once: bytes, cancelling and what went wrong stand in the download's snapshot.
    Raises InvalidInput for a config or split that is not there.
    """
    return manager.begin(download_order(dataset, config=config, splits=splits), settings)


def download_order(
    dataset: HubDataset, *, config: str | None = None, splits: Sequence[str] = ()
) -> Order:
    """What is to be fetched: the splits' files, and the README, which says whose they are."""
    files = dataset.files(config, splits)
    wanted = (
        files if dataset.readme is None or dataset.readme in files else (dataset.readme, *files)
    )
    return Order(
        key=("dataset", dataset.ref, dataset.commit, wanted),
        ref=dataset.ref,
        repo_type="dataset",
        complaints=errors,
        job={
            "repo_id": dataset.id,
            "revision": dataset.ref.revision,
            "commit": dataset.commit,
            "files": [[file.path, file.size, file.blob] for file in wanted],
        },
    )


def files_to_fetch(
    dataset: HubDataset,
    cache: Path,
    *,
    config: str | None = None,
    splits: Sequence[str] = (),
) -> tuple[DataFile, ...]:
    """Those of the chosen files that cannot be opened yet: none, and `sources_of` gives them all.

    Raises as `download_hub`.
    """
    folder = repo_folder(cache, dataset.id, "dataset") / "snapshots" / dataset.commit
    return tuple(
        file for file in dataset.files(config, splits) if not (folder / file.path).is_file()
    )
