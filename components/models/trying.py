"""From a model to the pages that ask it something."""

from __future__ import annotations

import streamlit as st

from components.classify.modes import CLASSIFY, TAG
from components.generate.link import GenerateState
from components.i18n import _
from components.share_link import ClassifyState, FillMaskState, PageState, to_params
from components.shell import CLASSIFY as CLASSIFY_PAGE
from components.shell import FILL_MASK, GENERATE, TRANSLATE, Page
from components.translate.link import TranslateState
from components.translate.modes import SUMMARISE
from components.translate.modes import TRANSLATE as TRANSLATING
from loupe.checkpoints.inventory import Condition, Entry


def draw_links(entry: Entry) -> None:
    """One link for each page that the model has a head for."""
    if entry.condition is not Condition.WHOLE:
        return
    with st.container(horizontal=True):
        for page, state in pages_of(entry):
            st.page_link(
                page.path,
                label=_("Try it on {page}").format(page=_(page.label)),
                icon=":material/arrow_forward:",
                query_params=to_params(state),
            )


def pages_of(entry: Entry) -> list[tuple[Page, PageState]]:
    """(page, set up with this model); each page once."""
    model = str(entry.ref)
    states: dict[str, tuple[Page, PageState]] = {
        "fill-mask": (FILL_MASK, FillMaskState(model=model)),
        "text-generation": (GENERATE, GenerateState(model=model)),
        "translation": (TRANSLATE, TranslateState(mode=TRANSLATING.id, model=model)),
        "summarization": (TRANSLATE, TranslateState(mode=SUMMARISE.id, model=model)),
        "text-classification": (CLASSIFY_PAGE, ClassifyState(mode=CLASSIFY.id, model=model)),
        "token-classification": (CLASSIFY_PAGE, ClassifyState(mode=TAG.id, model=model)),
    }
    found: dict[str, tuple[Page, PageState]] = {}
    for task in entry.tasks:
        if task in states:
            page, state = states[task]
            found.setdefault(page.id, (page, state))
    return list(found.values())
