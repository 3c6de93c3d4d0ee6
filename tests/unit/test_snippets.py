"""The script that a page shows prints the numbers that it shows."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.engine.loaded import LoadedModel
from loupe.snippets import Origin, fill_mask_script
from loupe.tasks.fill_mask import FillMaskQuery, FillMaskResult, predict
from tests.adapters import load_tiny_adapter
from tests.loaded import load_tiny
from tests.scripts import run_alone, run_here

TEXT = 'The "capital" of France is [MASK],\nand the cat \\ sleeps.'


@pytest.fixture(scope="module", params=["bert", "roberta", "xlm-roberta"])
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load_tiny(request.param, tmp_path_factory.mktemp("tiny") / request.param)


def script_of(loaded: LoadedModel, result: FillMaskResult, top_k: int = 5) -> str:
    return fill_mask_script(result, Origin(loaded.key.ref, loaded.key.ref.id), top_k)


def compare(printed: str, result: FillMaskResult, top_k: int = 5) -> None:
    entropies = [float(e) for e in re.findall(r"entropy ([\d.]+) nats", printed)]
    listed = re.findall(r"^ +(\d+)  ([\d.]+) +(-[\d.]+)  (\S+)$", printed, re.MULTILINE)
    rests = [float(r) for r in re.findall(r"^rest +([\d.]+)$", printed, re.MULTILINE)]
    assert entropies == pytest.approx([m.entropy_nats for m in result.masks], abs=2e-4)
    expected = [entry for mask in result.masks for entry in mask.top[:top_k]]
    assert [int(rank) for rank, _, _, _ in listed] == [entry.rank for entry in expected]
    assert [token for _, _, _, token in listed] == [entry.token for entry in expected]
    assert [float(log_prob) for _, _, log_prob, _ in listed] == pytest.approx(
        [entry.log_prob for entry in expected], abs=2e-4
    )
    if top_k == result.query.top_k:
        assert rests == pytest.approx([m.rest_prob for m in result.masks], abs=2e-6)
    words = re.findall(r"^word +(-[\d.]+)  (.+)$", printed, re.MULTILINE)
    kept = [score for score in result.words if not score.retokenised]
    assert [word for _, word in words] == [score.word for score in kept]
    assert [float(value) for value, _ in words] == pytest.approx(
        [score.log_prob for score in kept], abs=5e-4
    )


def test_the_script_prints_what_the_page_shows(loaded: LoadedModel) -> None:
    start = TEXT.index("cat")
    query = FillMaskQuery(
        TEXT, hidden_spans=((start, start + 3),), top_k=5, words=("foxcatmat", "is")
    )
    result = predict(loaded, query)
    assert len(result.masks) >= 2
    printed = run_here(script_of(loaded, result))
    compare(printed, result)


@pytest.mark.slow
def test_the_script_runs_where_loupe_is_not(tmp_path: Path) -> None:
    loaded = load_tiny("bert", tmp_path / "tiny")
    result = predict(loaded, FillMaskQuery(TEXT, top_k=5))
    compare(run_alone(script_of(loaded, result), tmp_path), result)


@pytest.mark.slow
def test_the_script_of_an_adapter_loads_its_base_and_the_adapter(tmp_path: Path) -> None:
    loaded, base = load_tiny_adapter("AutoModelForMaskedLM", tmp_path)
    result = predict(loaded, FillMaskQuery(TEXT, top_k=5))
    script = fill_mask_script(result, Origin(loaded.key.ref, loaded.key.ref.id, str(base)), 5)
    assert "PeftModel.from_pretrained" in script
    compare(run_alone(script, tmp_path), result)


def test_a_hub_checkpoint_is_named_with_its_commit(tmp_path: Path) -> None:
    loaded = load_tiny("bert", tmp_path / "tiny")
    result = predict(loaded, FillMaskQuery(TEXT))
    commit = "a" * 40
    ref = CheckpointRef(Kind.HUB, "owner/name")
    at_commit = replace(result, trace=replace(result.trace, revision=commit))
    script = fill_mask_script(at_commit, Origin(ref, None), 5)
    assert "checkpoint = 'owner/name'" in script
    assert script.count(f"revision={commit!r}") == 2
    # Without it a pickle would be opened, or a remote service asked to convert it.
    assert "use_safetensors=True" in script
    converted = fill_mask_script(at_commit, Origin(ref, "/a/folder"), 5)
    assert "checkpoint = '/a/folder'" in converted
    assert "revision" not in converted
