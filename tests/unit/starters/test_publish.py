"""From a finished run to a starter's folder: what comes along, what stays, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from loupe.checkpoints.adapters import BASE_NAME
from loupe.checkpoints.places import Places
from loupe.checkpoints.weights import read_header
from loupe.data.spec import DataSpec, Source
from loupe.errors import InvalidInput
from loupe.training.adapters import save_adapter
from loupe.training.model_building import build
from loupe.training.run_folder import RunFolder
from loupe.training.spec import LoraSpec, ModelSpec, RunSpec
from starters.publish import load_checkpoint, publish
from tests.tiny_models import AUTO_CLASS_OF, make_tiny

TASKS = {"llama": "text-generation", "t5": "translation"}
STATE = ("optimizer.pt", "scheduler.pt", "rng_state.pth", "trainer_state.json", "training_args.bin")
CARD = "# tiny\n\nHow it was trained.\n"
LABELS = ("negative", "positive")
FLOAT16_RELATIVE = 2**-11


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(
        roots=(tmp_path,), starters=tmp_path / "starters", state=tmp_path, hub_cache=tmp_path
    )


def make_run(path: Path, task: str, save: Callable[[Path], Any], **model: Any) -> Path:
    """The folder of a run that has finished, with one checkpoint that `save` wrote."""
    spec = RunSpec(
        name="tiny",
        task=task,  # type: ignore[arg-type]
        model=ModelSpec(checkpoint="starter:base", **model),
        data=DataSpec(train=(Source(path="texts.txt"),)),
    )
    folder = RunFolder(path)
    folder.partial.mkdir(parents=True)
    save(folder.partial)
    for name in STATE:
        (folder.partial / name).write_text("{}")
    folder.commit(folder.partial, 10)
    folder.spec.write_text(spec.to_yaml(), "utf-8")
    folder.card.write_text(CARD, "utf-8")
    folder.write_finished({"best_step": 10})
    return path


@pytest.mark.parametrize("kind", ["llama", "t5"])
def test_a_model_is_published_as_float16_and_loads_as_it_was(kind, places, tmp_path):
    run = make_run(tmp_path / "run", TASKS[kind], lambda folder: make_tiny(kind, folder))
    out = tmp_path / "out"
    size = publish(run, out, places, notes="## What it cannot do\n\nMuch.")
    assert size == sum(path.stat().st_size for path in out.iterdir())
    names = {path.name for path in out.iterdir()}
    assert {"model.safetensors", "config.json", "tokenizer.json", "run.yaml"} <= names
    assert not names & {*STATE, "complete.json"}
    assert {t.dtype for t in read_header(out / "model.safetensors", "out")} == {"F16"}
    before = load_checkpoint(RunFolder(run).checkpoints / "10", places).state_dict()
    after = load_checkpoint(out, places).state_dict()
    assert after.keys() == before.keys()
    for name, tensor in before.items():
        assert after[name].dtype == torch.float32
        # Below 2^-14 float16 has steps of a fixed size.
        assert torch.allclose(after[name], tensor, rtol=FLOAT16_RELATIVE, atol=2**-25), name
    assert (out / "README.md").read_text("utf-8") == f"{CARD}\n## What it cannot do\n\nMuch.\n"
    assert (out / "run.yaml").read_text("utf-8") == (run / "run.yaml").read_text("utf-8")


def test_a_plain_from_pretrained_gives_float32(places, tmp_path):
    run = make_run(tmp_path / "run", "text-generation", lambda folder: make_tiny("llama", folder))
    publish(run, tmp_path / "out", places)
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "out")
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    assert AutoTokenizer.from_pretrained(tmp_path / "out")("next")["input_ids"]


def test_an_adapter_is_published_with_its_base_and_its_labels(places, tmp_path):
    make_tiny("bert", places.starters / "base")
    auto_class = "AutoModelForSequenceClassification"

    def save(folder: Path) -> None:
        spec = RunSpec(
            name="tiny",
            task="text-classification",
            model=ModelSpec(checkpoint="starter:base", lora=LoraSpec(r=4)),
            data=DataSpec(train=(Source(path="texts.txt"),)),
            max_length=32,
        )
        built = build(spec, auto_class, LABELS, lambda: (), places)
        with torch.no_grad():  # as if trained
            for parameter in built.model.parameters():
                if parameter.requires_grad:
                    parameter.add_(torch.full_like(parameter, 1 / 3))
        assert built.base is not None
        save_adapter(built.model, folder, built.base)
        built.tokenizer.save_pretrained(folder)

    run = make_run(tmp_path / "run", "text-classification", save, lora=LoraSpec(r=4))
    out = tmp_path / "out"
    publish(run, out, places)
    checkpoint = RunFolder(run).checkpoints / "10"
    names = {path.name for path in out.iterdir()}
    assert {BASE_NAME, "adapter_config.json", "adapter_model.safetensors"} <= names
    assert not names & {*STATE, "complete.json", "model.safetensors"}
    halved = load_file(out / "adapter_model.safetensors")
    for name, tensor in load_file(checkpoint / "adapter_model.safetensors").items():
        assert torch.equal(halved[name], tensor.half()), name
    model = load_checkpoint(out, places)
    assert tuple(model.config.id2label.values()) == LABELS
    ids = torch.tensor([[2, 7, 9, 3]])
    with torch.no_grad():
        expected = load_checkpoint(checkpoint, places)(input_ids=ids).logits
        assert torch.allclose(model(input_ids=ids).logits, expected, atol=1e-2)


def test_a_run_that_goes_on_is_not_published(places, tmp_path):
    run = make_run(tmp_path / "run", "text-generation", lambda folder: make_tiny("llama", folder))
    RunFolder(run).finished.unlink()
    with pytest.raises(InvalidInput, match="not finished"):
        publish(run, tmp_path / "out", places)
    assert not (tmp_path / "out").exists()


def test_a_folder_with_something_else_in_it_is_left_alone(places, tmp_path):
    run = make_run(tmp_path / "run", "text-generation", lambda folder: make_tiny("llama", folder))
    out = tmp_path / "out"
    out.mkdir()
    (out / "letters.txt").write_text("dear")
    with pytest.raises(InvalidInput, match="something else"):
        publish(run, out, places)
    assert [path.name for path in out.iterdir()] == ["letters.txt"]


def test_a_weight_that_float16_cannot_hold_is_refused_and_the_old_folder_stays(places, tmp_path):
    kind = AUTO_CLASS_OF["llama"]
    run = make_run(
        tmp_path / "run", "text-generation", lambda f: make_tiny("llama", f, auto_class=kind)
    )
    out = tmp_path / "out"
    publish(run, out, places)
    kept = (out / "model.safetensors").read_bytes()

    def save(folder: Path) -> None:
        make_tiny("llama", folder)
        tensors = load_file(folder / "model.safetensors")
        tensors["model.norm.weight"] = torch.full_like(tensors["model.norm.weight"], 1e6)
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})

    with pytest.raises(InvalidInput, match=r"model\.norm\.weight"):
        publish(make_run(tmp_path / "large", "text-generation", save), out, places)
    assert (out / "model.safetensors").read_bytes() == kept
    assert {path.name for path in tmp_path.glob(".out*")} == set()
