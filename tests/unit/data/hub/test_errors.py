"""What is said when a dataset does not come."""

from __future__ import annotations

from pathlib import Path

import pytest

from loupe.checkpoints.fetch import Failure
from loupe.checkpoints.hub import HubSettings
from loupe.data.hub import errors
from loupe.data.hub.ask import ODD_NAMES, TOO_MANY_FILES
from loupe.data.hub.ref import DatasetRef
from loupe.errors import LoupeError

REF = DatasetRef("some/set", "v1")
# What a list of weights alone can lack; nobody reports it of a dataset.
KINDS = [kind for kind in Failure if kind is not Failure.NO_WEIGHTS]


@pytest.mark.parametrize("kind", [*KINDS, ODD_NAMES, TOO_MANY_FILES])
@pytest.mark.parametrize("token", [None, "hf_secret"])
def test_every_failure_is_told_in_words_of_datasets_and_with_a_remedy(
    kind: str, token: str | None, tmp_path: Path
) -> None:
    settings = HubSettings(cache=tmp_path, token=token)
    error = errors.from_failure(REF, settings, kind, "words of a library", ("main", "v2"))
    assert isinstance(error, LoupeError)
    text = str(error)
    assert "{" not in text
    assert len(error.remedy) > 10
    for wrong in ("checkpoint", "starter", "weights", "hf_secret"):
        assert wrong not in text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("wikitxt", "Salesforce/wikitext"), ("stanford/imdb", "stanfordnlp/imdb")],
)
def test_a_name_like_a_well_known_one_is_met_with_it(
    typed: str, meant: str, tmp_path: Path
) -> None:
    settings = HubSettings(cache=tmp_path)
    for kind in (Failure.NOT_FOUND, Failure.UNAUTHORIZED):
        error = errors.from_failure(DatasetRef(typed), settings, kind, "")
        assert meant in str(error)
    odd = errors.from_failure(DatasetRef("zzz/qqq"), settings, Failure.NOT_FOUND, "")
    assert "meant" not in str(odd)
