"""The tab "Other languages?": one short text in ten languages, in tokens."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd
import streamlit as st

from components.i18n import _
from components.numbers import percent
from components.probability_table import bar_column
from components.tokenizer import keys
from components.tokenizer.work import answer
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.errors import LoupeError
from loupe.tokenization.costs import LanguageCosts, costs_of_languages

# From here on a text is no text any more.
HALF = 0.5
# A stray sign that is unknown is not worth a note.
NOTED = 0.02

_FILE = Path(__file__).with_name("languages.toml")


@dataclass(frozen=True, slots=True)
class Language:
    """name: in English, translated where it is drawn. text: the same in every language."""

    name: str
    text: str


@cache
def languages() -> dict[str, Language]:
    """By their codes, English first."""
    read = tomllib.loads(_FILE.read_text("utf-8"))
    return {
        code: Language(entry["name"], entry["text"])
        for code, entry in read.items()
        if isinstance(entry, dict)
    }


def draw_languages(ref: CheckpointRef, others: Sequence[CheckpointRef]) -> None:
    """The table, and the counts of those it is compared with. Raises what loading raises."""
    counted = _count(ref)
    st.caption(
        _(
            "The same two sentences in every language, as this tokenizer cuts them. More tokens "
            "are more time, more money and less room in the context."
        )
    )
    table = languages_table(counted)
    st.dataframe(
        table,
        hide_index=True,
        key=f"{keys.PAGE}_languages",
        column_order=["language", "bar", "relative", "tokens", "unknown", "characters", "text"],
        column_config={
            "language": _("language"),
            "bar": bar_column(_("compared"), float(table["bar"].max() or 1.0)),
            "relative": st.column_config.NumberColumn(_("times English"), format="%.2f ×"),
            "tokens": st.column_config.NumberColumn(_("tokens"), format="localized"),
            "unknown": st.column_config.TextColumn(
                _("unknown"),
                help=_(
                    "Of the text. Unknown tokens are cheap and say nothing: the model cannot read "
                    "what they stand for."
                ),
            ),
            "characters": st.column_config.NumberColumn(_("characters a token"), format="%.2f"),
            "text": st.column_config.TextColumn(_("text"), width="large"),
        },
    )
    _say_unknown(counted)
    all_counted = {ref: counted}
    for other in others:
        with suppress(LoupeError):  # said in the tab where it is chosen
            all_counted[other] = _count(other)
    if len(all_counted) > 1:
        _draw_side_by_side(all_counted)


def _count(ref: CheckpointRef) -> tuple[LanguageCosts, ...]:
    texts = {code: language.text for code, language in languages().items()}
    return answer("languages", ref, lambda held: costs_of_languages(held.alone, texts))


def _draw_side_by_side(
    counted: Mapping[CheckpointRef, tuple[LanguageCosts, ...]],
) -> None:
    st.text(_("Tokens of each that it is compared with:"))
    st.dataframe(
        side_by_side(counted),
        hide_index=True,
        key=f"{keys.PAGE}_languages_of_all",
        column_config={
            "language": _("language"),
            **{str(ref): _heading(ref) for ref in counted},
        },
    )


def _heading(ref: CheckpointRef) -> str:
    """A folder's own name; where it lies does not fit above a column."""
    return Path(ref.id).name if ref.kind is Kind.FOLDER else ref.label


def side_by_side(counted: Mapping[CheckpointRef, tuple[LanguageCosts, ...]]) -> pd.DataFrame:
    """One row a language, one column a tokenizer: its tokens, and what share of them is unknown."""
    return pd.DataFrame(
        {
            "language": [_(language.name) for language in languages().values()],
            **{str(ref): list(map(_tokens, found)) for ref, found in counted.items()},
        }
    )


def _tokens(one: LanguageCosts) -> str:
    if one.costs.lost_share < NOTED:
        return f"{one.costs.tokens:,}"
    return _("{count}, {share} unknown").format(
        count=f"{one.costs.tokens:,}", share=percent(one.costs.lost_share)
    )


def languages_table(counted: tuple[LanguageCosts, ...]) -> pd.DataFrame:
    """One row a language, in the order of the file."""
    return pd.DataFrame(
        [
            {
                "language": _(languages()[one.language].name),
                "bar": float(one.costs.tokens),
                "relative": one.relative,
                "tokens": one.costs.tokens,
                "unknown": percent(one.costs.lost_share),
                "characters": one.costs.characters_per_token,
                "text": one.text,
            }
            for one in counted
        ]
    )


def _say_unknown(counted: tuple[LanguageCosts, ...]) -> None:
    lost = [one for one in counted if one.costs.lost_share >= HALF]
    if lost:
        st.text(
            _("Half or more is unknown in: {names}. Few tokens are no good sign there.").format(
                names=", ".join(_(languages()[one.language].name) for one in lost)
            )
        )
