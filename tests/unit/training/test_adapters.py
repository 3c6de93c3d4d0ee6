from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import Any

import pytest
import torch

from loupe.errors import DamagedCheckpoint
from loupe.training.adapters import BASE_NAME, load_adapter, read_base, save_adapter
from loupe.training.errors import UnfitModel
from loupe.training.job import Outcome, run
from loupe.training.model_building import build
from loupe.training.run_folder import RunFolder
from loupe.training.spec import LoraSpec
from tests.tiny_models import SENTENCES
from tests.unit.training import child
from tests.unit.training.fake_tasks import LABELS, FakeClassification, labelled_rows

TEXTS = list(SENTENCES[:3])


@pytest.fixture
def spec(make_spec):
    """A classifier on a masked language model, which has neither classifier nor pooler."""
    return make_spec("bert", "text-classification", model={"lora": LoraSpec(r=4)})


def logits_of(model: Any, tokenizer: Any) -> Any:
    with torch.no_grad():
        return model.eval()(**tokenizer(TEXTS, return_tensors="pt", padding=True)).logits


def test_an_adapter_reloads_elsewhere_as_it_was_in_memory(spec, places, tmp_path):
    built = build(spec, "AutoModelForSequenceClassification", LABELS, lambda: (), places)
    assert built.new_modules == ("bert.pooler", "classifier")
    assert built.base is not None
    with torch.no_grad():  # as if trained
        for parameter in built.model.parameters():
            if parameter.requires_grad:
                parameter.add_(torch.randn_like(parameter) * 0.3)
    folder = tmp_path / "adapter"
    save_adapter(built.model, folder, built.base)
    built.tokenizer.save_pretrained(folder)
    moved = shutil.move(folder, tmp_path / "moved")
    receiver, sender = child.FORKS.Pipe(duplex=False)
    process = child.FORKS.Process(
        target=child.adapter_logits, args=(tmp_path / "moved", places, TEXTS, sender)
    )
    process.start()
    sender.close()
    logits, labels = receiver.recv()
    process.join(60)
    assert moved
    assert torch.tensor(logits) == pytest.approx(logits_of(built.model, built.tokenizer), abs=1e-6)
    assert labels == dict(enumerate(LABELS))


def test_what_is_saved_names_no_path_and_no_whole_model(spec, places, tmp_path):
    built = build(spec, "AutoModelForSequenceClassification", LABELS, lambda: (), places)
    assert built.base is not None
    save_adapter(built.model, tmp_path, built.base)
    assert not (tmp_path / "model.safetensors").exists()
    assert json.loads((tmp_path / BASE_NAME).read_text("utf-8"))["ref"] == spec.model.checkpoint
    config = json.loads((tmp_path / "config.json").read_text("utf-8"))
    assert config["id2label"] == {"0": "no", "1": "yes"}
    peft = json.loads((tmp_path / "adapter_config.json").read_text("utf-8"))
    assert peft["base_model_name_or_path"] == spec.model.checkpoint
    assert {"classifier", "bert.pooler"} <= set(peft["modules_to_save"])


def test_a_run_with_lora_stops_resumes_and_reloads(spec, write_run, places):
    folder = RunFolder(write_run(spec))
    task = FakeClassification()
    assert run(folder.path, places, trainable=task, load_rows=labelled_rows) is Outcome.FINISHED
    folder.finished.unlink()
    for step in folder.steps()[1:]:
        shutil.rmtree(folder.checkpoints / str(step))
    assert run(folder.path, places, trainable=task, load_rows=labelled_rows) is Outcome.FINISHED
    finished = folder.read_finished()
    assert finished is not None
    checkpoint = folder.checkpoints / str(finished["best_step"])
    assert (checkpoint / "config.json").is_file(), "so that the run's name finds it"
    model, tokenizer = load_adapter(checkpoint, places)
    assert model.config.id2label == dict(enumerate(LABELS))
    assert torch.isfinite(logits_of(model, tokenizer)).all()
    assert not any(parameter.requires_grad for parameter in model.parameters())


def test_only_the_adapter_and_new_modules_are_trained(spec, places):
    built = build(spec, "AutoModelForSequenceClassification", LABELS, lambda: (), places)
    trained = [name for name, p in built.model.named_parameters() if p.requires_grad]
    assert all("lora_" in name or "modules_to_save" in name for name in trained)
    assert any("pooler" in name for name in trained)
    assert not any("pooler" in name and "lora_" in name for name in trained)


def test_another_base_is_refused(spec, places, tmp_path):
    built = build(spec, "AutoModelForSequenceClassification", LABELS, lambda: (), places)
    assert built.base is not None
    save_adapter(built.model, tmp_path, replace(built.base, digest="other"))
    built.tokenizer.save_pretrained(tmp_path)
    with pytest.raises(DamagedCheckpoint, match="other weights"):
        load_adapter(tmp_path, places)


def test_without_its_new_modules_it_is_refused_and_not_filled_with_chance(spec, places, tmp_path):
    built = build(spec, "AutoModelForSequenceClassification", LABELS, lambda: (), places)
    assert built.base is not None
    save_adapter(built.model, tmp_path, built.base)
    built.tokenizer.save_pretrained(tmp_path)
    path = tmp_path / "adapter_config.json"
    config = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**config, "modules_to_save": ["classifier"]}))
    with pytest.raises(DamagedCheckpoint, match="lacks weights"):
        load_adapter(tmp_path, places)


def test_a_folder_that_does_not_say_its_base_is_refused(tmp_path):
    with pytest.raises(DamagedCheckpoint, match=BASE_NAME.replace(".", r"\.")):
        read_base(tmp_path)


def test_a_layer_that_is_not_there_is_named(make_spec, places):
    lora = LoraSpec(target_modules=("nowhere",))
    spec = make_spec("bert", "text-classification", model={"lora": lora})
    with pytest.raises(UnfitModel, match="query"):
        build(spec, "AutoModelForSequenceClassification", LABELS, lambda: (), places)


@pytest.mark.parametrize(
    ("kind", "auto_class", "task"),
    [
        ("bert", "AutoModelForMaskedLM", "fill-mask"),
        ("gpt2", "AutoModelForCausalLM", "text-generation"),
        ("llama", "AutoModelForCausalLM", "text-generation"),
        ("t5", "AutoModelForSeq2SeqLM", "translation"),
        ("bert", "AutoModelForTokenClassification", "token-classification"),
    ],
)
def test_every_head_takes_an_adapter(kind, auto_class, task, make_spec, places, tmp_path):
    spec = make_spec(kind, task, model={"lora": LoraSpec(r=2)}).model_copy(
        update={"max_target_length": 32}
    )
    built = build(spec, auto_class, LABELS, lambda: (), places)
    assert built.base is not None
    save_adapter(built.model, tmp_path, built.base)
    built.tokenizer.save_pretrained(tmp_path)
    model, _ = load_adapter(tmp_path, places)
    for (name, one), (_, other) in zip(
        built.model.named_parameters(), model.named_parameters(), strict=True
    ):
        # peft keeps the module that a saved one replaces, and never uses it.
        assert torch.equal(one, other) or ".original_module." in name
