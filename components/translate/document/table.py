"""The result: a table of all pieces, and files to take along."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st

from components.i18n import _
from components.translate import keys
from components.translate.answers import Document
from components.translate.document.wording import Wording, wording
from components.translate.document.work import Work
from loupe.engine.seq2seq.lines import Lines, outputs_by_line
from loupe.engine.tables import Row, to_csv
from loupe.tasks.summarization import SummaryDocumentResult, SummaryRow
from loupe.tasks.summarization.export import document_rows as summary_rows
from loupe.tasks.translation import DocumentRow, Ending
from loupe.tasks.translation.export import document_rows

# Of a column of texts: two of them beside the narrow ones fill the page.
TEXT_PX = 225


def draw_result(work: Work, result: Document) -> None:
    """What it is of, the table, and the downloads."""
    words = wording(work.mode)
    given = work.given
    if given.file:
        # After a reload nothing else tells where the table comes from.
        st.text(
            _("From {file}, column “{column}”").format(file=given.file, column=given.column)
            if given.column
            else _("From {file}").format(file=given.file)
        )
    st.text(" · ".join(_facts(result, words)))
    _draw_table(result, words)
    _draw_downloads(work, result, words)


def _facts(result: Document, words: Wording) -> list[str]:
    parts = [_(words.pieces).format(count=f"{len(result.rows):,}")]
    if isinstance(result, SummaryDocumentResult):
        source = sum(len(row.source) for row in result.rows)
        target = sum(len(row.target) for row in result.rows)
        parts.append(
            _("{target} characters from {source}: {share} of the text").format(
                target=f"{target:,}", source=f"{source:,}", share=_share(target / max(1, source))
            )
        )
    elif result.cut:
        parts.append(_("parts of longer ones: {count}").format(count=f"{len(result.cut):,}"))
    if result.unfinished:
        parts.append(_("may lack their end: {count}").format(count=f"{len(result.unfinished):,}"))
    return parts


def _draw_table(result: Document, words: Wording) -> None:
    table = document_table(result)
    columns = [name for name in table.columns if name not in ("note", "part") or table[name].any()]
    st.dataframe(
        table,
        hide_index=True,
        column_order=columns,
        key=f"{keys.DOCUMENT}_table",
        column_config={
            "line": st.column_config.NumberColumn(_("line"), width="small"),
            "part": st.column_config.TextColumn(
                _("part"),
                help=_("Of a text that is too long for the model to read at once."),
                width="small",
            ),
            # Else a long source pushes what is to be compared with it out of sight.
            "source": st.column_config.TextColumn(_("source"), width=TEXT_PX),
            "output": st.column_config.TextColumn(_(words.output), width=TEXT_PX),
            "compression": st.column_config.NumberColumn(
                _("compression"),
                help=_("Characters of the summary for each of the part’s."),
                format="percent",
                width="small",
            ),
            "note": _("note"),
        },
    )


def document_table(result: Document) -> pd.DataFrame:
    """One row a piece, with the line of the document it begins in.

    Of summaries also which part of its text it is, and its compression.
    """
    lines = Lines(result.query.text)
    if isinstance(result, SummaryDocumentResult):
        return pd.DataFrame(
            [
                {
                    "line": lines.number(row.span[0]),
                    "part": _("{number} of {count}").format(number=row.part[0], count=row.part[1])
                    if row.part[1] > 1
                    else "",
                    "source": row.source,
                    "output": row.target,
                    "compression": row.compression,
                    "note": _note(row),
                }
                for row in result.rows
            ],
            columns=["line", "part", "source", "output", "compression", "note"],
        )
    return pd.DataFrame(
        [
            {
                "line": lines.number(row.span[0]),
                "source": row.source,
                "output": row.target,
                "note": _note(row),
            }
            for row in result.rows
        ],
        columns=["line", "source", "output", "note"],
    )


def _note(row: DocumentRow | SummaryRow) -> str:
    notes = []
    if isinstance(row, SummaryRow):
        if row.cuts_sentence:
            notes.append(_("cut within a sentence that is too long for the model"))
    elif row.part[1] > 1:
        notes.append(
            _("part {number} of {count} of a sentence that is too long for the model").format(
                number=row.part[0], count=row.part[1]
            )
        )
    if row.ending is not Ending.EOS:
        notes.append(_("may lack its end: the length was reached"))
    return "; ".join(notes)


def _draw_downloads(work: Work, result: Document, words: Wording) -> None:
    with st.container(horizontal=True):
        _draw_csv(
            _("Table (CSV)"),
            lambda: export_rows(work, result),
            file=f"{words.file}.csv",
            key=f"{keys.DOCUMENT}_csv",
        )
        if work.given.column:
            _draw_csv(
                _(words.with_outputs),
                lambda: file_rows(work, result),
                file=f"{words.file}-of-file.csv",
                key=f"{keys.DOCUMENT}_file_csv",
            )
        st.download_button(
            _("Text"),
            result.text.encode("utf-8", "replace"),
            file_name=f"{words.file}.txt",
            mime="text/plain",
            key=f"{keys.DOCUMENT}_txt",
            on_click="ignore",
            icon=":material/description:",
        )


def _draw_csv(label: str, rows: Callable[[], list[Row]], *, file: str, key: str) -> None:
    st.download_button(
        label,
        # Made when somebody asks for it: a book has thousands of rows. With a byte-order mark, so
        # that spreadsheets read Chinese and accents right.
        lambda: to_csv(rows()).encode("utf-8-sig", "replace"),
        file_name=file,
        mime="text/csv",
        key=key,
        on_click="ignore",
        icon=":material/table:",
    )


def export_rows(work: Work, result: Document) -> list[Row]:
    """One row a piece, with what else its row of an uploaded table holds, under its own names.

    A name that is one of ours already is followed by the file's.
    """
    rows: list[Row] = (
        list(summary_rows(result))
        if isinstance(result, SummaryDocumentResult)
        else list(document_rows(result))
    )
    others = {
        name: cells for name, cells in work.given.columns.items() if name != work.given.column
    }
    if not rows or not others:
        return rows
    named = _beside(rows[0], others, work.given.file)
    found: list[Row] = []
    for row in rows:
        line = row["line"]
        assert isinstance(line, int)
        found.append({**row, **{name: cells[line - 1] for name, cells in named.items()}})
    return found


def file_rows(work: Work, result: Document) -> list[Row]:
    """The uploaded table as it is, each row with what was written of it."""
    columns = work.given.columns
    outputs = outputs_by_line(result.query.text, result.rows)
    count = len(next(iter(columns.values())))
    outputs += [""] * (count - len(outputs))
    (output,) = _beside(columns, {wording(work.mode).output: tuple(outputs)}, "Loupe")
    return [
        {**{name: cells[i] for name, cells in columns.items()}, output: outputs[i]}
        for i in range(count)
    ]


def _beside(
    taken: Mapping[str, object], added: Mapping[str, tuple[str, ...]], origin: str
) -> dict[str, tuple[str, ...]]:
    """The added columns under names that are not taken."""
    found: dict[str, tuple[str, ...]] = {}
    for name, cells in added.items():
        free = name
        while free in taken or free in found:
            free = f"{free} ({origin})"
        found[free] = cells
    return found


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"
