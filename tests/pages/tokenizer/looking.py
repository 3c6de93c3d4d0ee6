"""A visitor of the page Tokenizer, and what is drawn for them."""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from components.tokenizer import keys
from components.tokenizer.defaults import TABS
from tests.pages.visitor import by_key, open_page, strip

TOKENIZER_PAGE = "pages/tokenizer.py"
TEXT = "The café in Paris, unbelievably 😀"


def ask(checkpoint: str, text: str = TEXT, tab: str = "stages", **session: Any) -> AppTest:
    """A new visitor with this checkpoint and text, and one tab open."""
    return open_page(
        TOKENIZER_PAGE,
        session={
            keys.CHECKPOINT: checkpoint,
            keys.TEXT: text,
            keys.TABS: TABS[tab],
            **session,
        },
        context={"url": "http://localhost:8501/tokenizer"},
    )


def open_question(at: AppTest, tab: str) -> AppTest:
    """Open a tab by its id, as a click does."""
    at.session_state[keys.TABS] = TABS[tab]
    return at.run()


def has_answer(at: AppTest) -> bool:
    return strip(at, keys.STRIP) is not None


def drawn(at: AppTest, name: str) -> dict[str, Any]:
    """What the browser gets for one of the page's components."""
    node = by_key(at, f"{keys.PAGE}_{name}")
    assert node is not None, f"no {name} is drawn"
    return dict(json.loads(node.proto.json))


def table(at: AppTest, column: str) -> Any:
    """The page's table that has this column."""
    found = [frame.value for frame in at.dataframe if column in frame.value.columns]
    assert len(found) == 1, f"{len(found)} tables with {column} are drawn"
    return found[0]
