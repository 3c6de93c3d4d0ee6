"""A folder with a tiny checkpoint, which a test may spoil."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tiny_models import make_tiny


@pytest.fixture
def bert(tmp_path: Path) -> Path:
    return make_tiny("bert", tmp_path / "bert")
