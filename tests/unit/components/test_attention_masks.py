"""Who sees whom in three designs."""

from __future__ import annotations

import numpy as np
import pytest

from components.colours import Theme
from components.figures.attention_masks import (
    Seen,
    attention_masks,
    causal_mask,
    encoder_decoder_mask,
    prefix_mask,
)

SOURCE, TARGET = 3, 2


@pytest.mark.parametrize("row", range(SOURCE + TARGET))
@pytest.mark.parametrize("column", range(SOURCE + TARGET))
def test_each_cell_is_as_the_definition_has_it(row: int, column: int) -> None:
    before, both_source = column <= row, row < SOURCE and column < SOURCE
    assert bool(causal_mask(SOURCE, TARGET)[row, column]) == before
    assert bool(prefix_mask(SOURCE, TARGET)[row, column]) == (before or both_source)


def test_a_prefix_lm_and_an_encoder_decoder_see_the_same_with_other_weights() -> None:
    prefix, two = prefix_mask(SOURCE, TARGET), encoder_decoder_mask(SOURCE, TARGET)
    assert ((prefix > 0) == (two > 0)).all()
    assert set(np.unique(prefix)) == {Seen.NONE, Seen.STACK}
    assert set(np.unique(two)) == {Seen.NONE, Seen.ENCODER, Seen.CROSS, Seen.DECODER}


@pytest.mark.parametrize("theme", Theme)
def test_foreign_words_are_no_markup(theme: Theme) -> None:
    figure = attention_masks(("<b>x</b>", "你好"), ("y",), theme=theme)
    assert len(figure.data) == 3
    said = str(figure.to_dict())
    assert "<b>x</b>" not in said
