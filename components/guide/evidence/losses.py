"""Which tokens carry loss, for one sentence in each of the three families."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components import resources
from components.fill_mask.defaults import DEFAULT_CHECKPOINT as MASKED
from components.generate.modes import DEFAULT_CHECKPOINT as CAUSAL
from components.hardware_panel import model_key
from components.i18n import _
from components.translate.modes import TRANSLATE
from components.translate.offers import default_checkpoint
from components.waiting import wait_for
from loupe.checkpoints.ref import CheckpointRef
from loupe.engine import Ticket
from loupe.tasks import fill_mask, text_generation, translation
from loupe.training.loss_view import LossView, loss_view

SENTENCE = "The old king lived in a castle."
TARGET = "Le vieux roi vivait dans un château."
# Such that something is hidden in so short a text.
SEED = 3
_NOTHING = "–"


def views() -> dict[str, LossView]:
    """Family to what its training makes of the sentence."""
    asked = {
        "masked": _ask(MASKED, fill_mask.AUTO_CLASS, "fill-mask"),
        "causal": _ask(CAUSAL, text_generation.AUTO_CLASS, "text-generation"),
        "seq2seq": _ask(
            default_checkpoint(TRANSLATE), translation.AUTO_CLASS, "translation", TARGET
        ),
    }
    return {family: wait_for(ticket) for family, ticket in asked.items()}


def _ask(
    ref: CheckpointRef, auto_class: str, task: str, target: str | None = None
) -> Ticket[LossView]:
    return resources.pool().submit(
        model_key(ref, auto_class),
        lambda loaded, _ticket: loss_view(loaded, task, SENTENCE, target, seed=SEED),
        single_flight=("loss view", task),
    )


def losses(key: str) -> None:
    """Draws a table a family."""
    names = {"masked": _("masked"), "causal": _("causal"), "seq2seq": _("sequence-to-sequence")}
    for place, (family, view) in zip(st.columns(3), views().items(), strict=True):
        with place:
            st.text(names[family])
            st.dataframe(
                pd.DataFrame(
                    {
                        "reads": [one.reads for one in view.positions],
                        "answers": [one.answers or _NOTHING for one in view.positions],
                    }
                ),
                hide_index=True,
                key=f"{key}_{family}",
                column_config={"reads": _("reads"), "answers": _("is to answer")},
            )
            st.caption(
                _("{judged} of {total} positions carry loss.").format(
                    judged=view.judged, total=len(view.positions)
                )
            )
            if view.encoder:
                st.caption(
                    _("Its encoder reads {count} tokens of the source; none carries loss.").format(
                        count=len(view.encoder)
                    )
                )
