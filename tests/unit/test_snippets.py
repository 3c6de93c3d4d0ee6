"""The script that a page shows prints the numbers that it shows."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.engine.loaded import LoadedModel
from loupe.snippets import fill_mask_script
from loupe.tasks.fill_mask import FillMaskQuery, FillMaskResult, predict
from tests.loaded import load_tiny

TEXT = 'The "capital" of France is [MASK],\nand the cat \\ sleeps.'


@pytest.fixture(scope="module", params=["bert", "roberta", "xlm-roberta"])
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load_tiny(request.param, tmp_path_factory.mktemp("tiny") / request.param)


def script_of(loaded: LoadedModel, result: FillMaskResult, top_k: int = 5) -> str:
    return fill_mask_script(result, loaded.key.ref, loaded.key.ref.id, top_k)


def run_here(script: str) -> str:
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(script, "script", "exec"), {"__name__": "__main__"})
    return output.getvalue()


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


def test_the_script_runs_by_itself_in_another_process(tmp_path: Path) -> None:
    loaded = load_tiny("bert", tmp_path / "tiny")
    result = predict(loaded, FillMaskQuery(TEXT, top_k=5))
    file = tmp_path / "script.py"
    file.write_text(script_of(loaded, result), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(file)], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    compare(done.stdout, result)


def test_a_hub_checkpoint_is_named_with_its_commit(tmp_path: Path) -> None:
    loaded = load_tiny("bert", tmp_path / "tiny")
    result = predict(loaded, FillMaskQuery(TEXT))
    from dataclasses import replace

    commit = "a" * 40
    at_commit = replace(result, trace=replace(result.trace, revision=commit))
    script = fill_mask_script(at_commit, CheckpointRef(Kind.HUB, "owner/name"), None, 5)
    assert "checkpoint = 'owner/name'" in script
    assert script.count(f"revision={commit!r}") == 2
    # Without it a pickle would be opened, or a remote service asked to convert it.
    assert "use_safetensors=True" in script
    converted = fill_mask_script(at_commit, CheckpointRef(Kind.HUB, "owner/name"), "/a/folder", 5)
    assert "checkpoint = '/a/folder'" in converted
    assert "revision" not in converted
