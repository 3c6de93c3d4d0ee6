"""What well-known pretrainings cost, and how long this machine would take."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from components.awaited import awaited
from components.guide import keys
from components.i18n import _
from loupe.engine import Ticket
from loupe.training.compute import measured_flops_per_s, training_flops

_YEAR_S = 365.25 * 24 * 3600
_DAY_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Pretraining:
    """parameters: weights. tokens: read in training. source: where both stand."""

    name: str
    parameters: float
    tokens: float
    source: str


# 128,000 tokens a batch, 1,000,000 steps (Devlin et al. 2019, A.2); table 2.1 of Brown et al. 2020;
# table 4 of Hoffmann et al. 2022; table 1 of Touvron et al. 2023b.
PRETRAININGS = (
    Pretraining("bert-base", 110e6, 128e9, "Devlin et al. 2019"),
    Pretraining("GPT-3", 175e9, 300e9, "Brown et al. 2020"),
    Pretraining("Chinchilla", 70e9, 1.4e12, "Hoffmann et al. 2022"),
    Pretraining("Llama 2 7B", 7e9, 2e12, "Touvron et al. 2023"),
)


def costs(key: str) -> None:
    """Draws the table; the speed is measured once a session."""

    def measure(_ticket: Ticket[float]) -> float:
        return measured_flops_per_s()

    speed = awaited(keys.PAGE + "_speed", "speed", measure, lambda _p: _("Measuring this machine…"))
    if speed is None:
        return
    flops = [training_flops(one.parameters, one.tokens) for one in PRETRAININGS]
    st.dataframe(
        pd.DataFrame(
            {
                "name": [one.name for one in PRETRAININGS],
                "weights": [_short(one.parameters) for one in PRETRAININGS],
                "tokens": [_short(one.tokens) for one in PRETRAININGS],
                "per_weight": [f"{one.tokens / one.parameters:,.1f}" for one in PRETRAININGS],
                "flops": [f"{count:.1e}" for count in flops],
                "time": [_time(count / speed) for count in flops],
                "source": [one.source for one in PRETRAININGS],
            }
        ),
        hide_index=True,
        key=key,
        column_config={
            "name": _("model"),
            "weights": _("weights"),
            "tokens": _("tokens read"),
            "per_weight": _("tokens a weight"),
            "flops": _("operations"),
            "time": _("on this processor"),
            "source": _("source of the numbers"),
        },
    )
    st.caption(
        _(
            "Operations: 6 × weights × tokens (Kaplan et al. 2020). Measured now: {speed} billion "
            "operations a second in matrix products, which no training reaches."
        ).format(speed=f"{speed / 1e9:,.0f}")
    )


def _short(count: float) -> str:
    for size, unit in ((1e12, _("{count} T")), (1e9, _("{count} B")), (1e6, _("{count} M"))):
        if count >= size:
            return unit.format(count=f"{count / size:g}")
    return f"{count:g}"


def _time(seconds: float) -> str:
    if seconds < _YEAR_S:
        return _("{count} days").format(count=f"{seconds / _DAY_S:,.0f}")
    return _("{count} years").format(count=f"{seconds / _YEAR_S:,.0f}")
