"""One claim: a sentence, why it is so, a figure computed now, and the page that shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from components import share_link
from components.error_box import show_error
from components.guide import keys
from components.i18n import _
from components.shell import Page
from loupe.errors import LoupeError


@dataclass(frozen=True, slots=True)
class Way:
    """A button that opens a page. label: English; "" names the page. state: how it is set up.

    state: None where the page is opened as it stands.
    """

    page: Page
    state: share_link.PageState | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """title, text: English, Markdown, translated where they are drawn.

    ways: the first is the one that shows it. evidence: draws a figure; it is given a key of its own
    and raises LoupeError where it cannot. sources: who found it.
    """

    id: str
    title: str
    text: str
    ways: tuple[Way, ...]
    evidence: Callable[[str], Any] | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chapter:
    """label: of its tab; question: that it answers; text: what comes before the claims; English."""

    id: str
    label: str
    question: str
    text: str
    claims: tuple[Claim, ...]


def draw_chapter(chapter: Chapter) -> None:
    st.subheader(_(chapter.question), anchor=False)
    st.markdown(_(chapter.text))
    for claim in chapter.claims:
        with st.container(border=True, key=f"{keys.PAGE}_{claim.id}"):
            _draw_claim(claim)


def _draw_claim(claim: Claim) -> None:
    st.markdown(f"**{_(claim.title)}**")
    st.markdown(_(claim.text))
    if claim.evidence is not None:
        try:
            claim.evidence(f"{keys.PAGE}_{claim.id}_shown")
        except LoupeError as error:
            show_error(error, key=f"{keys.PAGE}_{claim.id}")
    with st.container(horizontal=True, key=f"{keys.PAGE}_{claim.id}_ways"):
        for way in claim.ways:
            draw_way(way)
    if claim.sources:
        st.caption(" · ".join(claim.sources))


def draw_way(way: Way) -> None:
    st.page_link(
        way.page.path,
        label=_(way.label) if way.label else _("Open in {page}").format(page=_(way.page.label)),
        icon=":material/arrow_forward:",
        query_params=share_link.to_params(way.state) if way.state is not None else None,
        width="content",
    )
