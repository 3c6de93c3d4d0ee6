"""How little of a model has to be new for another task."""

from __future__ import annotations

import json

import pandas as pd
import streamlit as st

from components import resources
from components.i18n import _

_MIB = 1024 * 1024


def sizes() -> dict[str, int]:
    """Bytes of weights: the base, and the bundled adapters that stand on it."""
    folder = resources.places().starters
    found = {"fill-mask-en": (folder / "fill-mask-en" / "model.safetensors").stat().st_size}
    for path in sorted(folder.glob("*/base.json")):
        base = json.loads(path.read_text("utf-8"))
        if "fill-mask-en" in json.dumps(base):
            weights = path.with_name("adapter_model.safetensors")
            found[path.parent.name] = weights.stat().st_size
    return found


def adapters(key: str) -> None:
    """Draws the sizes of their files."""
    found = sizes()
    st.dataframe(
        pd.DataFrame(
            {
                "name": [f"starter:{name}" for name in found],
                "size": [
                    _("{size} MiB").format(size=f"{size / _MIB:.1f}") for size in found.values()
                ],
            }
        ),
        hide_index=True,
        key=key,
        column_config={"name": _("checkpoint"), "size": _("file of weights")},
    )
    st.caption(_("The first is the base; the others are adapters that stand on it."))
