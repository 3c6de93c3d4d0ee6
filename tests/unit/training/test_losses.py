"""Loss and parameters after one step: 4 batches of 2 must equal 1 batch of 8."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from transformers import Trainer, TrainingArguments

from loupe.checkpoints.adapters import Base
from loupe.errors import InvalidInput
from loupe.training.adapters import add_lora
from loupe.training.losses import IGNORED, LossKind, SummedLoss, loss_kind, make_class_weights
from loupe.training.spec import LoraSpec

VOCABULARY, LABELS = 60, 3
ROWS, WIDTH = 8, 10
TOLERANCE = 1e-5
SIZES = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 48,
    "max_position_embeddings": 32,
    "pad_token_id": 0,
}
BERT = {**SIZES, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "num_labels": 3}
SEQ2SEQ = {
    "vocab_size": VOCABULARY,
    "d_model": 32,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 48,
    "decoder_ffn_dim": 48,
    "max_position_embeddings": 32,
    "pad_token_id": 0,
    "eos_token_id": 1,
    "decoder_start_token_id": 0,
    "forced_eos_token_id": 1,
    "dropout": 0.0,
    "attention_dropout": 0.0,
}


def bert(head: str, **more: Any) -> Any:
    return getattr(transformers, head)(transformers.BertConfig(**BERT, **more))


def gpt2() -> Any:
    config = transformers.GPT2Config(
        vocab_size=VOCABULARY,
        n_embd=32,
        n_layer=2,
        n_head=2,
        n_positions=32,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        resid_pdrop=0.0,
        bos_token_id=1,
        eos_token_id=1,
    )
    return transformers.GPT2LMHeadModel(config)


def llama() -> Any:
    return transformers.LlamaForCausalLM(transformers.LlamaConfig(**SIZES))


def t5() -> Any:
    config = transformers.T5Config(
        vocab_size=VOCABULARY,
        d_model=32,
        d_kv=16,
        d_ff=48,
        num_layers=1,
        num_heads=2,
        dropout_rate=0.0,
        decoder_start_token_id=0,
    )
    return transformers.T5ForConditionalGeneration(config)


def lora(head: str, auto_class: str, *new: str) -> Any:
    return add_lora(bert(head), LoraSpec(r=4), auto_class, new, Base("folder:/x", "", auto_class))


HEADS: dict[str, tuple[Callable[[], Any], str, bool]] = {
    "masked": (lambda: bert("BertForMaskedLM"), "AutoModelForMaskedLM", False),
    "gpt2": (gpt2, "AutoModelForCausalLM", False),
    "llama": (llama, "AutoModelForCausalLM", False),
    "t5": (t5, "AutoModelForSeq2SeqLM", False),
    "marian": (
        lambda: transformers.MarianMTModel(transformers.MarianConfig(**SEQ2SEQ)),
        "AutoModelForSeq2SeqLM",
        False,
    ),
    "bart": (
        lambda: transformers.BartForConditionalGeneration(transformers.BartConfig(**SEQ2SEQ)),
        "AutoModelForSeq2SeqLM",
        False,
    ),
    "single label": (
        lambda: bert("BertForSequenceClassification", problem_type="single_label_classification"),
        "AutoModelForSequenceClassification",
        False,
    ),
    "multi label": (
        lambda: bert("BertForSequenceClassification", problem_type="multi_label_classification"),
        "AutoModelForSequenceClassification",
        True,
    ),
    "tagging": (
        lambda: bert("BertForTokenClassification"),
        "AutoModelForTokenClassification",
        False,
    ),
    "lora single label": (
        lambda: lora(
            "BertForSequenceClassification", "AutoModelForSequenceClassification", "classifier"
        ),
        "AutoModelForSequenceClassification",
        False,
    ),
    "lora tagging": (
        lambda: lora("BertForTokenClassification", "AutoModelForTokenClassification", "classifier"),
        "AutoModelForTokenClassification",
        False,
    ),
}
# What the library gets right by itself: these heads take num_items_in_batch.
RIGHT_ALREADY = {"gpt2", "llama"}


def make(head: str) -> Any:
    torch.manual_seed(0)
    return HEADS[head][0]()


def rows_for(head: str) -> list[dict[str, Any]]:
    """Rows of unequal length whose counts of labels are unequal too; what is masked is fixed."""
    random = torch.Generator().manual_seed(1)
    auto_class, multi = HEADS[head][1], HEADS[head][2]
    rows = []
    for i in range(ROWS):
        length = 3 + i % 7
        ids = torch.randint(2, VOCABULARY, (length,), generator=random)
        padding = WIDTH - length
        row = {
            "input_ids": torch.cat([ids, torch.zeros(padding, dtype=torch.long)]),
            "attention_mask": torch.tensor([1] * length + [0] * padding),
        }
        if auto_class == "AutoModelForSequenceClassification":
            drawn = torch.randint(2, (LABELS,), generator=random)
            row["labels"] = drawn.float() if multi else torch.tensor(i % LABELS)
        else:
            top = LABELS if auto_class == "AutoModelForTokenClassification" else VOCABULARY
            labels = torch.randint(0, top, (WIDTH,), generator=random)
            labels[length:] = IGNORED
            if auto_class == "AutoModelForMaskedLM":
                labels[1 + i % 3 :] = IGNORED
            row["labels"] = labels
            if auto_class == "AutoModelForSeq2SeqLM":
                shifted = torch.cat([torch.zeros(1, dtype=torch.long), labels[:-1]])
                row["decoder_input_ids"] = shifted.clamp(min=0)
        rows.append(row)
    return rows


def collate(rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
    return {name: torch.stack([row[name] for row in rows]) for name in rows[0]}


def one_step(
    head: str, folder: Path, batch: int, accumulation: int, loss: SummedLoss | None
) -> tuple[float, dict[str, torch.Tensor]]:
    """(logged loss, trained parameters) after one step over all rows."""
    model = make(head)
    arguments = TrainingArguments(
        output_dir=str(folder),
        max_steps=1,
        per_device_train_batch_size=batch,
        gradient_accumulation_steps=accumulation,
        # Plain SGD: Adam would hide a gradient of another size.
        optim="sgd",
        learning_rate=0.1,
        max_grad_norm=0.0,
        train_sampling_strategy="sequential",
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        use_cpu=True,
        dataloader_pin_memory=False,
        remove_unused_columns=False,
    )
    trainer = Trainer(
        model,
        arguments,
        train_dataset=rows_for(head),
        data_collator=collate,
        compute_loss_func=loss,
    )
    trainer.train()
    trained = {n: p.detach().clone() for n, p in model.named_parameters() if p.requires_grad}
    return trainer.state.log_history[0]["loss"], trained


def furthest(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> float:
    assert one.keys() == other.keys()
    return max(float((one[name] - other[name]).abs().max()) for name in one)


@pytest.mark.parametrize(
    ("head", "smoothing"),
    [*((head, 0.0) for head in HEADS), ("masked", 0.1), ("gpt2", 0.1), ("multi label", 0.1)],
)
def test_four_batches_of_two_train_as_one_of_eight(head, smoothing, tmp_path):
    _, auto_class, multi = HEADS[head]
    loss = SummedLoss(loss_kind(auto_class, multi_label=multi), smoothing)
    whole, parameters = one_step(head, tmp_path, 8, 1, loss)
    split, split_parameters = one_step(head, tmp_path, 2, 4, loss)
    assert split == pytest.approx(whole, abs=TOLERANCE)
    assert furthest(parameters, split_parameters) < TOLERANCE
    start = dict(make(head).named_parameters())
    assert furthest(parameters, {n: start[n].detach() for n in parameters}) > 1e-4, "it learned"


@pytest.mark.parametrize("head", HEADS)
def test_by_itself_the_library_inflates_the_loss(head, tmp_path):
    whole, _ = one_step(head, tmp_path, 8, 1, None)
    split, _ = one_step(head, tmp_path, 2, 4, None)
    if head in RIGHT_ALREADY:
        assert split == pytest.approx(whole, abs=TOLERANCE)
    else:
        assert split > 3 * whole


@pytest.mark.parametrize("head", sorted(set(HEADS) - {"multi label"}))
def test_the_summed_loss_of_one_batch_is_the_heads_own(head):
    _, auto_class, multi = HEADS[head]
    model, batch = make(head).eval(), collate(rows_for(head))
    summed = SummedLoss(loss_kind(auto_class, multi_label=multi))
    with torch.no_grad():
        own = model(**copy.copy(batch)).loss
        labels = batch.pop("labels")
        assert float(summed(model(**batch), labels)) == pytest.approx(float(own), abs=TOLERANCE)


def test_a_batch_without_targets_has_loss_zero():
    logits = {"logits": torch.randn(1, 3, 5)}
    labels = torch.full((1, 3), IGNORED)
    assert float(SummedLoss(LossKind.TOKENS)(logits, labels, num_items_in_batch=0)) == 0


def test_smoothing_by_hand():
    logits, labels = torch.tensor([[2.0, 0.0]]), torch.tensor([0])
    log_p = logits.log_softmax(-1)[0]
    by_hand = -(0.9 * log_p[0] + 0.1 * log_p.mean())
    found = SummedLoss(LossKind.ROWS, 0.1)({"logits": logits}, labels)
    assert float(found) == pytest.approx(float(by_hand))


def test_weights_scale_each_class_and_leave_the_divisor():
    logits, labels = torch.zeros(3, 2), torch.tensor([0, 0, 1])
    weights = torch.tensor([0.5, 2.0])
    found = SummedLoss(LossKind.ROWS, class_weights=weights)({"logits": logits}, labels)
    assert float(found) == pytest.approx(math.log(2) * (0.5 + 0.5 + 2.0) / 3)


class TestClassWeights:
    def make(
        self, wanted: Any, kind: LossKind = LossKind.ROWS, targets: Any = (0, 0, 0, 1)
    ) -> torch.Tensor | None:
        return make_class_weights(wanted, ("a", "b"), kind, lambda: torch.tensor(targets))

    def test_balanced_is_one_on_average_over_the_data(self):
        weights = self.make("balanced")
        assert weights is not None
        assert weights.tolist() == pytest.approx([2 / 3, 2.0])
        assert weights[torch.tensor([0, 0, 0, 1])].mean() == pytest.approx(1.0)

    def test_ignored_positions_do_not_count(self):
        weights = self.make("balanced", LossKind.TOKENS, (0, IGNORED, 1, IGNORED, IGNORED))
        assert weights is not None
        assert weights.tolist() == [1.0, 1.0]

    def test_multi_label_weighs_the_yes_by_the_noes(self):
        weights = self.make("balanced", LossKind.MULTI_LABEL, [[1, 0], [0, 0], [0, 1], [0, 1]])
        assert weights is not None
        assert weights.tolist() == [3.0, 1.0]

    def test_a_label_without_examples_keeps_one(self):
        weights = self.make("balanced", targets=(0, 0))
        assert weights is not None
        assert weights[1] == 1.0

    def test_named_weights_leave_the_others_at_one(self):
        weights = self.make({"b": 3.0})
        assert weights is not None
        assert weights.tolist() == [1.0, 3.0]

    def test_an_unknown_label_is_named(self):
        with pytest.raises(InvalidInput, match="“c”"):
            self.make({"c": 1.0})

    def test_none_is_none(self):
        assert self.make(None) is None
