"""The memory that models may take, as the environment sets it."""

from __future__ import annotations

import pytest

from loupe.engine.budget import budget_from_environment
from loupe.errors import InvalidInput


def test_the_variable_is_read_in_gib_and_may_be_absent() -> None:
    assert budget_from_environment({"LOUPE_MODEL_MEMORY_GIB": "1.5"}) == int(1.5 * 1024**3)
    assert budget_from_environment({}) is None
    assert budget_from_environment({"LOUPE_MODEL_MEMORY_GIB": " "}) is None


@pytest.mark.parametrize("text", ["much", "-1", "0", "inf", "nan", "8 GB"])
def test_what_is_no_size_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidInput, match="LOUPE_MODEL_MEMORY_GIB") as refused:
        budget_from_environment({"LOUPE_MODEL_MEMORY_GIB": text})
    assert text in str(refused.value)
