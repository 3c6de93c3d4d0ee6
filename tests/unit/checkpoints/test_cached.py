"""What lies in the hub's cache is offered where it has the head, and only then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from loupe.checkpoints.cached import cached_refs
from loupe.checkpoints.loading import AUTO_CLASSES

COMMIT = "a" * 40


def put(cache: Path, name: str, architectures: object, *, whole: bool = True) -> None:
    folder = cache / name / "snapshots" / COMMIT
    folder.mkdir(parents=True)
    (cache / name / "refs").mkdir()
    (cache / name / "refs" / "main").write_text(COMMIT)
    config = {"model_type": "bert", "architectures": architectures}
    (folder / "config.json").write_text(json.dumps(config))
    if whole:
        (folder / "model.safetensors").write_bytes(b"x")


def test_only_complete_checkpoints_with_the_head_are_offered(tmp_path: Path) -> None:
    put(tmp_path, "models--b--masked", ["BertForMaskedLM"])
    put(tmp_path, "models--a--pretrained", ["BertForPreTraining"])
    put(tmp_path, "models--c--classifier", ["BertForSequenceClassification"])
    put(tmp_path, "models--d--half", ["BertForMaskedLM"], whole=False)
    put(tmp_path, "models--e--odd", "BertForMaskedLM")
    put(tmp_path, "models--..--evil", ["BertForMaskedLM"])
    put(tmp_path, "datasets--f--data", ["BertForMaskedLM"])
    refs = cached_refs(tmp_path, "AutoModelForMaskedLM")
    assert [ref.id for ref in refs] == ["a/pretrained", "b/masked"]


def test_an_old_short_name_is_offered_under_its_owner_once(tmp_path: Path) -> None:
    put(tmp_path, "models--bert-base-uncased", ["BertForMaskedLM"])
    put(tmp_path, "models--google-bert--bert-base-uncased", ["BertForMaskedLM"])
    refs = cached_refs(tmp_path, "AutoModelForMaskedLM")
    assert [str(ref) for ref in refs] == ["hub:google-bert/bert-base-uncased"]


@pytest.mark.parametrize("auto_class", list(AUTO_CLASSES))
def test_every_head_that_is_loaded_is_looked_for(auto_class: str, tmp_path: Path) -> None:
    assert cached_refs(tmp_path / "nothing", auto_class) == ()
    put(tmp_path, "models--a--none", [])
    assert cached_refs(tmp_path, auto_class) == ()
