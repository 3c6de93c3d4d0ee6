"""The tab "Which files is it?": every file with its size, what it is, and its hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import streamlit as st

from components.amounts import size
from components.awaited import awaited
from components.i18n import _
from components.models import keys
from components.row_table import LABELS, Cell, CellKind, Column, Row, row_table
from loupe.checkpoints.inventory import Entry
from loupe.checkpoints.inventory.files import (
    FILES_LISTED_MAX,
    FileDigest,
    Role,
    StoredFile,
    Verdict,
    digest_files,
    list_files,
)
from loupe.checkpoints.inventory.glance import stamp_of
from loupe.engine import Ticket
from loupe.engine.ticket import Progress
from loupe.errors import DamagedCheckpoint

ROLES: Mapping[Role, str] = {
    Role.WEIGHTS: "weights",
    Role.TOKENIZER: "tokenizer",
    Role.CONFIG: "settings",
    Role.CARD: "model card",
    Role.PICKLE: "pickle: not opened here",
    Role.CODE: "program: never run",
    Role.OTHER: "other",
}
VERDICTS: Mapping[Verdict, str] = {
    Verdict.MATCHES: "matches",
    Verdict.DIFFERS: "differs",
    Verdict.UNKNOWN: "–",
}
COLUMNS = ("file", "size", "what it is", "SHA-256", "as the hub sent it")
_MB = 1_000_000


def draw_files(entry: Entry, folder: Path) -> None:
    """The hashes are computed while the tab is open; before that the names stand alone."""
    files = list_files(folder)
    # A place of its own, so that the table does not move when they come.
    progress = st.container()
    with progress:
        digests = _digests(entry, folder, files)
    _draw_table(files, {one.path: one for one in digests or ()}, is_done=digests is not None)
    _draw_notes(files, digests or ())


def _digests(
    entry: Entry, folder: Path, files: tuple[StoredFile, ...]
) -> tuple[FileDigest, ...] | None:
    def work(ticket: Ticket[tuple[FileDigest, ...]]) -> tuple[FileDigest, ...]:
        def report(done: int, total: int) -> None:
            ticket.report(done, total, "bytes")

        try:
            return digest_files(folder, files, report=report, stop=ticket.raise_if_cancelled)
        except OSError as error:
            raise DamagedCheckpoint(
                "A file of “{name}” cannot be read.",
                "Look whether you may read it; download or copy the checkpoint again.",
                name=entry.ref.label,
                detail=str(error),
            ) from error

    return awaited(keys.DIGESTS, (str(entry.ref), stamp_of(folder)), work, _bytes_read)


def _bytes_read(progress: Progress) -> str:
    return _("Reading every byte: {done} of {total} MB").format(
        done=f"{progress.done / _MB:,.0f}", total=f"{(progress.total or 0) / _MB:,.0f}"
    )


def _draw_table(
    files: tuple[StoredFile, ...], digests: Mapping[str, FileDigest], *, is_done: bool
) -> None:
    if not files:
        st.text(_("There is no file here."))
        return
    row_table(
        [Column(_(name), sortable=False) for name in COLUMNS],
        [
            _row(number, file, digests.get(file.path), is_done=is_done)
            for number, file in enumerate(files)
        ],
        key=f"{keys.PAGE}_files",
        labels={**{n: _(t) for n, t in LABELS.items()}, "table": _("Files"), "number": _("no.")},
        whole=True,
        compact=True,
    )


def _row(number: int, file: StoredFile, digest: FileDigest | None, *, is_done: bool) -> Row:
    waiting = "–" if is_done else "…"
    texts = (
        file.path,
        size(file.size_bytes),
        _(ROLES[file.role]),
        digest.sha256 if digest is not None else waiting,
        _(VERDICTS[digest.verdict]) if digest is not None else waiting,
    )
    path, *others = (Cell(text, len(text)) for text in texts)
    return Row(number, (replace(path, kind=CellKind.NAME), *others))


def _draw_notes(files: tuple[StoredFile, ...], digests: tuple[FileDigest, ...]) -> None:
    total = sum(file.size_bytes for file in files)
    st.caption(_("{count} files, {size}").format(count=len(files), size=size(total)))
    if len(files) >= FILES_LISTED_MAX:
        st.caption(_("The first {count}.").format(count=f"{FILES_LISTED_MAX:,}"))
    if any(file.role is Role.PICKLE for file in files):
        st.text(
            _(
                "A pickle can run code when it is opened. Loupe never opens one in its own "
                "process: for its weights it offers a conversion to safetensors."
            )
        )
    if any(one.verdict is Verdict.DIFFERS for one in digests):
        st.text(
            _(
                "What differs was changed or damaged after it was downloaded. Delete the model "
                "and download it again."
            )
        )
