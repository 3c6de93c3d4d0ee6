"""What the model of Fill mask is asked."""

from __future__ import annotations

from typing import Any

import pytest

from loupe.tasks import fill_mask


@pytest.fixture
def predicted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that the model was asked about, in order."""
    asked: list[str] = []
    real = fill_mask.predict

    def predict(loaded: Any, query: fill_mask.FillMaskQuery) -> fill_mask.FillMaskResult:
        asked.append(query.text)
        return real(loaded, query)

    monkeypatch.setattr(fill_mask, "predict", predict)
    return asked
