"""The list of runs: each a button with its status, its progress and what came of it.

All texts are untrusted: the browser code writes them as text nodes only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import streamlit as st

__all__ = ["RunItem", "chosen_id", "list_data", "run_list"]

_HERE = Path(__file__).parent
_mount = st.components.v2.component(
    "run_list",
    html='<div class="runs" role="list"></div>',
    css=(_HERE / "list.css").read_text(encoding="utf-8"),
    js=(_HERE / "list.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, slots=True)
class RunItem:
    """One run. Every text in the reader's language.

    icon: the name of a Material symbol. status: an id, which the style sheet knows; said: the same
    in words. facts: lines below the name. share: how much is done, 0 to 1; None draws no bar.
    """

    id: str
    name: str
    icon: str
    status: str
    said: str
    facts: tuple[str, ...] = ()
    share: float | None = None
    is_chosen: bool = False


def run_list(
    items: Sequence[RunItem], *, key: str, label: str, on_choose: Callable[[], None]
) -> None:
    """Draw the runs. on_choose: run before the script does; `chosen_id` then says which.

    label: what a screen reader calls the list.
    """
    _mount(key=key, data=list_data(items, label), on_chosen_change=on_choose)


def chosen_id(key: str, known: Sequence[str]) -> str | None:
    """The run that was clicked; None where the browser names none of the known ones."""
    value = st.session_state[key].get("chosen")
    found = value.get("id") if isinstance(value, Mapping) else None
    return found if isinstance(found, str) and found in known else None


def list_data(items: Sequence[RunItem], label: str) -> dict[str, Any]:
    """What the browser gets."""
    return {"label": label, "items": [asdict(item) for item in items]}
