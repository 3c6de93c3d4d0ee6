"""Every token in exactly one window."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loupe.data.windows import Frame, cut, room_for
from loupe.errors import InvalidInput


@given(st.lists(st.integers()), st.integers(4, 9), st.sampled_from([1, 2]))
def test_windows_put_together_are_the_document(ids: list[int], size: int, smallest: int) -> None:
    windows = cut(ids, size, smallest=smallest)
    assert [i for window in windows for i in window] == ids
    assert all(len(window) <= size for window in windows)
    assert all(len(window) >= min(smallest, len(ids)) for window in windows)
    # No more windows than needed.
    assert len(windows) == -(-len(ids) // size)


def test_special_tokens_that_leave_no_room_are_refused() -> None:
    assert room_for(Frame((1,), (2,)), 3) == 1
    with pytest.raises(InvalidInput, match="at least 3"):
        room_for(Frame((1,), (2,)), 2)
