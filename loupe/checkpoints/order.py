"""What a download is to bring, and in which words a person is told of it.

Checkpoints and datasets are fetched by one machinery; what differs between them stands here.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from loupe.checkpoints import download_errors
from loupe.checkpoints.hub import HubSettings, Named
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.errors import LoupeError

RepoType = Literal["model", "dataset"]
FETCH_MODULE = "loupe.checkpoints.fetch"


class Complaints(Protocol):
    """What is said when a download ends badly; `download_errors` says it of checkpoints."""

    def offline(self, ref: Named, settings: HubSettings) -> LoupeError: ...

    def unreachable(self, ref: Named, settings: HubSettings, detail: str | None) -> LoupeError: ...

    def cancelled(self, ref: Named, files_done: int, files_total: int | None) -> LoupeError: ...

    def stalled(self, ref: Named, stall_s: float, restarts: int) -> LoupeError: ...

    def unexpected(self, ref: Named, detail: str) -> LoupeError: ...

    def not_enough_disk(
        self, ref: Named, settings: HubSettings, needed: int, free: int
    ) -> LoupeError: ...

    def from_failure(
        self, ref: Named, settings: HubSettings, kind: str, message: str, known: tuple[str, ...]
    ) -> LoupeError: ...


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Order:
    """One thing to fetch from a hub.

    key: orders of one key are fetched once at a time. module, job: the helper process and what it
    is told besides the endpoint, the cache and the waits.
    """

    key: Hashable
    ref: Named
    repo_type: RepoType
    complaints: Complaints
    job: Mapping[str, object]
    module: str = FETCH_MODULE


def checkpoint_order(ref: CheckpointRef) -> Order:
    """One weight format of a checkpoint and what goes with it."""
    assert ref.kind is Kind.HUB
    return Order(
        key=ref,
        ref=ref,
        repo_type="model",
        complaints=download_errors,
        job={"repo_id": ref.id, "revision": ref.revision},
    )
