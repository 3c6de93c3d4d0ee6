"""Where the data come from: a sample, a file of this machine, an upload, the model hub, a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from components import resources
from components.dataset import carried, keys
from components.dataset.doctor import readable
from components.dataset.hub import ask_hub
from components.dataset.opening import Sources, opened
from components.error_box import show_error
from components.i18n import _
from loupe.data.ingest import group_files, guess_split, save_upload
from loupe.data.opened import OpenedDataset
from loupe.data.paths import resolve
from loupe.data.spec import SAMPLE_PREFIX, Source
from loupe.errors import LoupeError

SAMPLE, FILE, UPLOAD, HUB, RUN = "sample", "file", "upload", "hub", "run"
KINDS = {SAMPLE: "Bundled", FILE: "File on this machine", UPLOAD: "Upload", HUB: "Model hub"}
# Offered only where a run is looked at again.
_OF_RUN = {RUN: "As in the run"}
FORMATS = "csv, tsv, txt, json, jsonl, parquet, arrow, CoNLL"
MAX_UPLOAD_MB = 4096
_SAMPLE_SUFFIXES = (".csv", ".tsv", ".jsonl", ".conll", ".txt")


@dataclass(frozen=True, slots=True)
class Chosen:
    """kind: of KINDS, or RUN. name: as a person knows the data. sources: (split, file).

    data: the sample, the path or the hub's name, for a link; beside: splits that are open too;
    config: of a dataset of the hub.
    """

    kind: str
    name: str
    data: str
    sources: Sources
    beside: tuple[str, ...] = ()
    config: str = ""


def open_chosen() -> tuple[Chosen, OpenedDataset] | None:
    """Ask for the data and open them; None while there is nothing to show."""
    st.session_state.setdefault(keys.KIND, SAMPLE)
    kinds = {**KINDS, **(_OF_RUN if keys.OF_RUN in st.session_state else {})}
    kind = st.segmented_control(
        _("Data"),
        list(kinds),
        key=keys.KIND,
        required=True,
        format_func=lambda name: _(kinds[name]),
        persist_state="session",
        label_visibility="collapsed",
    )
    asks: dict[str, Callable[[], Chosen | None]] = {
        SAMPLE: _ask_sample,
        FILE: _ask_file,
        UPLOAD: _ask_upload,
        HUB: _ask_hub,
        RUN: _of_run,
    }
    try:
        chosen = asks[kind or SAMPLE]()
    except LoupeError as error:
        show_error(error, key=f"{keys.PAGE}_source")
        return None
    finally:
        carried.keep()
    if chosen is None:
        return None
    chosen = _examined(chosen)
    if chosen is None:
        return None
    dataset = opened(chosen.name, chosen.sources)
    return None if dataset is None else (chosen, dataset)


def _examined(chosen: Chosen) -> Chosen | None:
    """The same as its files are to be read; None where one of them cannot be opened yet."""
    if chosen.kind in (SAMPLE, HUB, RUN):
        return chosen
    found = [
        (split, readable(source, number=number))
        for number, (split, source) in enumerate(chosen.sources)
    ]
    sources = tuple((split, source) for split, source in found if source is not None)
    return replace(chosen, sources=sources) if len(sources) == len(found) else None


def samples() -> dict[str, Sources]:
    """The bundled datasets by name, each with its splits."""
    found: dict[str, Sources] = {}
    for path in sorted(resources.SAMPLES.iterdir()):
        if path.suffix not in _SAMPLE_SUFFIXES or path.stem.endswith("-test"):
            continue
        files = group_files(path)
        name = path.stem.removesuffix("-train")
        found[name] = tuple(
            (split, Source(path=SAMPLE_PREFIX + file.stem)) for split, file in files
        )
    return found


def _ask_sample() -> Chosen | None:
    offered = samples()
    if st.session_state.get(keys.SAMPLE) not in offered:
        st.session_state[keys.SAMPLE] = "sentiment"
    name = st.selectbox(
        _("Sample"),
        list(offered),
        key=keys.SAMPLE,
        label_visibility="collapsed",
        persist_state="session",
    )
    return Chosen(SAMPLE, name, name, offered[name]) if name else None


def _ask_file() -> Chosen | None:
    typed = st.text_input(
        _("Path"),
        key=keys.PATH,
        placeholder=_("/home/me/reviews-train.csv"),
        persist_state="session",
        label_visibility="collapsed",
    )
    if not typed or not typed.strip():
        where = ", ".join(map(str, resources.places().roots)) or "—"
        st.caption(
            _("{formats}, and gz or zip of them, in {roots}").format(formats=FORMATS, roots=where)
        )
        return None
    roots = resources.places().roots
    path = resolve(Source(path=typed.strip()), roots=roots, samples=resources.SAMPLES)
    files = dict(group_files(path))
    others = [split for split in files if files[split] != path]
    if others:
        st.session_state.setdefault(keys.SIBLINGS, others)
        st.pills(
            _("Beside it"),
            others,
            selection_mode="multi",
            key=keys.SIBLINGS,
            format_func=lambda split: f"{split}: {files[split].name}",
        )
    taken = [s for s in st.session_state.get(keys.SIBLINGS) or () if s in others]
    sources = [(s, Source(path=str(f))) for s, f in files.items() if f == path or s in taken]
    return Chosen(FILE, path.name, typed.strip(), tuple(sources), tuple(taken))


def _of_run() -> Chosen:
    """Its files, read as it reads them."""
    run_id, sources = st.session_state[keys.OF_RUN]
    st.text(", ".join(Path(source.path).name for _split, source in sources))
    return Chosen(RUN, run_id, "", sources)


def _ask_hub() -> Chosen | None:
    found = ask_hub()
    if found is None:
        return None
    return Chosen(HUB, found.name, found.ref, found.sources, found.splits, found.config)


def _ask_upload() -> Chosen | None:
    given = st.file_uploader(
        _("Files"),
        accept_multiple_files=True,
        key=keys.UPLOAD,
        max_upload_size=MAX_UPLOAD_MB,
        label_visibility="collapsed",
        on_change=_forget_removed,
    )
    if given:
        st.session_state[keys.UPLOADED] = _saved(given)
    sources: Sources = st.session_state.get(keys.UPLOADED, ())
    if not sources:
        st.caption(
            _(
                "{formats}, and gz or zip of them; one file a split, which its name says: train, "
                "validation or test"
            ).format(formats=FORMATS)
        )
        return None
    if not given:
        # The box forgets its files when another page is opened; they are on this machine.
        with st.container(horizontal=True, vertical_alignment="center"):
            names = ", ".join(Path(source.path).name for _split, source in sources)
            st.text(_("Uploaded before: {names}").format(names=names))
            st.button(_("Close them"), key=f"{keys.UPLOADED}_close", on_click=_forget_uploads)
    return Chosen(UPLOAD, Path(sources[0][1].path).name, "", sources)


def _saved(given: Sequence[UploadedFile]) -> Sources:
    store = resources.places().datasets
    sources: list[tuple[str, Source]] = []
    for upload in given:
        path = save_upload(store, upload.name, upload)
        split = guess_split(upload.name)
        taken = {name for name, _source in sources}
        while split in taken:
            split += "-2"
        sources.append((split, Source(path=str(path))))
    return tuple(sources)


def _forget_removed() -> None:
    """Called where a person has added or removed a file, not where the page was left."""
    if not st.session_state.get(keys.UPLOAD):
        _forget_uploads()


def _forget_uploads() -> None:
    st.session_state.pop(keys.UPLOADED, None)
