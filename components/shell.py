"""What every page has: its title, the links to the others, and what this machine is doing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from components.hardware_panel import draw_hardware, draw_settings
from components.i18n import _

# A file of ours: Streamlit fetches the icons it has names for from elsewhere.
_LOGO = str(Path(__file__).with_name("logo.svg"))


@dataclass(frozen=True, slots=True)
class Page:
    """One page: `label` is its name in English, translated where it is drawn.

    is_wide: it shows a table and takes the whole width.
    """

    id: str
    path: str
    label: str
    icon: str
    is_wide: bool = False


START = Page("start", "app.py", "Start", ":material/home:")
FILL_MASK = Page("fill_mask", "pages/fill_mask.py", "Fill mask", ":material/edit_note:")
GENERATE = Page("generate", "pages/generate.py", "Generate", ":material/edit:")
TRANSLATE = Page(
    "translate", "pages/translate.py", "Translate and summarise", ":material/translate:"
)
CLASSIFY = Page("classify", "pages/classify.py", "Classify and tag", ":material/label:")
TOKENIZER = Page("tokenizer", "pages/tokenizer.py", "Tokenizer", ":material/content_cut:")
INSPECT = Page(
    "inspect_dataset",
    "pages/inspect_dataset.py",
    "Inspect a dataset",
    ":material/table_view:",
    is_wide=True,
)
FINE_TUNE = Page("fine_tune", "pages/fine_tune.py", "Fine-tune", ":material/model_training:")
RUNS = Page("runs", "pages/runs.py", "Runs", ":material/monitoring:", is_wide=True)
MODELS = Page("models", "pages/models.py", "Models", ":material/deployed_code:", is_wide=True)
GUIDE = Page("guide", "pages/guide.py", "Guide", ":material/menu_book:")

# The order of the sidebar. A new page is one file in pages/ and one line here.
PAGES = (
    START,
    FILL_MASK,
    GENERATE,
    TRANSLATE,
    CLASSIFY,
    TOKENIZER,
    INSPECT,
    FINE_TUNE,
    RUNS,
    MODELS,
    GUIDE,
)


def open_page(page: Page) -> Callable[[], None]:
    """Configure the browser's page and draw the sidebar. Every page calls this first.

    What it returns draws this machine's state again; a page calls it last, when its own work is
    done and what it loaded is there.
    """
    st.set_page_config(
        page_title=f"{_(page.label)} · Loupe" if page is not START else "Loupe",
        page_icon=_LOGO,
        layout="wide" if page.is_wide else "centered",
        initial_sidebar_state="auto",
    )
    with st.sidebar:
        for other in PAGES:
            st.page_link(other.path, label=_(other.label), icon=other.icon)
        st.divider()
        state = st.empty()
        draw_settings()

    def draw_state() -> None:
        with state.container():
            draw_hardware()

    draw_state()
    return draw_state
