"""Between a checkpoint's name and its use: download it, convert it, or say why neither can be."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from components import resources
from components.download_progress import watch_download
from components.error_box import show_error
from components.i18n import _
from loupe.checkpoints.catalogue import find
from loupe.checkpoints.conversions import Conversion, pickled_source
from loupe.checkpoints.hub import find_cached
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.errors import LoupeError

# How often a progress bar says what it knows.
_TICK_S = 0.5


def is_usable(ref: CheckpointRef, *, key: str, needs_weights: bool = True) -> bool:
    """Whether the checkpoint's files are here and can be loaded; else draws the way to that.

    needs_weights: False where its tokenizer is enough, which no pickle stands in the way of.
    """
    try:
        if ref.kind is Kind.HUB and find_cached(ref, resources.places().hub_cache) is None:
            _draw_download(ref, key)
            return False
        source = pickled_source(ref, resources.places()) if needs_weights else None
    except LoupeError as error:
        show_error(error, key=f"{key}_access")
        return False
    if source is not None:
        _draw_conversion(ref, source, key)
        return False
    return True


def _draw_download(ref: CheckpointRef, key: str) -> None:
    download = resources.suppliers().downloads.get(ref)
    if download is not None and not download.snapshot().state.ended:
        watch_download(download, key)
        return
    with st.container(border=True, key=f"{key}_offer"):
        st.text(_("{name} is not on this machine yet.").format(name=ref.label))
        if not _draw_facts(ref):
            return
        if download is not None and (error := download.snapshot().error) is not None:
            show_error(error, key=f"{key}_download")
        st.button(
            _("Download"),
            key=f"{key}_download",
            type="primary",
            icon=":material/download:",
            on_click=_start_download,
            args=(ref, key),
        )
        failed = st.session_state.pop(f"{key}_failed_start", None)
        if isinstance(failed, LoupeError):
            show_error(failed, key=f"{key}_start")


def _start_download(ref: CheckpointRef, key: str) -> None:
    try:
        resources.suppliers().downloads.start(ref, resources.hub_settings())
    except LoupeError as error:
        st.session_state[f"{key}_failed_start"] = error


def _draw_facts(ref: CheckpointRef) -> bool:
    """What the catalogue knows about it, and where it would come from; whether that is known."""
    entry = find(ref)
    if entry is not None:
        st.caption(
            _("About {size} MB · {parameters} million parameters · licence {licence}").format(
                size=f"{entry.download_mb:,}",
                parameters=f"{entry.parameters / 1e6:,.0f}",
                licence=entry.licence,
            )
        )
        st.caption(_(entry.good_at))
        if entry.watch_out:
            st.caption(_(entry.watch_out))
    try:
        st.text(_("From {endpoint}").format(endpoint=resources.hub_settings().endpoint))
    except LoupeError as error:
        show_error(error, key="mirror")
        return False
    return True


def _draw_conversion(ref: CheckpointRef, source: Path, key: str) -> None:
    conversions = resources.suppliers().conversions
    conversion = conversions.get(ref)
    if conversion is not None and not conversion.ended:
        _watch_conversion(conversion, key)
        return
    with st.container(border=True, key=f"{key}_convert_offer"):
        st.text(_("{name} keeps its weights in a pickle.").format(name=ref.label))
        st.text(
            _(
                "A pickle can run code when it is opened. Loupe can read its numbers in a separate "
                "process that refuses code, and write them as safetensors beside its own files; "
                "the original stays as it is."
            )
        )
        if conversion is not None and conversion.error is not None:
            show_error(conversion.error, key=f"{key}_convert")
        _offer_proposal(ref, key)
        st.button(
            _("Convert it"),
            key=f"{key}_convert",
            type="primary",
            on_click=_start_conversion,
            args=(ref, source),
        )


def _offer_proposal(ref: CheckpointRef, key: str) -> None:
    """Where a pull request on the hub holds safetensors of the same weights, say so."""
    download = resources.suppliers().downloads.get(ref)
    revision = None if download is None else download.snapshot().safetensors_revision
    if revision is None:
        return
    st.text(
        _(
            "On the hub, somebody proposes safetensors of it ({revision}). Its owner has not "
            "accepted them; take them only if you trust their author."
        ).format(revision=revision)
    )
    st.button(
        _("Take the proposed safetensors"),
        key=f"{key}_proposal",
        on_click=_choose,
        args=(key, CheckpointRef(Kind.HUB, ref.id, revision)),
    )


def _choose(key: str, ref: CheckpointRef) -> None:
    st.session_state[key] = str(ref)


def _start_conversion(ref: CheckpointRef, source: Path) -> None:
    resources.suppliers().conversions.start(ref, source)


def _watch_conversion(conversion: Conversion, key: str) -> None:
    @st.fragment(run_every=_TICK_S, key=f"{key}_watch_conversion")
    def watch() -> None:
        if conversion.ended:
            st.rerun()
        progress = conversion.progress
        share = progress.bytes_done / max(1, progress.bytes_total) if progress else 0.0
        with st.container(border=True):
            st.progress(min(1.0, share), text=_("Converting to safetensors…"))
            st.button(
                _("Cancel"),
                key=f"{key}_cancel_conversion",
                on_click=resources.suppliers().conversions.cancel,
                args=(conversion.ref,),
            )

    watch()
