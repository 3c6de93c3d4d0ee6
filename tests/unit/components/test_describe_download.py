"""A download as a person reads it."""

from typing import Any

import pytest

from components.download_progress import _share, describe_download
from loupe.checkpoints.download import DownloadSnapshot, DownloadState

MB = 1_000_000


def at_work(**values: Any) -> DownloadSnapshot:
    fields = {"state": DownloadState.DOWNLOADING, "bytes_done": 0, "bytes_total": 440 * MB}
    return DownloadSnapshot(**{**fields, **values})


@pytest.mark.parametrize(
    "snapshot",
    [DownloadSnapshot(), at_work(bytes_total=None), at_work(state=DownloadState.PLANNING)],
)
def test_nothing_is_claimed_before_the_hub_has_answered(snapshot: DownloadSnapshot) -> None:
    assert describe_download(snapshot) == "Asking the hub what there is…"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({}, "0.0 of 440.0 MB"),
        ({"bytes_done": 1_234 * MB, "bytes_total": 5_000 * MB}, "1,234.0 of 5,000.0 MB"),
        (
            {"bytes_done": 220 * MB, "bytes_per_s": 2.5e6, "eta_s": 88.4},
            "220.0 of 440.0 MB · 2.5 MB/s · 1:28 left",
        ),
        ({"bytes_per_s": 2.5e6}, "0.0 of 440.0 MB · 2.5 MB/s"),
        ({"bytes_per_s": 1e6, "eta_s": 59.6}, "0.0 of 440.0 MB · 1.0 MB/s · 1:00 left"),
        ({"bytes_per_s": 1e6, "eta_s": 0.0}, "0.0 of 440.0 MB · 1.0 MB/s · 0:00 left"),
    ],
)
def test_bytes_speed_and_time_are_said_as_far_as_they_are_known(
    values: dict[str, Any], text: str
) -> None:
    assert describe_download(at_work(**values)) == text


def test_a_broken_connection_is_said_instead_of_a_speed() -> None:
    snapshot = at_work(state=DownloadState.RETRYING, bytes_per_s=1e6, eta_s=10.0)
    said = describe_download(snapshot)
    assert said == "0.0 of 440.0 MB · the connection broke; trying again"
    assert "left" not in said


@pytest.mark.parametrize(
    ("done", "total", "share"), [(0, None, 0.0), (0, 0, 0.0), (5, 10, 0.5), (11, 10, 1.0)]
)
def test_the_bar_never_leaves_its_frame(done: int, total: int | None, share: float) -> None:
    assert _share(at_work(bytes_done=done, bytes_total=total)) == share
