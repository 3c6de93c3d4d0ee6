"""The tab "How are tokens joined?": every token's labels, and what transformers makes of them."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from components import resources
from components.classify import keys
from components.classify.matrix import draw_matrix
from components.entity_text import EntityMark, entity_text
from components.i18n import _
from components.numbers import percent
from components.waiting import wait_for
from loupe.engine import ModelKey
from loupe.tasks import token_classification
from loupe.tasks.token_classification import (
    Aggregation,
    Joined,
    TokenClassificationResult,
    type_of,
)

_SAYS: Mapping[str, str] = {
    "none": "every token by itself",
    "simple": "tokens of one type that stand side by side, pieces of a word too",
    "first": "whole words: the label of a word’s first token",
    "average": "whole words: the mean of its tokens’ probabilities",
    "max": "whole words: the label of its surest token",
}
_NONE = "–"


def draw_joined(key: ModelKey, result: TokenClassificationResult) -> None:
    """From the tokens to what is made of them; raises what the work raised."""
    draw_matrix(result)
    st.subheader(_("How does transformers join them?"))
    found = wait_for(token_classification.submit_aggregation(resources.pool(), key, result.query))
    st.caption(
        _(
            "The five aggregation strategies of its pipeline, on the same numbers. What stands "
            "above the tabs is read otherwise: each word has the tag of its first piece, as in "
            "training."
        )
    )
    _draw_texts(found, result)
    _draw_differences(found)


def _draw_texts(found: Aggregation, result: TokenClassificationResult) -> None:
    # In the order of the text above the tabs, so that equal types look alike.
    types = dict.fromkeys(type_of(label) for label in result.labels)
    kinds = [name for name in types if name is not None]
    for strategy, joined in found.found.items():
        st.caption(f"**{strategy}** · {_(_SAYS[strategy])}")
        if not joined:
            st.text(_("Nothing is found."))
            continue
        entity_text(
            result.query.text,
            _marks(joined, kinds),
            key=f"{keys.PAGE}_joined_{strategy}",
            label=_("The text with what this strategy finds in it"),
        )
    if len(found.found) < len(_SAYS):
        st.caption(
            _(
                "This tokenizer does not tell where its pieces stand, so the ways that join words "
                "do not apply."
            )
        )
    elif not found.knows_words:
        st.caption(
            _(
                "This tokenizer does not mark which pieces go on with a word. For whole words "
                "transformers then takes all that no space parts, signs included."
            )
        )


def _marks(joined: tuple[Joined, ...], kinds: list[str]) -> list[EntityMark]:
    """Of what has a place in the text; pieces of one character share it and are marked once."""
    marks: list[EntityMark] = []
    for one in joined:
        if one.span is None or one.span[0] >= one.span[1]:
            continue
        if marks and one.span[0] < marks[-1].span[1]:
            continue
        kind = type_of(one.label)
        number = kinds.index(kind) if kind in kinds else 0
        marks.append(EntityMark(one.span, one.label, number, percent(one.score)))
    return marks


def _draw_differences(found: Aggregation) -> None:
    if not found.differs:
        st.text(_("All ways that join find the same entities here; their scores may differ."))
    table = differences_table(found)
    if table.empty:
        return
    st.dataframe(
        table,
        hide_index=True,
        key=f"{keys.PAGE}_joined_table",
        column_config={
            "text": _("part of the text"),
            # As transformers calls them.
            **{name: name for name in found.found},
            "differs": st.column_config.CheckboxColumn(
                _("differs"), help=_("Not all strategies find it, or as the same type.")
            ),
        },
    )
    st.caption(
        _("Labels with their scores, each a mean of probabilities (model) as the strategy has it.")
    )


def differences_table(found: Aggregation) -> pd.DataFrame:
    """One row a part of the text that some strategy finds, with what each says of it; in order.

    `none` is left out: it joins nothing.
    """
    joining = {name: joined for name, joined in found.found.items() if name != "none"}
    places = {one.span for joined in joining.values() for one in joined if one.span is not None}
    rows = []
    for start, end in sorted(places):
        said = {
            name: next((one for one in joined if one.span == (start, end)), None)
            for name, joined in joining.items()
        }
        rows.append(
            {
                "text": found.query.text[start:end],
                **{name: _said(one) for name, one in said.items()},
                "differs": len({None if one is None else one.label for one in said.values()}) > 1,
            }
        )
    return pd.DataFrame(rows)


def _said(one: Joined | None) -> str:
    return _NONE if one is None else f"{one.label} {percent(one.score)}"
