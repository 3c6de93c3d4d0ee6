"""What a run's process does not import, and what it can import all the same."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from loupe.checkpoints.places import Places
from loupe.data.spec import DataSpec, Source
from loupe.training.imports import unneeded, unseen
from loupe.training.spec import LoraSpec, ModelSpec, RunSpec, ScratchSpec, TokenizerSpec

# In the standard library, and imported by nobody else.
RARE = "turtledemo"


def test_a_hidden_package_is_not_found_and_there_again_afterwards():
    assert importlib.util.find_spec(RARE) is not None
    with unseen((RARE,)):
        assert importlib.util.find_spec(RARE) is None
        with pytest.raises(ImportError):
            importlib.import_module(RARE)
    assert importlib.util.find_spec(RARE) is not None


def test_what_is_imported_already_stays():
    with unseen(("json", RARE)):
        assert sys.modules["json"] is not None
        importlib.import_module("json")


@pytest.fixture
def places(tmp_path) -> Places:
    return Places(roots=(tmp_path,), starters=tmp_path, state=tmp_path, hub_cache=tmp_path)


def run_of(**model) -> RunSpec:
    return RunSpec(
        name="run",
        task="text-classification",
        model=ModelSpec(**model),
        data=DataSpec(train=(Source(path="sample:sentiment-train"),)),
    )


def test_adapters_are_only_left_out_of_runs_without_one(places, tmp_path):
    plain, adapter = tmp_path / "plain", tmp_path / "adapter"
    for folder in (plain, adapter):
        folder.mkdir()
        (folder / "config.json").write_text('{"model_type": "bert"}')
    (adapter / "adapter_config.json").write_text("{}")
    assert "peft" in unneeded(run_of(checkpoint=f"folder:{plain}"), places)
    assert "peft" not in unneeded(run_of(checkpoint=f"folder:{adapter}"), places)
    assert "peft" not in unneeded(run_of(checkpoint=f"folder:{plain}", lora=LoraSpec()), places)
    assert "peft" not in unneeded(run_of(checkpoint=f"folder:{tmp_path / 'none'}"), places)
    scratch = run_of(scratch=ScratchSpec(family="bert"), tokenizer=TokenizerSpec())
    assert "peft" in unneeded(scratch, places)


@pytest.mark.slow
def test_trainer_is_imported_without_them_and_they_can_be_imported_later():
    script = (
        "import sys\n"
        "from loupe.training.imports import unseen\n"
        "with unseen(('scipy', 'peft')):\n"
        "    import loupe.training.session\n"
        "assert 'transformers.trainer' in sys.modules\n"
        "assert 'scipy' not in sys.modules and 'peft' not in sys.modules\n"
        "import peft, scipy.stats\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
