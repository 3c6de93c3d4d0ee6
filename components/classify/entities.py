"""What a tagger found: the text with its entities marked, and the tab "What is in it?"."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components.classify import keys
from components.classify.irregular import entity_faults, irregular_words
from components.entity_text import EntityMark, entity_text
from components.i18n import _
from components.numbers import percent
from components.probability_table import bar_column
from loupe.tasks.token_classification import Entity, Scheme, TokenClassificationResult, type_of


def draw_tagged_text(result: TokenClassificationResult, *, key: str = keys.ENTITIES) -> None:
    """The text, each entity marked; without entities in the labels, each word with its tag."""
    entity_text(
        result.query.text,
        entity_marks(result),
        key=key,
        label=_("The text with what was found in it"),
    )


def entity_marks(result: TokenClassificationResult) -> list[EntityMark]:
    """One mark an entity, or a word where every word has a tag. Equal types look alike."""
    types = list(dict.fromkeys(type_of(label) for label in result.labels))
    if result.scheme is Scheme.TAGS:
        return [
            EntityMark(word.span, word.tag, types.index(word.tag), percent(word.prob))
            for word in result.words
        ]
    kinds = [name for name in types if name is not None]
    irregular = irregular_words(result)
    return [
        EntityMark(
            entity.span,
            entity.label,
            kinds.index(entity.label),
            _note(entity, entity_faults(entity, irregular)),
            is_odd=entity.repaired,
        )
        for entity in result.entities
    ]


def _note(entity: Entity, faults: str) -> str:
    said = _("{label}, {prob}").format(label=entity.label, prob=percent(entity.prob))
    return f"{said}; {faults}" if faults else said


def draw_entities(result: TokenClassificationResult) -> None:
    """The table of entities, and how it came about."""
    if result.scheme is Scheme.TAGS:
        st.caption(
            _(
                "Every label of this checkpoint is a tag of single words and none means “outside”, "
                "so words are not joined to entities."
            )
        )
        return
    if not result.entities:
        st.text(_("Nothing was found: every word is outside of any entity."))
        return
    table = entities_table(result)
    columns = ["text", "label", "bar", "probability", "tags", "place", "note"]
    if not table["note"].any():
        columns.remove("note")
    st.dataframe(
        table,
        hide_index=True,
        column_order=columns,
        key=f"{keys.PAGE}_entities_table",
        column_config={
            "text": _("found"),
            "label": _("label"),
            "bar": bar_column(_("compared"), 1.0),
            "probability": _("probability (model)"),
            "tags": _("tags of its words"),
            "place": st.column_config.TextColumn(
                _("place"), help=_("First and last character of the text, counted from 1.")
            ),
            "note": _("note"),
        },
    )
    st.caption(
        _(
            "The probability of an entity is the product of those of its words’ tags, each at the "
            "word’s first piece: how likely exactly these tags are, all of them."
        )
    )
    _draw_irregular(result)


def _draw_irregular(result: TokenClassificationResult) -> None:
    """How many entities are not as IOB2 or BIOES would have them, and how they were read."""
    irregular = [entity for entity in result.entities if entity.repaired]
    if irregular:
        st.caption(
            _(
                "A dashed frame in the text: tags that may not follow each other in {scheme}."
            ).format(scheme="IOB2" if result.scheme is Scheme.BIO else result.scheme.value)
        )
    inside = sum(_begins_inside(result, entity) for entity in irregular)
    if inside:
        st.caption(
            _(
                "{count} of them begin with I- (usual in IOB1, irregular in IOB2): an entity "
                "begins there all the same."
            ).format(count=inside)
        )
    if len(irregular) > inside:
        st.caption(
            _(
                "{count} repaired: tags that break the rules of {scheme} are read as an entity "
                "all the same, as is usual."
            ).format(count=len(irregular) - inside, scheme=result.scheme.value)
        )


def _begins_inside(result: TokenClassificationResult, entity: Entity) -> bool:
    """Whether it is an entity as IOB1 writes it, which the labels cannot tell from IOB2."""
    first = result.words[entity.words[0]]
    return result.scheme is Scheme.BIO and first.tag.startswith("I-")


def entities_table(result: TokenClassificationResult) -> pd.DataFrame:
    """One row an entity, in the order of the text."""
    irregular = irregular_words(result)
    return pd.DataFrame(
        [
            {
                "text": entity.text,
                "label": entity.label,
                "bar": entity.prob,
                "probability": percent(entity.prob),
                "tags": " ".join(word.tag for word in result.words[slice(*entity.words)]),
                "place": f"{entity.span[0] + 1:,}–{entity.span[1]:,}",
                "note": entity_faults(entity, irregular),
            }
            for entity in result.entities
        ]
    )
