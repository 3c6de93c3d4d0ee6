"""What the tests of texts that grow do again and again."""

from __future__ import annotations

import time

from streamlit.testing.v1 import AppTest

from components.generate import keys
from tests.pages.visitor import by_key

WAIT_S = 30.0


def until_it_ends(at: AppTest) -> AppTest:
    """Run the page, as its own timer does, until the text has ended."""
    deadline = time.monotonic() + WAIT_S
    while by_key(at, keys.STOP) is not None:
        assert time.monotonic() < deadline, "the text does not end"
        at.run()
    return at
