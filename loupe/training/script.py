"""A run as the plain script that trains it with transformers and datasets, without Loupe.

Equal to Loupe's own run, and held to it by a test: which rows are read and held out, the examples,
the weights before the first step, what is hidden in held-out texts, and so the loss at step 0; the
number of steps, the learning rate at each, and what one step does with a batch. Not equal: in which
order examples come and what is hidden in them while training, which are drawn in other ways; later
losses agree as those of two seeds do. The script has no resume by itself, no samples and no card.
"""

from __future__ import annotations

from string import Template

from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.checkpoints.resolve import resolve
from loupe.errors import Phrase
from loupe.training.errors import NoScript
from loupe.training.script_data import HubData, holds_out, literal, text_lines
from loupe.training.spec import Arguments, ModelSpec, RunSpec, ScratchSpec

_HEAD = Template('''\
"""$name: a masked language model, trained with transformers and datasets alone."""

import csv
import random
from hashlib import sha256

import torch
from datasets import Features, Value, concatenate_datasets, load_dataset
from torch.nn.functional import cross_entropy
from transformers import (
    AutoConfig,
    AutoModelForMaskedLM,
    AutoTokenizer,
    BertConfig,
    DataCollatorForLanguageModeling,
    DataCollatorForTokenClassification,
    EarlyStoppingCallback,
    Trainer,
    TrainingArguments,
)

output = $output
seed = $seed
max_length = $max_length
masking = {
    "mlm_probability": $mlm_probability,
    "mask_replace_prob": $mask_replace_prob,
    "random_replace_prob": $random_replace_prob,
}
cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()

# 1. The texts.
''')

# What stands in the head and how its use looks: not every run needs it.
_OPTIONAL_IMPORTS = {
    "import csv\n": "csv.QUOTE_NONE",
    "import random\n": "random.Random(",
    "from hashlib import sha256\n": "sha256(",
    "Features, ": "Features(",
    "Value, ": "Value(",
    "concatenate_datasets, ": "concatenate_datasets(",
    "    AutoConfig,\n": "AutoConfig.",
    "    BertConfig,\n": "BertConfig(",
    "    EarlyStoppingCallback,\n": "EarlyStoppingCallback(",
}

_TOKENS = """
# 2. Windows of at most max_length tokens; together they hold every token of every text.
"""

_WINDOWS = """

def windows(rows):
    encoded = tokenizer(
        rows["text"],
        truncation=True,
        max_length=max_length,
        return_overflowing_tokens=True,
        return_special_tokens_mask=True,
    )
    return {name: encoded[name] for name in ("input_ids", "attention_mask", "special_tokens_mask")}


train = train.map(windows, batched=True, remove_columns=["text"])
"""

_HELD_OUT = '''

def hide_once(example):
    """Hide the same tokens at every evaluation, at least one; else its loss would be noise."""
    digest = sha256(f"{seed} {example['input_ids']}".encode()).digest()
    hide = DataCollatorForLanguageModeling(
        tokenizer, **masking, seed=int.from_bytes(digest[:7], "big")
    )
    hidden = hide([dict(example)])
    shown, labels = hidden["input_ids"][0], hidden["labels"][0]
    if (labels == -100).all():
        places = (torch.tensor(example["special_tokens_mask"]) == 0).nonzero()
        place = places[torch.randint(len(places), (1,), generator=hide.generator)].item()
        labels[place] = example["input_ids"][place]
        shown[place] = tokenizer.mask_token_id
    return {"input_ids": shown.tolist(), "labels": labels.tolist()}


held_out = held_out.map(windows, batched=True, remove_columns=["text"])
held_out = held_out.map(hide_once, remove_columns=["special_tokens_mask"])
'''

_COLLATE = """
hide_anew = DataCollatorForLanguageModeling(tokenizer, **masking, seed=seed)
pad = DataCollatorForTokenClassification(tokenizer)  # pads the labels as well


def collate(examples):
    return pad(examples) if "labels" in examples[0] else hide_anew(examples)

"""

_MODEL = """
# 3. The model: float32 weights, since small updates are lost in weights of 16 bits.
torch.manual_seed($model_seed)
"""

_LOSS = Template("""

# 4. The loss. Most heads return the mean of their own batch; with gradient accumulation Trainer
# would add these up, and loss and gradients would be too large by the number of batches.
def mean_over_the_step(outputs, labels, num_items_in_batch=None):
    loss = cross_entropy(
        outputs["logits"].flatten(0, 1).float(),
        labels.flatten(),
        ignore_index=-100,
        reduction="sum",$smoothing
    )
    count = (labels != -100).sum() if num_items_in_batch is None else num_items_in_batch
    loss = loss / torch.as_tensor(count, device=loss.device).clamp(min=1)
    if not torch.isfinite(loss):
        raise SystemExit("The loss is no finite number: lower the learning rate.")
    return loss

""")

_METRIC = """
# Trainer's own eval_loss is a mean of batches' means; this is the mean over the hidden tokens.
def nats_of_each(logits, labels):
    losses = cross_entropy(
        logits.flatten(0, 1).float(), labels.flatten(), ignore_index=-100, reduction="none"
    )
    return losses.view(labels.shape).sum(1)


def judge(evaluation):
    hidden = (evaluation.label_ids != -100).sum()
    return {"loss_nats": float(evaluation.predictions.sum() / hidden)}

"""

_BF16_AUTO = """
if cuda:
    bf16 = torch.cuda.is_bf16_supported(including_emulation=False)
else:
    bf16 = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    bf16 = bf16 and not mps
"""

_TRAIN = Template("""
# 5. The run.
arguments = TrainingArguments(
    output_dir=output,
$arguments)
# With several GPUs in one process Trainer would split each batch and average the parts' losses.
arguments._n_gpu = min(1, arguments.n_gpu)
trainer = Trainer(
    model=model,
    args=arguments,
    data_collator=collate,
    train_dataset=train,
    processing_class=tokenizer,
    compute_loss_func=mean_over_the_step,
$judged)
trainer.train()
trainer.save_model(output)  # $saved, with its tokenizer
$report""")


def training_script(spec: RunSpec, places: Places, hub_data: HubData | None = None) -> str:
    """The script for a run. Paths in it are those of this machine; it needs torch, transformers 5,
    datasets 5 and accelerate.

    hub_data: a data set of the hub in place of the run's files.
    Raises NoScript for what only Loupe does (other tasks, adapters, frozen or fresh layers, a
    tokenizer of its own), and what reading the data and finding the checkpoint raise.
    """
    _refuse(spec)
    judged = holds_out(spec.data, hub_data)
    parts = [
        _head(spec),
        text_lines(spec.data, places, hub_data),
        _TOKENS + _tokenizer_lines(spec.model, places) + _WINDOWS,
        _HELD_OUT if judged else "",
        _COLLATE + _model_lines(spec, places),
        _loss_lines(spec.args),
        _METRIC if judged else "",
        _run_lines(spec, judged=judged),
    ]
    return _without_unused_imports("".join(parts))


def _refuse(spec: RunSpec) -> None:
    model = spec.model
    tokenizer = model.tokenizer
    reasons = (
        (Phrase("the task {task}", {"task": spec.task}), spec.task != "fill-mask"),
        (Phrase("model.lora"), model.lora is not None),
        (Phrase("model.freeze_layers"), model.freeze_layers > 0),
        (Phrase("model.reinit_layers"), model.reinit_layers > 0),
        (
            Phrase("a tokenizer that is trained"),
            tokenizer is not None and tokenizer.checkpoint is None,
        ),
    )
    for reason, holds in reasons:
        if holds:
            raise NoScript(
                "There is no plain script for {reason}.",
                "Train it here: python -m loupe.training RUN_DIR.",
                reason=reason,
            )


def _head(spec: RunSpec) -> str:
    return _HEAD.substitute(
        name=spec.name,
        output=literal(spec.name),
        seed=spec.args.seed,
        max_length=spec.max_length,
        mlm_probability=spec.mlm_probability,
        mask_replace_prob=spec.mask_replace_prob,
        random_replace_prob=spec.random_replace_prob,
    )


def _named(text: str, places: Places) -> str:
    """What from_pretrained is given: the hub's id and revision, or a folder of this machine."""
    ref = CheckpointRef.parse(text)
    if ref.kind is Kind.HUB:
        revision = f", revision={literal(ref.revision)}" if ref.revision else ""
        return literal(ref.id) + revision
    return literal(str(resolve(ref, places).folder))


def _tokenizer_lines(model: ModelSpec, places: Places) -> str:
    text = model.checkpoint if model.tokenizer is None else model.tokenizer.checkpoint
    assert text is not None
    return f"tokenizer = AutoTokenizer.from_pretrained({_named(text, places)})\n"


def _model_lines(spec: RunSpec, places: Places) -> str:
    model = spec.model
    scratch = model.scratch
    lines = Template(_MODEL).substitute(model_seed=scratch.seed if scratch else spec.args.seed)
    if scratch is not None:
        config = _scratch_lines(scratch)
        made = "model = AutoModelForMaskedLM.from_config(config)\n"
        return lines + config + _dropout_lines(model.dropout) + made
    assert model.checkpoint is not None
    named = _named(model.checkpoint, places)
    return (
        f"{lines}config = AutoConfig.from_pretrained({named})\n{_dropout_lines(model.dropout)}"
        "model = AutoModelForMaskedLM.from_pretrained(\n"
        f"    {named}, config=config, dtype=torch.float32, use_safetensors=True\n)\n"
    )


def _scratch_lines(scratch: ScratchSpec) -> str:
    inner = scratch.intermediate_size or 4 * scratch.hidden_size
    return f"""\
config = BertConfig(
    vocab_size=len(tokenizer),
    hidden_size={scratch.hidden_size},
    num_hidden_layers={scratch.num_hidden_layers},
    num_attention_heads={scratch.num_attention_heads},
    intermediate_size={inner},
    max_position_embeddings={scratch.max_position_embeddings},
    tie_word_embeddings={scratch.tie_word_embeddings},
    pad_token_id=tokenizer.pad_token_id,
)
"""


def _dropout_lines(dropout: float | None) -> str:
    if dropout is None:
        return ""
    return f"""\
for name in [name for name in config.to_dict() if "dropout" in name]:
    if isinstance(getattr(config, name), int | float):
        setattr(config, name, {dropout})
"""


def _loss_lines(args: Arguments) -> str:
    share = args.label_smoothing_factor
    smoothing = f"\n        label_smoothing={share}," if share else ""
    return _LOSS.substitute(smoothing=smoothing)


def _run_lines(spec: RunSpec, *, judged: bool) -> str:
    patience = spec.early_stopping_patience if judged else None
    options = ""
    if judged:
        options += "    eval_dataset=held_out,\n    compute_metrics=judge,\n"
        options += "    preprocess_logits_for_metrics=nats_of_each,\n"
    if patience is not None:
        options += f"    callbacks=[EarlyStoppingCallback(early_stopping_patience={patience})],\n"
    listed = "".join(f"    {line}\n" for line in _argument_lines(spec, judged=judged))
    return (_BF16_AUTO if spec.args.bf16 == "auto" else "") + _TRAIN.substitute(
        arguments=listed,
        judged=options,
        saved="the best checkpoint" if judged else "the last step",
        report="print(trainer.evaluate())\n" if judged else "",
    )


def _argument_lines(spec: RunSpec, *, judged: bool) -> list[str]:
    args = spec.args
    values: dict[str, object] = {
        "num_train_epochs": args.num_train_epochs,
        **({"max_steps": args.max_steps} if args.max_steps > 0 else {}),
        "per_device_train_batch_size": args.per_device_train_batch_size,
        "per_device_eval_batch_size": args.per_device_eval_batch_size,
        "gradient_accumulation_steps": args.gradient_accumulation_steps,
        "learning_rate": args.learning_rate,
        "weight_decay": args.weight_decay,
        "adam_beta1": args.adam_beta1,
        "adam_beta2": args.adam_beta2,
        "max_grad_norm": args.max_grad_norm,
        "lr_scheduler_type": args.lr_scheduler_type,
        "warmup_steps": args.warmup_steps,
        "seed": args.seed,
        "train_sampling_strategy": "group_by_length" if spec.group_by_length else "random",
        # A share of all steps where it is below 1.
        "logging_steps": 0.02 if args.logging_steps == "auto" else args.logging_steps,
        "save_total_limit": args.save_total_limit,
        "report_to": list(args.report_to) or "none",
    }
    lines = [f"{name}={literal(value)}," for name, value in values.items()]
    bf16 = "bf16" if args.bf16 == "auto" else args.bf16
    lines += [
        f"bf16={bf16},  # products only; the weights stay float32",
        "use_cpu=not (cuda or mps),",
        "dataloader_pin_memory=cuda,",
        "logging_nan_inf_filter=False,  # else a loss of NaN is logged as 0",
        "remove_unused_columns=False,  # special_tokens_mask is the collator's",
    ]
    if not judged:
        steps = 0.1 if args.save_steps == "auto" else args.save_steps
        return [*lines, f"save_steps={steps!r},"]
    steps = 0.1 if args.eval_steps == "auto" else args.eval_steps
    return [
        *lines,
        'eval_strategy="steps",',
        "eval_on_start=True,",
        f"eval_steps={steps!r},",
        f"save_steps={steps!r},  # with each evaluation, so that the best can be loaded at the end",
        "load_best_model_at_end=True,",
        'metric_for_best_model="loss_nats",',
        "greater_is_better=False,",
    ]


def _without_unused_imports(script: str) -> str:
    for imported, use in _OPTIONAL_IMPORTS.items():
        if use not in script:
            script = script.replace(imported, "", 1)
    return script
