"""What the checks find in a bundled dataset."""

from __future__ import annotations

import streamlit as st

from components import resources
from components.awaited import awaited
from components.guide import keys
from components.i18n import _, phrase
from loupe.data.checks import Finding, run_checks
from loupe.data.read import read_rows
from loupe.data.spec import SAMPLE_PREFIX, Role, Source
from loupe.engine import Ticket

SAMPLE = "spam"
CHECKS = ("leaks", "exact_duplicates", "conflicting_labels", "alias_labels", "missing_labels")
_COLUMNS: dict[Role, str | int] = {Role.TEXT: "message", Role.LABEL: "label"}


def find(_ticket: Ticket[list[Finding]] | None = None) -> list[Finding]:
    """All rows of the sample, looked through."""
    splits = {
        split: read_rows(
            [Source(path=f"{SAMPLE_PREFIX}{SAMPLE}-{split}", columns=_COLUMNS)],
            tuple(_COLUMNS),
            roots=resources.places().data_roots,
            samples=resources.SAMPLES,
        )
        for split in ("train", "test")
    }
    return run_checks(splits, {role: role.value for role in _COLUMNS}, only=CHECKS)


def found(key: str) -> None:
    """Draws what was found, and in how many rows."""
    findings = awaited(
        keys.PAGE + "_checked", SAMPLE, find, lambda _progress: _("Looking at all rows…")
    )
    if findings is None:
        return
    with st.container(gap="xxsmall", key=key):
        for finding in findings:
            st.text(phrase(finding.message))
    st.caption(_("The bundled sample “{name}”, looked through now.").format(name=SAMPLE))
