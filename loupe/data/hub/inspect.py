"""What a dataset of the hub consists of: asked of the hub, or of this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from loupe.checkpoints.download import Download, DownloadManager, DownloadState
from loupe.checkpoints.hub import HubSettings
from loupe.checkpoints.order import Order
from loupe.data.hub import errors
from loupe.data.hub.cached import find_cached_listing, find_kept_listing
from loupe.data.hub.dataset import HubDataset
from loupe.data.hub.layout import lay_out
from loupe.data.hub.listing import read_listing
from loupe.data.hub.ref import DatasetRef
from loupe.errors import Cancelled, DownloadFailed, HubUnreachable, Phrase

ASK_MODULE = "loupe.data.hub.ask"
_POLL_S = 0.05


def inspect_hub(
    ref: DatasetRef,
    settings: HubSettings,
    *,
    manager: DownloadManager,
    listings: Path,
    cancelled: Callable[[], bool] = lambda: False,
) -> HubDataset:
    """Configs, splits and files of a dataset, its commit and its licence.

    manager: of downloads; the question is put by one of its processes, so that it can be stopped.
    listings: a folder of Loupe's own, where the hub's answers are kept.
    Offline, and where the hub does not answer, it is what lies on this machine (`from_cache`).
    Blocks: call it outside of a page's run, or show that it is at work.
    Raises DatasetNotFound, AccessDenied, HubUnreachable, DatasetNotHere, UnsupportedDataset (its
    `params["offer"]` is the reference of a Parquet copy, or None), DownloadFailed, Cancelled.
    """
    if settings.offline:
        found = inspect_cached(ref, settings, listings=listings)
        if found is None:
            raise errors.offline(ref, settings)
        return found
    kept = find_kept_listing(ref, listings)
    if kept is not None:
        return lay_out(kept, ref, settings.endpoint)
    try:
        path = _ask(ref, settings, manager, listings, cancelled)
    except (HubUnreachable, DownloadFailed):
        why = Phrase("The model hub at {endpoint} gave no answer.", {"endpoint": settings.endpoint})
        found = inspect_cached(ref, settings, listings=listings, why=why)
        if found is None:
            raise
        return found
    return lay_out(read_listing(path), ref, settings.endpoint)


def inspect_cached(
    ref: DatasetRef, settings: HubSettings, *, listings: Path, why: Phrase | None = None
) -> HubDataset | None:
    """What of a dataset lies on this machine; None where nothing does. No request is made.

    why: what kept the hub from being asked. Raises UnsupportedDataset.
    """
    listing = find_cached_listing(ref, settings.cache, listings)
    if listing is None:
        return None
    return lay_out(listing, ref, settings.endpoint, from_cache=True, why_cache=why)


def _ask(
    ref: DatasetRef,
    settings: HubSettings,
    manager: DownloadManager,
    listings: Path,
    cancelled: Callable[[], bool],
) -> Path:
    """The file with the hub's answer. Raises what went wrong."""
    order = Order(
        key=("dataset's listing", ref, settings.endpoint),
        ref=ref,
        repo_type="dataset",
        module=ASK_MODULE,
        complaints=errors,
        job={
            "repo_id": ref.id,
            "revision": ref.revision,
            "listings": str(listings.absolute()),
        },
    )
    while True:
        asking = manager.begin(order, settings)
        if _wait(asking, cancelled):
            raise Cancelled(
                "The question what “{label}” holds was cancelled.",
                "Ask again when you like.",
                label=ref.label,
            )
        end = asking.snapshot()
        if end.folder is not None:
            return end.folder
        if end.state is DownloadState.CANCELLED and not manager.closed:
            # Somebody else shared this question and took it back.
            continue
        assert end.error is not None
        raise end.error


def _wait(asking: Download, cancelled: Callable[[], bool]) -> bool:
    """Until it has ended; True where it was taken back here."""
    while not asking.wait(_POLL_S).state.ended:
        if cancelled():
            asking.cancel()
            asking.wait()
            return True
    return False
