"""What the same sentence costs in several languages."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components import resources
from components.fill_mask.defaults import DEFAULT_CHECKPOINT
from components.guide.evidence.masks import say_model
from components.hardware_panel import model_key
from components.i18n import _
from components.waiting import wait_for
from loupe.engine.loaded import LoadedModel
from loupe.tasks import fill_mask

SENTENCES = {
    "en": "The children are playing in the garden.",
    "fr": "Les enfants jouent dans le jardin.",
    "de": "Die Kinder spielen im Garten.",
    "ru": "Дети играют в саду.",
    "zh": "孩子们在花园里玩。",
}


def counts() -> dict[str, tuple[int, int]]:
    """Language to tokens, and how many of them are unknown, with the bundled masked model."""

    def count(loaded: LoadedModel) -> dict[str, tuple[int, int]]:
        tokenizer = loaded.tokenizer
        found = {}
        for language, sentence in SENTENCES.items():
            ids = tokenizer(sentence, add_special_tokens=False)["input_ids"]
            found[language] = (len(ids), ids.count(tokenizer.unk_token_id))
        return found

    return wait_for(
        resources.pool().submit(
            model_key(DEFAULT_CHECKPOINT, fill_mask.AUTO_CLASS),
            lambda loaded, _ticket: count(loaded),
            single_flight=("guide", "languages"),
        )
    )


def languages(key: str) -> None:
    """Draws a row a language."""
    found = counts()
    st.dataframe(
        pd.DataFrame(
            {
                "sentence": list(SENTENCES.values()),
                "tokens": [tokens for tokens, _unknown in found.values()],
                "unknown": [unknown for _tokens, unknown in found.values()],
            }
        ),
        hide_index=True,
        key=key,
        column_config={
            "sentence": _("sentence"),
            "tokens": _("tokens"),
            "unknown": _("of them unknown"),
        },
    )
    say_model(str(DEFAULT_CHECKPOINT))
