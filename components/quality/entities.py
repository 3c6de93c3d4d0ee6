"""Entities: how well each type is found, and the sentences with the most wrong words."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from components.i18n import _
from components.quality.classes import ROWS_SHOWN, draw_rows
from components.quality.place import Place
from loupe.data.outcomes import Entities, EntityScore, TaggedRow
from loupe.runs import quality


def draw_entities(place: Place, outcome: Entities) -> None:
    """The table of types, then sentences."""
    st.subheader(_("How well is each type found?"))
    if outcome.types:
        st.dataframe(
            types_table(quality.entity_table(outcome)),
            hide_index=True,
            key=place.key("types"),
            column_config={
                "type": _("type"),
                "precision": st.column_config.NumberColumn(_("precision"), format="%.3f"),
                "recall": st.column_config.NumberColumn(_("recall"), format="%.3f"),
                "f1": st.column_config.NumberColumn("F1", format="%.3f"),
                "support": _("in the sentences"),
            },
        )
        st.caption(_("An entity counts where it is found whole and of the right type."))
    else:
        st.text(_("The sentences have no entity, and none was found."))
    st.subheader(_("Which sentences went most wrong?"))
    mistakes = quality.worst_sentences(outcome)
    if not mistakes:
        st.text(_("None: every word has its tag."))
        return
    st.text(
        _("{count} of {total} sentences have a wrong tag.").format(
            count=f"{len(mistakes):,}", total=f"{len(outcome.rows):,}"
        )
    )
    shown = mistakes[:ROWS_SHOWN]
    draw_rows(
        [_("sentence"), _("truth"), _("predicted"), _("wrong words")],
        [
            (
                " ".join(mistake.sentence.words),
                entities_in(mistake.sentence, mistake.sentence.truth),
                entities_in(mistake.sentence, mistake.sentence.predicted),
                f"{mistake.wrong:,}",
            )
            for mistake in shown
        ],
        [mistake.row for mistake in shown],
        key=place.key("sentences"),
    )


def types_table(types: Sequence[EntityScore]) -> pd.DataFrame:
    """One row a type, the most frequent first."""
    return pd.DataFrame(
        [
            {
                "type": score.type,
                "precision": score.precision,
                "recall": score.recall,
                "f1": score.f1,
                "support": score.support,
            }
            for score in types
        ]
    )


def entities_in(row: TaggedRow, tags: Sequence[str]) -> str:
    """`Ada Lovelace → PER · Paris → LOC`, as seqeval reads the tags."""
    from seqeval.metrics.sequence_labeling import (  # type: ignore[import-untyped]
        get_entities,
    )

    found = [
        f"{' '.join(row.words[start : end + 1])} → {kind}"
        for kind, start, end in get_entities(list(tags))
    ]
    return " · ".join(found) or _("none")
