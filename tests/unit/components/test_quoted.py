"""A name within a sentence keeps its direction to itself."""

from __future__ import annotations

import unicodedata

import pytest

from components.quoted import quoted


@pytest.mark.parametrize("text", ["good", "السعر", "送货", ""])
def test_a_name_is_isolated_and_nothing_of_it_is_lost(text: str) -> None:
    drawn = quoted(text)
    assert text in drawn
    kinds = [unicodedata.bidirectional(sign) for sign in drawn]
    assert (kinds.count("FSI"), kinds.count("PDI")) == (1, 1)
    assert drawn[0] == "“"
    assert drawn[-1] == "”"
