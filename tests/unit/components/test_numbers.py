"""Numbers are written one way on every page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.numbers import percent, signed


@pytest.mark.parametrize(
    ("probability", "shown"),
    [
        (1.0, "100.0 %"),
        (0.99999, "> 99.9 %"),
        (0.5, "50.0 %"),
        (0.1234, "12.3 %"),
        (0.0999, "9.99 %"),
        (0.01, "1.00 %"),
        (0.000082, "0.0082 %"),
        (0.0000012, "0.00012 %"),
        (3.7e-8, "1 in 27,000,000"),
        (1e-30, "1 in 1e+30"),
        (0.0, "0 %"),
    ],
)
def test_a_probability_keeps_digits_that_say_something(probability: float, shown: str) -> None:
    assert percent(probability) == shown


@given(st.floats(1e-300, 1.0, exclude_max=True))
def test_only_nothing_is_0_and_only_certainty_is_100(probability: float) -> None:
    shown = percent(probability)
    assert shown != "100.0 %"
    assert any(digit in shown for digit in "123456789")


def test_a_minus_is_a_minus_and_no_hyphen() -> None:
    assert signed(-1.234) == "−1.23"
    assert signed(0.5, 1) == "0.5"
