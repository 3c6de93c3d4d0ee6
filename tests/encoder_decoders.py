"""Fixtures: tiny random encoder-decoders of every kind, in the mode in which a worker runs them.

A conftest that imports them gives them to the tests beside it, made once for those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch

from loupe.engine.loaded import LoadedModel
from tests.loaded import load_tiny
from tests.tiny_models import SEQ2SEQ_KINDS, without_moses

__all__ = ["_as_in_a_worker", "pair", "tiny"]

AUTO_CLASS = "AutoModelForSeq2SeqLM"


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], LoadedModel]:
    known: dict[str, LoadedModel] = {}

    def get(kind: str) -> LoadedModel:
        if kind not in known:
            folder = tmp_path_factory.mktemp("tiny") / kind
            with without_moses():
                known[kind] = load_tiny(kind, folder, AUTO_CLASS)
        return known[kind]

    return get


@pytest.fixture(params=SEQ2SEQ_KINDS)
def pair(request: pytest.FixtureRequest, tiny: Callable[[str], LoadedModel]) -> LoadedModel:
    return tiny(request.param)


@pytest.fixture(autouse=True)
def _as_in_a_worker() -> Iterator[None]:
    with torch.inference_mode():
        yield
