"""Findings beside the boxes that they are about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import streamlit as st

from components.fine_tune import keys
from components.fine_tune.fields import FIELDS
from components.fine_tune.values import apply_changes, can_apply
from components.i18n import _, phrase
from loupe.errors import Phrase
from loupe.training.preflight import Finding

ICONS = {
    "stop": ":red[:material/error:]",
    "warn": ":orange[:material/warning:]",
    "note": ":blue[:material/info:]",
}
# Boxes that are no field of run.yaml by themselves.
ROLE, SPLITS, CHECKPOINT, TASK = "role", "splits", "model.checkpoint", "task"


class Notes:
    """All findings of a form, each to be drawn at one place."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._at: dict[str, list[Finding]] = defaultdict(list)
        for finding in findings:
            place = place_of(finding.field)
            # The same fault of two files of a split is one to a person.
            if str(finding) not in map(str, self._at[place]):
                self._at[place].append(finding)
        self._drawn: set[str] = set()

    @property
    def all(self) -> tuple[Finding, ...]:
        return tuple(finding for found in self._at.values() for finding in found)

    @property
    def stops(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.all if finding.severity == "stop")

    def worst(self, paths: Iterable[str]) -> str | None:
        """The severity that counts most among these boxes."""
        found = {finding.severity for path in paths for finding in self._at.get(path, ())}
        return next((name for name in ("stop", "warn") if name in found), None)

    def draw(self, place: str) -> None:
        """Those of one box."""
        self._drawn.add(place)
        draw_findings(self._at.get(place, ()), key=place)

    def leave_out(self, place: str) -> None:
        """Of a box beside which something else says the same."""
        self._drawn.add(place)

    def draw_rest(self) -> None:
        """Those whose box is not drawn."""
        for place in [place for place in self._at if place not in self._drawn]:
            self.draw(place)


def place_of(path: str) -> str:
    """The box of a dotted path in run.yaml."""
    parts = path.split(".")
    if parts[0] == "data" and len(parts) > 3 and parts[-2] == "columns":
        return f"{ROLE}.{parts[-1]}"
    if parts[0] == "data" and f"data.{parts[-1]}" in FIELDS:
        return f"data.{parts[-1]}"
    if parts[0] == "data":
        return SPLITS
    if path in FIELDS:
        return path
    if path == "model":
        return CHECKPOINT
    return path


def draw_findings(findings: Sequence[Finding], *, key: str) -> None:
    """Each with its remedy, and a button where the form can do it. Texts are drawn as they are."""
    for number, finding in enumerate(findings):
        with st.container(key=f"{keys.PAGE}_note_{key.replace('.', '__')}_{number}", gap=None):
            with st.container(horizontal=True, wrap=False, gap="xsmall"):
                st.markdown(ICONS[finding.severity], width="content")
                st.text(in_words(finding), width="stretch")
            if can_apply(finding.changes):
                st.button(
                    _("Apply"),
                    key=f"{keys.PAGE}_apply_{key.replace('.', '__')}_{number}",
                    icon=":material/healing:",
                    on_click=apply_changes,
                    args=(finding.changes,),
                )
        if finding.detail and finding.severity == "stop" and not finding.remedy:
            st.code(finding.detail, language=None, wrap_lines=True)


def in_words(finding: Finding) -> str:
    """What is wrong and what to do, in this session's language."""
    said = [
        phrase(Phrase(text, finding.params)) for text in (finding.message, finding.remedy) if text
    ]
    return " ".join(said)
