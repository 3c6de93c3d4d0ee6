"""Many tagged texts as a table, and as files."""

from __future__ import annotations

import json
from collections import Counter

import pandas as pd
import streamlit as st

from components.classify import keys
from components.classify.files import draw_csv, draw_json, with_columns
from components.classify.many.ask import Given
from components.classify.work import Work
from components.i18n import _
from loupe.engine.tables import Row
from loupe.tasks.token_classification import BatchResult, BatchRow, Scheme

_COUNTED = 6
# On a narrow screen what was found must not stand out of sight.
_TEXT_PX = 220
_FOUND_PX = 320


def draw_entities_of_many(work: Work[Given, BatchResult], result: BatchResult) -> None:
    """What was found how often, the table, and the downloads."""
    st.text(" · ".join(_facts(result)))
    table = entities_of_many_table(work.asked, result)
    has_entities = result.scheme is not Scheme.TAGS
    if not table["note"].any():
        table = table.drop(columns="note")
    if not has_entities:
        table = table.drop(columns=["count", "least_sure"])
    st.dataframe(
        table,
        hide_index=True,
        key=f"{keys.PAGE}_many_table",
        column_config={
            "line": st.column_config.NumberColumn(_("line"), width="small"),
            "text": st.column_config.TextColumn(_("text"), width=_TEXT_PX),
            "found": st.column_config.TextColumn(
                _("found") if has_entities else _("tags"), width=_FOUND_PX
            ),
            "count": st.column_config.NumberColumn(_("entities"), width="small"),
            "least_sure": st.column_config.NumberColumn(
                _("least sure"),
                help=_("The smallest probability (model) of its entities."),
                format="percent",
                width="small",
            ),
            "note": _("note"),
        },
    )
    with st.container(horizontal=True):
        draw_csv(
            _("Entities (CSV)") if has_entities else _("Words (CSV)"),
            lambda: export_rows(work.asked, result),
            file="entities.csv" if has_entities else "words.csv",
            key=f"{keys.PAGE}_many_csv",
        )
        draw_json(
            lambda: json.dumps(result.to_dict(), ensure_ascii=False),
            file="texts-with-tags.json",
            key=f"{keys.PAGE}_many_json",
        )


def _facts(result: BatchResult) -> list[str]:
    parts = [_("{count} texts").format(count=f"{len(result.rows):,}")]
    counts = Counter(entity.label for row in result.rows for entity in row.entities)
    counts.update(word.tag for row in result.rows for word in row.words)
    parts += [f"{label}: {count:,}" for label, count in counts.most_common(_COUNTED)]
    if not counts:
        parts.append(_("nothing was found in them"))
    if result.passed_over:
        parts.append(_("empty: {count}").format(count=f"{result.passed_over:,}"))
    if result.cut:
        parts.append(_("only their beginning was read: {count}").format(count=f"{result.cut:,}"))
    return parts


def entities_of_many_table(asked: Given, result: BatchResult) -> pd.DataFrame:
    """One row a text, with all that was found in it; `Ada Lovelace → PER · Paris → LOC`."""
    return pd.DataFrame(
        [
            {
                "line": number,
                "text": row.text,
                "found": _found(row),
                "count": len(row.entities),
                "least_sure": min((entity.prob for entity in row.entities), default=None),
                "note": _note(row),
            }
            for number, row in zip(asked.numbers, result.rows, strict=True)
        ]
    )


def _found(row: BatchRow) -> str:
    if row.words:
        return " ".join(f"{word.text}/{word.tag}" for word in row.words)
    return " · ".join(f"{entity.text} → {entity.label}" for entity in row.entities)


def _note(row: BatchRow) -> str:
    if not row.is_read:
        return _("empty")
    return _("only its beginning was read") if row.is_cut else ""


def export_rows(asked: Given, result: BatchResult) -> list[Row]:
    """One row an entity, or a word where every word has a tag; texts without one have none.

    start and end are code points of the text. With what else the text's row of an uploaded table
    holds.
    """
    rows: list[Row] = []
    for number, row in zip(asked.numbers, result.rows, strict=True):
        rows += [
            {
                "line": number,
                "found": entity.text,
                "label": entity.label,
                "prob": entity.prob,
                "log_prob": entity.log_prob,
                "start": entity.span[0],
                "end": entity.span[1],
                "repaired": entity.repaired,
                "text": row.text,
            }
            for entity in row.entities
        ]
        rows += [
            {
                "line": number,
                "found": word.text,
                "label": word.tag,
                "prob": word.prob,
                "log_prob": word.log_prob,
                "start": word.span[0],
                "end": word.span[1],
                "text": row.text,
            }
            for word in row.words
        ]
    return with_columns(rows, asked)
