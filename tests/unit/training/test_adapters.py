from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from loupe.checkpoints.adapters import BASE_NAME, read_base
from loupe.checkpoints.ref import CheckpointRef
from loupe.checkpoints.resolve import resolve
from loupe.checkpoints.weights import estimate_bytes
from loupe.engine import ModelKey, Pool
from loupe.errors import (
    CheckpointError,
    CheckpointNotFound,
    DamagedCheckpoint,
    UnsupportedCheckpoint,
    WrongHead,
)
from loupe.training.adapters import save_adapter
from loupe.training.errors import UnfitModel
from loupe.training.job import Outcome, run
from loupe.training.model_building import build
from loupe.training.run_folder import RunFolder
from loupe.training.spec import LoraSpec
from tests.tiny_models import SENTENCES
from tests.unit.training import child
from tests.unit.training.child import load_adapter
from tests.unit.training.fake_tasks import LABELS, FakeClassification, labelled_rows

TEXTS = list(SENTENCES[:3])


@pytest.fixture
def spec(make_spec):
    """A classifier on a masked language model, which has neither classifier nor pooler."""
    return make_spec("bert", "text-classification", model={"lora": LoraSpec(r=4)})


def logits_of(model: Any, tokenizer: Any) -> Any:
    with torch.no_grad():
        return model.eval()(**tokenizer(TEXTS, return_tensors="pt", padding=True)).logits


@pytest.mark.slow
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
    # It comes back merged into its base, so that sums are rounded in another order.
    assert torch.tensor(logits) == pytest.approx(logits_of(built.model, built.tokenizer), abs=1e-5)
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


@pytest.mark.parametrize("lost", ["classifier.weight", "pooler.dense.bias", "lora_A", "lora_B"])
def test_without_some_of_its_weights_it_is_refused_and_not_filled_with_chance(
    lost, spec, places, tmp_path
):
    built = build(spec, "AutoModelForSequenceClassification", LABELS, lambda: (), places)
    assert built.base is not None
    save_adapter(built.model, tmp_path, built.base)
    built.tokenizer.save_pretrained(tmp_path)
    file = tmp_path / "adapter_model.safetensors"
    kept = {name: tensor for name, tensor in load_file(file).items() if lost not in name}
    assert len(kept) < len(load_file(file))
    save_file(kept, file)
    # peft itself misses whole modules, and says nothing of changes to single layers.
    with pytest.raises(DamagedCheckpoint, match="lacks weights" if "lora" in lost else "damaged"):
        load_adapter(tmp_path, places)


def test_modules_that_it_does_not_name_are_missed_too(spec, places, tmp_path):
    built = build(spec, "AutoModelForSequenceClassification", LABELS, lambda: (), places)
    assert built.base is not None
    save_adapter(built.model, tmp_path, built.base)
    built.tokenizer.save_pretrained(tmp_path)
    path = tmp_path / "adapter_config.json"
    config = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**config, "modules_to_save": ["classifier"]}))
    file = tmp_path / "adapter_model.safetensors"
    save_file({k: v for k, v in load_file(file).items() if "pooler" not in k}, file)
    with pytest.raises(DamagedCheckpoint, match="lacks weights"):
        load_adapter(tmp_path, places)


@pytest.fixture
def adapter(spec, places):
    """The folder of a whole adapter, in a folder that `places` may read."""
    built = build(spec, "AutoModelForSequenceClassification", LABELS, lambda: (), places)
    assert built.base is not None
    folder = places.roots[0] / "adapter"
    save_adapter(built.model, folder, built.base)
    built.tokenizer.save_pretrained(folder)
    return folder


def test_the_loaded_model_is_a_plain_one_of_transformers(adapter, places):
    model, _ = load_adapter(adapter, places)
    assert type(model).__name__ == "BertForSequenceClassification"
    assert not any("lora" in name for name, _ in model.named_parameters())


def test_another_task_than_it_was_trained_for_is_refused(adapter, places):
    with pytest.raises(WrongHead, match="BertForSequenceClassification"):
        load_adapter(adapter, places, "AutoModelForMaskedLM")


def test_an_adapter_that_something_else_made_says_what_to_do(adapter, places):
    (adapter / BASE_NAME).unlink()
    with pytest.raises(UnsupportedCheckpoint, match="does not say which") as caught:
        resolve(CheckpointRef.parse(f"folder:{adapter}"), places)
    assert "Merge it" in caught.value.remedy


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        ("adapter_config.json", {"target_modules": ["query"]}, "no place in it"),
        ("config.json", {"num_hidden_layers": 1}, "cut short"),
    ],
)
def test_weights_that_would_be_left_out_are_an_error(file, change, said, adapter, places):
    path = adapter / file
    before = json.loads(path.read_text())
    assert any(before[key] != value for key, value in change.items())
    path.write_text(json.dumps({**before, **change}))
    with pytest.raises(DamagedCheckpoint, match=said):
        load_adapter(adapter, places)


@pytest.mark.parametrize("content", ["[" * 100_000, "[", "[]", "{}", '{"ref": "a", "digest": "b"}'])
def test_a_damaged_record_of_the_base_is_said(content, adapter):
    (adapter / BASE_NAME).write_text(content)
    with pytest.raises(DamagedCheckpoint, match=BASE_NAME.replace(".", r"\.")):
        read_base(adapter)


def test_without_its_base_it_names_the_base(adapter, places):
    record = json.loads((adapter / BASE_NAME).read_text())
    gone = str(adapter.parent / "gone")
    (adapter / BASE_NAME).write_text(json.dumps({**record, "ref": f"folder:{gone}"}))
    with pytest.raises(CheckpointNotFound, match=gone):
        resolve(CheckpointRef.parse(f"folder:{adapter}"), places)


def test_an_adapter_of_an_adapter_is_refused(adapter, places):
    record = json.loads((adapter / BASE_NAME).read_text())
    (adapter / BASE_NAME).write_text(json.dumps({**record, "ref": f"folder:{adapter}"}))
    with pytest.raises(UnsupportedCheckpoint, match="not a whole checkpoint"):
        resolve(CheckpointRef.parse(f"folder:{adapter}"), places)


def test_training_does_not_start_from_an_adapter(adapter, spec, places):
    model = spec.model.model_copy(update={"checkpoint": f"folder:{adapter}"})
    with pytest.raises(UnsupportedCheckpoint, match="whole checkpoints"):
        build(
            spec.model_copy(update={"model": model}),
            "AutoModelForSequenceClassification",
            LABELS,
            lambda: (),
            places,
        )


def test_a_pickled_adapter_is_never_opened(adapter, places):
    file = adapter / "adapter_model.safetensors"
    torch.save(load_file(file), adapter / "adapter_model.bin")
    file.unlink()
    with pytest.raises(DamagedCheckpoint, match="safetensors"):
        load_adapter(adapter, places)


@pytest.mark.parametrize("change", [{"peft_type": "IA3"}, {"peft_type": None}, {"r": 3}])
def test_other_kinds_and_sizes_are_refused(change, adapter, places):
    path = adapter / "adapter_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(CheckpointError):
        load_adapter(adapter, places)


def test_the_pool_loads_an_adapter_and_counts_its_base(adapter, places):
    pool = Pool(places)
    try:
        ref = CheckpointRef.parse(f"folder:{adapter}")
        key = ModelKey(ref, "AutoModelForSequenceClassification")
        labels = pool.submit(key, lambda loaded, _: loaded.model.config.id2label).result(60)
        assert labels == dict(enumerate(LABELS))
        (row,) = pool.loaded()
        base = CheckpointRef.parse(read_base(adapter).ref)
        assert row.bytes > estimate_bytes(Path(base.id), torch.float32) / 2

        def say(loaded, _ticket):
            return loaded

        before = pool.submit(key, say).result(60)
        assert pool.submit(key, say).result(60) is before
        os.utime(Path(base.id) / "config.json")  # its base's files count as its own
        assert pool.submit(key, say).result(60) is not before
    finally:
        assert pool.close()


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
    merged = built.model.merge_and_unload()
    for (name, one), (_, other) in zip(
        merged.named_parameters(), model.named_parameters(), strict=True
    ):
        assert torch.equal(one, other), name
