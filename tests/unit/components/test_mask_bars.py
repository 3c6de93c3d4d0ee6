"""The bars of one mask: their lengths, what they say, and that they are safe to draw."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from components.figures.horizontal_bars import ROW_PX, TEXT_ROOM, BarColours
from components.figures.mask_bars import LABELS, mask_bars
from loupe.traces import Alternative, TokenKind, TokenRecord

COLOURS = BarColours("#010101", "#020202", "#030303", "#040404", "#050505", "#060606")
VOCABULARY = 12_345


def mask(probabilities: Sequence[float], texts: Sequence[str] | None = None) -> TokenRecord:
    """A mask whose best entries have these probabilities, best first."""
    names = texts or [f"word{i}" for i in range(len(probabilities))]
    top = tuple(
        Alternative(i, f"##{text}", text, math.log(p), i + 1)
        for i, (p, text) in enumerate(zip(probabilities, names, strict=True))
    )
    return TokenRecord(4, "[MASK]", "[MASK]", TokenKind.MASK, 0, (0, 6), top=top)


def bars(record: TokenRecord, shown: int = 10, **options: Any) -> tuple[Any, Any]:
    """(the bars, the layout)."""
    figure = mask_bars(
        record, shown=shown, vocab_size=VOCABULARY, colours=COLOURS, **options
    ).to_plotly_json()
    (trace,) = figure["data"]
    return trace, figure["layout"]


def named(rank: int, text: str) -> str:
    return f'<span style="color:{COLOURS.quiet}">{rank}</span>   {text}'


def test_there_is_a_bar_for_each_entry_and_one_for_all_others() -> None:
    trace, layout = bars(mask([0.5, 0.25, 0.125]))
    assert list(trace["x"]) == pytest.approx([0.5, 0.25, 0.125, 0.125])
    assert list(layout["yaxis"]["ticktext"]) == [
        named(1, "word0"),
        named(2, "word1"),
        named(3, "word2"),
        "all 12,342 others",
    ]
    assert list(trace["text"]) == [
        "50.0 %   ln p −0.69",
        "25.0 %   ln p −1.39",
        "12.5 %   ln p −2.08",
        "12.5 %",
    ]
    # Best on top.
    assert layout["yaxis"]["autorange"] == "reversed"


def test_only_as_many_as_asked_are_drawn_and_the_rest_takes_the_others() -> None:
    trace, layout = bars(mask([0.5, 0.3, 0.1]), shown=1)
    assert list(trace["x"]) == pytest.approx([0.5, 0.5])
    assert layout["yaxis"]["ticktext"][-1] == "all 12,344 others"
    assert len(trace["hovertext"]) == len(trace["text"]) == 2


def test_a_rest_that_would_dwarf_the_bars_is_cut_hatched_and_says_so() -> None:
    trace, layout = bars(mask([0.01, 0.005]))
    # As long as the longest, so that there is room for what it says.
    assert trace["x"][-1] == pytest.approx(0.01)
    assert layout["xaxis"]["range"] == [0, pytest.approx(0.01 * (1 + TEXT_ROOM))]
    assert trace["text"][-1] == "98.5 % (bar cut)"
    assert list(trace["marker"]["pattern"]["shape"]) == ["", "", "/"]
    assert "98.5 %" in trace["hovertext"][-1]


def test_a_rest_that_fits_is_drawn_whole() -> None:
    trace, _ = bars(mask([0.5, 0.3]))
    assert trace["x"][-1] == pytest.approx(0.2)
    assert "cut" not in trace["text"][-1]
    assert set(trace["marker"]["pattern"]["shape"]) == {""}


@settings(deadline=None)
@given(
    st.lists(st.floats(1e-9, 1.0), min_size=1, max_size=20).map(
        lambda weights: sorted((w / sum(weights) for w in weights), reverse=True)
    ),
    st.floats(1e-6, 1.0),
    st.integers(1, 25),
)
@example([1.0], 1.0, 1)
def test_lengths_compare_on_one_axis_and_nothing_leaves_it(
    probabilities: list[float], share: float, shown: int
) -> None:
    probabilities = [p * share for p in probabilities]
    trace, layout = bars(mask(probabilities), shown=shown)
    start, end = layout["xaxis"]["range"]
    assert start == 0
    drawn = list(trace["x"])
    assert drawn[:-1] == pytest.approx(probabilities[:shown])
    assert all(0 <= length <= end * (1 + 1e-9) for length in drawn)
    rest = 1 - math.fsum(probabilities[:shown])
    if trace["marker"]["pattern"]["shape"][-1] == "":
        assert drawn[-1] == pytest.approx(max(0.0, rest), abs=1e-9)
    else:
        assert rest > drawn[-1]
    assert layout["height"] > ROW_PX * len(drawn)


def test_text_of_a_vocabulary_is_never_read_as_html() -> None:
    evil = "<img src=x onerror=alert(1)>"
    trace, layout = bars(mask([0.6, 0.2], texts=[evil, "a & b <br>"]))
    drawn = [*layout["yaxis"]["ticktext"], *trace["text"], *trace["hovertext"]]
    assert not any("<img" in text for text in drawn)
    assert layout["yaxis"]["ticktext"][0] == named(1, "&lt;img src=x onerror=alert(1)&gt;")
    assert layout["yaxis"]["ticktext"][1] == named(2, "a &amp; b &lt;br&gt;")
    # The breaks of the tooltip are the only markup there.
    assert trace["hovertext"][1].count("<") == 3


def test_braces_in_a_vocabulary_are_no_placeholders() -> None:
    trace, _ = bars(mask([0.6], texts=["{count} {0}"]))
    assert "{count} {0}" in trace["hovertext"][0]


def test_words_come_from_the_labels_and_colours_from_the_theme() -> None:
    translated = {name: f"⟦{text}⟧" for name, text in LABELS.items()}
    trace, layout = bars(mask([0.01]), labels=translated)
    assert layout["yaxis"]["ticktext"][-1] == "⟦all 12,344 others⟧"
    assert list(trace["text"]) == ["⟦1.00 %⟧   ⟦ln p −4.61⟧", "⟦⟦99.0 %⟧ (bar cut)⟧"]
    assert list(trace["marker"]["color"]) == [COLOURS.bar, COLOURS.rest]
    assert trace["textfont"]["color"] == COLOURS.ink


def test_a_hidden_token_has_a_bar_of_its_own_colour() -> None:
    listed = replace(mask([0.5, 0.25]), hidden=True, token_id=1, log_prob=math.log(0.25), rank=2)
    trace, _ = bars(listed)
    assert list(trace["marker"]["color"]) == [COLOURS.bar, COLOURS.hidden, COLOURS.rest]
    assert len(trace["x"]) == 3

    far = replace(listed, token_id=9, log_prob=math.log(0.001), rank=77, text="fox", token="fox")
    trace, layout = bars(far)
    assert layout["yaxis"]["ticktext"][2] == named(77, "fox")
    assert trace["text"][2] == "0.10 %   ln p −6.91   the hidden token"
    assert list(trace["marker"]["color"]).count(COLOURS.hidden) == 1
    # The rest is what the listed entries leave; the hidden token is part of it.
    assert trace["x"][-1] == pytest.approx(0.25)


def test_figures_that_stand_together_share_a_scale() -> None:
    trace, layout = bars(mask([0.1]), longest=0.8)
    assert trace["x"][0] == pytest.approx(0.1)
    assert layout["xaxis"]["range"][1] == pytest.approx(0.8 * (1 + TEXT_ROOM))
    # 0.9 is longer than the longest bar of the figures beside it.
    assert trace["x"][-1] == pytest.approx(0.8)
