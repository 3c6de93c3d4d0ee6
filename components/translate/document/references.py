"""How near a whole document is to what somebody else wrote of it, and where it is farthest."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pandas as pd
import streamlit as st

from components.error_box import show_error
from components.i18n import _
from components.translate import keys
from components.translate.answers import Document
from components.translate.document.wording import wording
from components.translate.document.work import Work
from components.upload import MAX_MB, read_upload
from loupe.engine.seq2seq.references import Aligned, Unit, align, read_references
from loupe.engine.tables import Row, to_csv
from loupe.errors import InvalidInput, LoupeError
from loupe.tasks import summarization, translation
from loupe.tasks.summarization import SummaryDocumentResult
from loupe.tasks.translation import ReferenceScores

T = TypeVar("T")

_UNITS = {
    Unit.ROWS: "One for each row of the table: {count}.",
    Unit.LINES: "One for each line: {count}.",
    Unit.WHOLE: "One for the whole document.",
}


def draw_references(work: Work, result: Document) -> None:
    """Ask for references; with them the scores, and a table with the worst first."""
    st.divider()
    st.markdown(f"**{_('How near is it to somebody else’s?')}**")
    key = f"{keys.PAGE}_references"
    try:
        column = _ask_column(work)
        given = work.given.columns[column] if column else _ask_text()
        if given is None:
            return
        aligned = align(
            result.query.text,
            result.rows,
            result.text,
            [" ".join(cell.split()) for cell in given],
            result.query.line_breaks,
            by_line=bool(column),
        )
    except LoupeError as error:
        show_error(error, key=key)
        return
    st.text(_(_UNITS[aligned.unit]).format(count=f"{len(aligned.pairs):,}"))
    if aligned.skipped:
        st.text(
            _("Without a reference, and left out: {count}").format(count=f"{aligned.skipped:,}")
        )
    if isinstance(result, SummaryDocumentResult):
        _draw_rouge(work, aligned)
    else:
        _draw_chrf(work, aligned)


def _ask_column(work: Work) -> str:
    """A column of the file that the document came from; empty where none is chosen."""
    others = [name for name in work.given.columns if name != work.given.column]
    if not others:
        return ""
    if st.session_state.get(keys.REFERENCE_COLUMN) not in others:
        st.session_state.pop(keys.REFERENCE_COLUMN, None)
    chosen = st.selectbox(
        _("Column with references"),
        others,
        index=None,
        key=keys.REFERENCE_COLUMN,
        placeholder=_("None: paste them below"),
    )
    return chosen or ""


def _ask_text() -> tuple[str, ...] | None:
    """What is pasted or uploaded; None where nothing is. Raises LoupeError."""
    typed = st.text_area(
        _("References, one a line"),
        key=keys.REFERENCES,
        height=96,
        placeholder=_("In the order of the table, or of the document’s lines."),
        persist_state="session",
    )
    given = st.file_uploader(
        _("Or a file of references"),
        type=["txt", "csv"],
        key=keys.REFERENCE_FILE,
        max_upload_size=MAX_MB,
    )
    if given is None:
        return read_references(typed) if typed and typed.strip() else None
    upload = read_upload(given.name, given.getvalue())
    if upload.text is not None:
        return read_references(upload.text)
    if len(upload.columns) > 1:
        raise InvalidInput(
            "{name} has {count} columns; which of them are the references is not known.",
            "Give a file with a single column, or one reference a line.",
            name=given.name,
            count=len(upload.columns),
        )
    return next(iter(upload.columns.values()))


def _once(aligned: Aligned, score: Callable[[list[str], list[str]], T]) -> T:
    """Thousands of pairs take seconds: they are scored once, however often the page is drawn."""
    held = st.session_state.get(keys.SCORES)
    if held is None or held[:2] != (aligned, score):
        outputs = [pair.output for pair in aligned.pairs]
        references = [pair.reference for pair in aligned.pairs]
        held = (aligned, score, score(outputs, references))
        st.session_state[keys.SCORES] = held
    scores: T = held[2]
    return scores


def _chrf_and_bleu(
    outputs: list[str], references: list[str]
) -> tuple[ReferenceScores, tuple[float, ...]]:
    return (
        translation.score_reference(outputs, references),
        translation.score_each(outputs, references),
    )


def _draw_chrf(work: Work, aligned: Aligned) -> None:
    scores, each = _once(aligned, _chrf_and_bleu)
    st.text(
        _("All together: chrF {chrf}, BLEU {bleu} (each 0 to 100)").format(
            chrf=f"{scores.chrf:.1f}", bleu=f"{scores.bleu:.1f}"
        )
    )
    st.code(f"{scores.chrf_signature}\n{scores.bleu_signature}", language=None, wrap_lines=True)
    _draw_pairs(work, aligned, each, "chrF", "%.1f")


def _draw_rouge(work: Work, aligned: Aligned) -> None:
    mean, each = _once(aligned, summarization.score_references)
    st.text(
        _("On average: ROUGE-1 {one}, ROUGE-2 {two}, ROUGE-L {longest} (F1, each 0 to 1)").format(
            one=f"{mean.rouge1.f1:.3f}",
            two=f"{mean.rouge2.f1:.3f}",
            longest=f"{mean.rouge_l.f1:.3f}",
        )
    )
    st.code(mean.signature, language=None, wrap_lines=True)
    _draw_pairs(work, aligned, tuple(one.rouge_l.f1 for one in each), "ROUGE-L", "%.3f")


def _draw_pairs(
    work: Work, aligned: Aligned, scores: tuple[float, ...], name: str, written: str
) -> None:
    table = pairs_table(aligned, scores)
    output = wording(work.mode).output
    st.dataframe(
        table,
        hide_index=True,
        key=f"{keys.DOCUMENT}_scores",
        column_config={
            "line": st.column_config.NumberColumn(_("line"), width="small"),
            "score": st.column_config.NumberColumn(name, format=written, width="small"),
            "source": st.column_config.TextColumn(_("source"), width="medium"),
            "output": st.column_config.TextColumn(_(output), width="medium"),
            "reference": st.column_config.TextColumn(_("reference"), width="medium"),
        },
    )
    st.caption(_("The lowest score stands first."))
    rows: list[Row] = [
        {
            "line": pair.line,
            name: score,
            "source": pair.source,
            output: pair.output,
            "reference": pair.reference,
        }
        for pair, score in zip(aligned.pairs, scores, strict=True)
    ]
    st.download_button(
        _("Scores (CSV)"),
        to_csv(rows).encode("utf-8-sig", "replace"),
        file_name=f"{wording(work.mode).file}-scores.csv",
        mime="text/csv",
        key=f"{keys.DOCUMENT}_scores_csv",
        on_click="ignore",
        icon=":material/table:",
    )


def pairs_table(aligned: Aligned, scores: tuple[float, ...]) -> pd.DataFrame:
    """One row a pair, the lowest score first."""
    ordered = sorted(zip(scores, aligned.pairs, strict=True), key=lambda scored: scored[0])
    return pd.DataFrame(
        [
            {
                "line": pair.line,
                "score": score,
                "source": pair.source,
                "output": pair.output,
                "reference": pair.reference,
            }
            for score, pair in ordered
        ]
    )
