from __future__ import annotations

import pytest

from loupe.errors import InvalidInput
from loupe.training.spec import RunSpec

# As version 1 wrote it. It must open for ever.
VERSION_1 = """
schema_version: 1
name: first
task: text-classification
model:
  checkpoint: starter:fill-mask-en
  scratch: null
  tokenizer: null
  lora: {r: 8, lora_alpha: 16, lora_dropout: 0.0, target_modules: null}
  freeze_layers: 0
  reinit_layers: 0
  dropout: null
data:
  train:
  - path: sample:reviews
    format: auto
    columns: {text: sentence, label: 1}
    header: true
  validation: []
  holdout: 0.1
  max_train_rows: null
  max_validation_rows: 2000
args:
  num_train_epochs: 3.0
  max_steps: -1
  per_device_train_batch_size: 16
  per_device_eval_batch_size: 32
  gradient_accumulation_steps: 1
  learning_rate: 5.0e-05
  weight_decay: 0.01
  adam_beta1: 0.9
  adam_beta2: 0.999
  max_grad_norm: 1.0
  lr_scheduler_type: linear
  warmup_steps: 0.06
  label_smoothing_factor: 0.0
  bf16: auto
  seed: 0
  logging_steps: auto
  eval_steps: auto
  save_steps: auto
  save_total_limit: 2
  metric_for_best_model: auto
  report_to: []
max_length: 128
max_target_length: 128
mlm_probability: 0.15
mask_replace_prob: 0.8
random_replace_prob: 0.1
packing: auto
group_by_length: true
prefix: ''
multi_label: false
class_weights: balanced
early_stopping_patience: 3
sample_inputs: [good film, '茶']
"""


def test_version_1_opens():
    spec = RunSpec.from_yaml(VERSION_1)
    assert spec.model.lora is not None
    assert spec.sample_inputs == ("good film", "茶")
    assert RunSpec.from_yaml(spec.to_yaml()) == spec


def test_another_version_is_refused_by_its_number():
    with pytest.raises(InvalidInput, match="version 2"):
        RunSpec.from_yaml(VERSION_1.replace("schema_version: 1", "schema_version: 2"))


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("max_length:", "max_lenght:", "max_lenght"),
        ("learning_rate:", "learn_rate:", "args.learn_rate"),
        ("learning_rate: 5.0e-05", "learning_rate: -1", "args.learning_rate"),
        ("header: true", "headers: true", "data.train.0.headers"),
        ("task: text-classification", "task: guess", "task"),
        ("starter:fill-mask-en", "a b c", "model"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(old, new, field):
    with pytest.raises(InvalidInput) as caught:
        RunSpec.from_yaml(VERSION_1.replace(old, new, 1))
    assert str(caught.value).startswith(field)


@pytest.mark.parametrize("text", ["", "[", "a: [", "- 1", "null", "7", "\x00"])
def test_what_is_no_run_is_refused(text):
    with pytest.raises(InvalidInput):
        RunSpec.from_yaml(text)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="cannot be read"):
        RunSpec.read(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"class_weights": "balanced", "task": "fill-mask"}, "class_weights"),
        ({"multi_label": True, "task": "fill-mask", "class_weights": None}, "multi_label"),
        ({"mask_replace_prob": 0.95, "random_replace_prob": 0.2}, "more than 1 together"),
        ({"model": {"checkpoint": None}}, "either a checkpoint or scratch"),
        ({"model": {"scratch": {"family": "gpt2"}, "tokenizer": {}}}, "does not do"),
        ({"model": {"scratch": {"family": "bert"}}}, "needs a tokenizer"),
        ({"model": {"checkpoint": "a/b", "tokenizer": {}}}, "brings its own"),
        ({"model": {"checkpoint": "a/b", "lora": {}, "freeze_layers": 1}}, "lora leaves"),
        (
            {"model": {"scratch": {"family": "bert", "hidden_size": 10}, "tokenizer": {}}},
            "not a multiple",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(change, said):
    data = RunSpec.from_yaml(VERSION_1).model_dump(mode="json")
    with pytest.raises(InvalidInput, match=said):
        RunSpec.from_dict({**data, **change})
