"""A dataset of the model hub: its name, config and splits, and the way to have it here."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

import streamlit as st

from components import background, resources
from components.dataset import keys
from components.dataset.opening import Sources
from components.download_progress import watch_download
from components.error_box import show_error
from components.following import follow
from components.i18n import _, phrase
from loupe.checkpoints.hub import HubSettings
from loupe.data.hub.cached import cached_datasets
from loupe.data.hub.dataset import HubConfig, HubDataset
from loupe.data.hub.download import download_hub, download_order, files_to_fetch
from loupe.data.hub.inspect import inspect_hub
from loupe.data.hub.ref import DatasetRef
from loupe.data.hub.settings import dataset_settings
from loupe.data.hub.sources import sources_of
from loupe.engine import Ticket
from loupe.errors import LoupeError, UnsupportedDataset

_QUIET_S = 0.3
_ASKED = keys.HUB + "_asked"
_MB = 1e6


@dataclass(frozen=True, slots=True)
class _Question:
    ref: DatasetRef
    endpoint: str
    ticket: Ticket[HubDataset]
    started_s: float


@dataclass(frozen=True, slots=True)
class FromHub:
    """name: as a person reads it. ref, config, splits: what a link says. sources: its files."""

    name: str
    ref: str
    config: str
    splits: tuple[str, ...]
    sources: Sources


def ask_hub() -> FromHub | None:
    """The dataset that was chosen; None while its files are not on this machine.

    Raises InvalidRef for what is not the name of a dataset.
    """
    here = [str(ref) for ref in cached_datasets(resources.places().hub_cache)]
    typed = st.selectbox(
        _("Name on the hub"),
        here,
        index=None,
        key=keys.HUB,
        accept_new_options=True,
        placeholder=_("Salesforce/wikitext"),
        label_visibility="collapsed",
        persist_state="session",
    )
    if not typed:
        st.caption(_("owner/name, with @revision if it shall not be the newest"))
        return None
    ref = DatasetRef.parse(typed)
    settings = _settings()
    found = _found(ref, settings)
    if found is None:
        return None
    config, splits = _pick(found)
    if config is None:
        return None
    if not _is_here(found, settings, config, splits):
        return None
    sources = tuple(sources_of(found, settings.cache, config=config.name, splits=splits))
    return FromHub(f"{found.id} · {config.name}", str(ref), config.name, tuple(splits), sources)


def _settings() -> HubSettings:
    asked = dataset_settings(os.environ, resources.places().hub_cache)
    mirror = resources.hub_settings().endpoint
    return asked if mirror == asked.endpoint else asked.with_endpoint(mirror)


def _found(ref: DatasetRef, settings: HubSettings) -> HubDataset | None:
    """What the hub says of it; None while it is being asked, or where it says no."""
    question = st.session_state.get(_ASKED)
    if (
        not isinstance(question, _Question)
        or (question.ref, question.endpoint) != (ref, settings.endpoint)
        or question.ticket.cancelled.is_set()
    ):
        manager = resources.suppliers().downloads
        listings = resources.places().state / "listings"

        def look(ticket: Ticket[HubDataset]) -> HubDataset:
            return inspect_hub(
                ref,
                settings,
                manager=manager,
                listings=listings,
                cancelled=ticket.cancelled.is_set,
            )

        question = _Question(ref, settings.endpoint, background.start(look), time.monotonic())
        st.session_state[_ASKED] = question
    try:
        found = question.ticket.result(timeout_s=_QUIET_S)
    except TimeoutError:
        follow(
            question.ticket,
            lambda _progress: _("Asking the hub what there is…"),
            key=_ASKED,
            started_s=question.started_s,
        )
        return None
    except LoupeError as error:
        show_error(error, key=f"{keys.PAGE}_hub")
        _offer_other(error)
        st.button(_("Ask again"), key=f"{_ASKED}_again", on_click=_forget)
        return None
    if found.why_cache is not None:
        st.caption(_("What is shown is what lies on this machine:"))
        st.text(phrase(found.why_cache))
    return found


def _offer_other(error: LoupeError) -> None:
    """A Parquet copy where the dataset itself is a script, or the name that may be meant."""
    offer = error.params.get("offer") if isinstance(error, UnsupportedDataset) else None
    if isinstance(offer, str):
        st.button(
            _("Take the hub’s Parquet copy"),
            key=f"{_ASKED}_offer",
            on_click=_choose,
            args=(offer,),
            icon=":material/swap_horiz:",
        )


def _choose(ref: str) -> None:
    st.session_state[keys.HUB] = ref


def _forget() -> None:
    st.session_state.pop(_ASKED, None)


def _pick(found: HubDataset) -> tuple[HubConfig | None, list[str]]:
    names = [config.name for config in found.configs]
    left, right = st.columns(2, vertical_alignment="bottom")
    if st.session_state.get(keys.HUB_CONFIG) not in names:
        st.session_state[keys.HUB_CONFIG] = found.default_config or (
            names[0] if len(names) == 1 else None
        )
    with left:
        name = st.selectbox(
            _("Config"),
            names,
            key=keys.HUB_CONFIG,
            index=None,
            placeholder=_("Choose one of {count}").format(count=len(names)),
            persist_state="session",
        )
    if name is None:
        return None, []
    config = found.config(name)
    sizes = {split.name: split.bytes_total for split in config.splits}
    if not set(st.session_state.get(keys.HUB_SPLITS) or ()) <= set(sizes):
        st.session_state[keys.HUB_SPLITS] = list(sizes)
    st.session_state.setdefault(keys.HUB_SPLITS, list(sizes))
    with right:
        chosen = st.pills(
            _("Splits"),
            list(sizes),
            selection_mode="multi",
            key=keys.HUB_SPLITS,
            format_func=lambda split: f"{split} · {sizes[split] / _MB:,.1f} MB",
            persist_state="session",
        )
    if any(split.partial for split in config.splits if split.name in chosen):
        st.caption(_("The hub’s Parquet copy stops early: these are the first of its rows."))
    if not chosen:
        st.caption(_("Choose at least one split."))
        return None, []
    # In the dataset's order, whatever the order of the clicks.
    return config, [split for split in sizes if split in chosen]


def _is_here(
    found: HubDataset, settings: HubSettings, config: HubConfig, splits: list[str]
) -> bool:
    """Whether all files are on this machine; else draws the way to that."""
    missing = files_to_fetch(found, settings.cache, config=config.name, splits=splits)
    if not missing:
        return True
    order = download_order(found, config=config.name, splits=splits)
    download = resources.suppliers().downloads.get(order.key)
    if download is not None and not download.snapshot().state.ended:
        watch_download(download, keys.HUB)
        return False
    with st.container(border=True, key=f"{keys.HUB}_offer"):
        size = sum(file.size for file in missing) / _MB
        st.text(
            _("{name}: {count} files, {size} MB, are not on this machine yet.").format(
                name=found.id, count=len(missing), size=f"{size:,.1f}"
            )
        )
        st.text(_("Licence: {licence}").format(licence=found.license or _("not named on its card")))
        st.text(_("From {endpoint}").format(endpoint=settings.endpoint))
        if found.gated:
            st.text(_("Its owner hands it out only to those who accepted its terms on its page."))
        if download is not None and (error := download.snapshot().error) is not None:
            show_error(error, key=f"{keys.HUB}_download")
        st.button(
            _("Download"),
            key=f"{keys.HUB}_download",
            type="primary",
            icon=":material/download:",
            on_click=_download,
            args=(found, settings, config.name, splits),
        )
        failed = st.session_state.pop(f"{keys.HUB}_failed", None)
        if isinstance(failed, LoupeError):
            show_error(failed, key=f"{keys.HUB}_start")
    return False


def _download(found: HubDataset, settings: HubSettings, config: str, splits: list[str]) -> None:
    manager = resources.suppliers().downloads
    try:
        download_hub(found, settings, manager, config=config, splits=splits)
    except LoupeError as error:
        st.session_state[f"{keys.HUB}_failed"] = error
