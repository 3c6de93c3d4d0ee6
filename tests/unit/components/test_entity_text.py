"""What the browser gets of a text with its entities, and the colours of their kinds."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.colours import INK, KINDS, Theme, kind_colours
from components.entity_text import LINES, EntityMark, entity_data

patient = settings(deadline=None)
texts = st.text(min_size=1, max_size=30)


def test_the_text_is_cut_at_its_marks_and_nothing_is_lost() -> None:
    text = "Anna 😀 lives in 北京."
    marks = [EntityMark((0, 4), "PER", 0, "PER, 90 %"), EntityMark((16, 18), "LOC", 1)]
    data = entity_data(text, marks, "A text")
    assert data["label"] == "A text"
    assert data["parts"] == [
        {"text": "Anna", "label": "PER", "colour": 0, "line": "solid", "note": "PER, 90 %"},
        {"text": " 😀 lives in "},
        {"text": "北京", "label": "LOC", "colour": 1, "line": "dashed", "note": ""},
        {"text": "."},
    ]


def test_a_text_without_marks_is_one_part() -> None:
    assert entity_data("Nothing.", [], "")["parts"] == [{"text": "Nothing."}]


@patient
@given(texts, st.data())
def test_the_parts_are_the_text_whatever_is_marked(text: str, data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(0, len(text)), unique=True, max_size=8).map(sorted))
    spans = list(zip(places[::2], places[1::2], strict=False))
    drawn = entity_data(text, [EntityMark(s, "X", i) for i, s in enumerate(spans)], "")
    assert "".join(part["text"] for part in drawn["parts"]) == text
    marked = [part["text"] for part in drawn["parts"] if "label" in part]
    assert marked == [text[start:end] for start, end in spans]


@pytest.mark.parametrize("spans", [[(0, 0)], [(2, 1)], [(0, 3), (2, 4)], [(3, 9)]])
def test_marks_that_overlap_or_lie_outside_are_our_own_mistake(
    spans: list[tuple[int, int]],
) -> None:
    with pytest.raises(AssertionError):
        entity_data("Anna", [EntityMark(span, "X", 0) for span in spans], "")


def test_many_kinds_differ_in_colour_or_in_line() -> None:
    count = 12
    marks = [EntityMark((i, i + 1), "X", i) for i in range(count)]
    parts = entity_data("x" * count, marks, "")["parts"]
    assert len({(part["colour"], part["line"]) for part in parts}) == count
    # Neighbours differ in both, for eyes that see no colour.
    for before, after in pairwise(parts):
        assert before["colour"] != after["colour"]
        assert before["line"] != after["line"]
    assert len(LINES) == 4
    assert len(entity_data("x", [], "")["themes"]["dark"]) == KINDS


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", list(Theme))
def test_text_can_be_read_on_every_kind_and_its_line_seen(theme: Theme) -> None:
    colours = kind_colours(theme)
    assert len({colour.fill for colour in colours}) == KINDS
    background = {Theme.LIGHT: "#ffffff", Theme.DARK: "#12181b"}[theme]
    for colour in colours:
        assert contrast(INK[theme], colour.fill) >= 4.5
        assert contrast(colour.line, background) >= 3
        assert contrast(colour.line, colour.fill) >= 2.5
