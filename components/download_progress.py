"""A download under way: bytes, speed, time left, and the way to stop it."""

from __future__ import annotations

import streamlit as st

from components.i18n import _
from loupe.checkpoints.download import Download, DownloadSnapshot, DownloadState

# How often a progress bar says what it knows.
_TICK_S = 0.5
_MB = 1_000_000


def watch_download(download: Download, key: str) -> None:
    """Draw how far it is, again and again, then let the page run anew."""

    @st.fragment(run_every=_TICK_S, key=f"{key}_watch")
    def watch() -> None:
        snapshot = download.snapshot()
        if snapshot.state.ended:
            st.rerun()
        with st.container(border=True):
            st.text(_("Downloading {name}").format(name=download.ref.label))
            st.progress(_share(snapshot), text=describe_download(snapshot))
            st.button(
                _("Cancel"),
                key=f"{key}_cancel",
                on_click=download.cancel,
                help=_("Finished files stay; a file that was cut off starts again next time."),
            )

    watch()


def _share(snapshot: DownloadSnapshot) -> float:
    total = snapshot.bytes_total
    return min(1.0, snapshot.bytes_done / total) if total else 0.0


def describe_download(snapshot: DownloadSnapshot) -> str:
    """Bytes, speed and time left, as far as they are known."""
    if snapshot.state is DownloadState.PLANNING or snapshot.bytes_total is None:
        return _("Asking the hub what there is…")
    parts = [
        _("{done} of {total} MB").format(
            done=f"{snapshot.bytes_done / _MB:,.1f}", total=f"{snapshot.bytes_total / _MB:,.1f}"
        )
    ]
    if snapshot.state is DownloadState.RETRYING:
        parts.append(_("the connection broke; trying again"))
    elif snapshot.bytes_per_s > 0:
        parts.append(_("{rate} MB/s").format(rate=f"{snapshot.bytes_per_s / _MB:,.1f}"))
        if snapshot.eta_s is not None:
            minutes, seconds = divmod(round(snapshot.eta_s), 60)
            parts.append(_("{time} left").format(time=f"{minutes}:{seconds:02d}"))
    return " · ".join(parts)
