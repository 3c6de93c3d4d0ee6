"""Tiny random masked models of every kind of tokenizer, made once for these tests."""

from __future__ import annotations

import pytest

from loupe.engine.loaded import LoadedModel
from tests.loaded import load_tiny

MASKED_KINDS = ("bert", "distilbert", "roberta", "modernbert", "albert", "xlm-roberta")


@pytest.fixture(scope="session", params=MASKED_KINDS)
def masked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load_tiny(request.param, tmp_path_factory.mktemp("tiny") / request.param)


@pytest.fixture(scope="session")
def bert(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load_tiny("bert", tmp_path_factory.mktemp("tiny") / "bert")


@pytest.fixture(scope="session")
def roberta(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load_tiny("roberta", tmp_path_factory.mktemp("tiny") / "roberta")
