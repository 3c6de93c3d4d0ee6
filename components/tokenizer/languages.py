"""The tab "Other languages?": one short text in ten languages, in tokens."""

from __future__ import annotations

import tomllib
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
from loupe.checkpoints.ref import CheckpointRef
from loupe.tokenization.costs import LanguageCosts, costs_of_languages

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


def draw_languages(ref: CheckpointRef) -> None:
    """The table. Raises what loading raises."""
    texts = {code: language.text for code, language in languages().items()}
    counted = answer("languages", ref, lambda held: costs_of_languages(held.alone, texts))
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
                help=_("An unknown token is cheap and says nothing: the model cannot read it."),
            ),
            "characters": st.column_config.NumberColumn(_("characters a token"), format="%.2f"),
            "text": st.column_config.TextColumn(_("text"), width="large"),
        },
    )
    _say_unknown(counted)


def languages_table(counted: tuple[LanguageCosts, ...]) -> pd.DataFrame:
    """One row a language, in the order of the file."""
    return pd.DataFrame(
        [
            {
                "language": _(languages()[one.language].name),
                "bar": float(one.costs.tokens),
                "relative": one.relative,
                "tokens": one.costs.tokens,
                "unknown": percent(one.costs.unknown_share),
                "characters": one.costs.characters_per_token,
                "text": one.text,
            }
            for one in counted
        ]
    )


def _say_unknown(counted: tuple[LanguageCosts, ...]) -> None:
    # Half unknown is no text any more.
    lost = [one for one in counted if one.costs.unknown_share >= 0.5]
    if lost:
        st.text(
            _("Half or more is unknown in: {names}. Few tokens are no good sign there.").format(
                names=", ".join(_(languages()[one.language].name) for one in lost)
            )
        )
