"""Every setting of a run as the form draws it: one line a field of run.yaml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, get_args

from loupe.training.spec import Arguments, Family, TokenizerSpec


class Kind(Enum):
    """How a value is typed. The empty box means: for OPTIONAL nothing, for AUTO "auto", for
    UNLIMITED -1.
    """

    INTEGER = auto()
    NUMBER = auto()
    OPTIONAL_INTEGER = auto()
    OPTIONAL_NUMBER = auto()
    AUTO_INTEGER = auto()
    UNLIMITED = auto()
    SWITCH = auto()
    CHOICE = auto()
    TEXT = auto()
    WORDS = auto()  # parted by commas
    OPTIONAL_WORDS = auto()
    LINES = auto()  # one a line
    WEIGHTS = auto()  # "balanced", or label=weight parted by commas
    TRACKERS = auto()


@dataclass(frozen=True, slots=True)
class Field:
    """path: dotted, in run.yaml. label, help, placeholder: English. options: value to English."""

    path: str
    label: str
    kind: Kind
    help: str = ""
    options: Mapping[Any, str] | None = None
    placeholder: str = ""


def _same(names: Sequence[str]) -> dict[Any, str]:
    """Options that are written as transformers writes them, in every language."""
    return dict.fromkeys(names, "")


_ON_OFF: Mapping[Any, str] = {"auto": "automatic", True: "on", False: "off"}
_SCHEDULES = get_args(Arguments.model_fields["lr_scheduler_type"].annotation)
_ALGORITHMS = get_args(TokenizerSpec.model_fields["algorithm"].annotation)
_AUTO = "automatic"

EPOCHS = Field(
    "args.num_train_epochs", "Epochs", Kind.NUMBER, "Passes over all training rows; 0.5 is half."
)
LEARNING_RATE = Field(
    "args.learning_rate",
    "Learning rate",
    Kind.NUMBER,
    "The largest step of the schedule. Too large forgets, too small learns nothing.",
)
BATCH = Field(
    "args.per_device_train_batch_size",
    "Batch size",
    Kind.INTEGER,
    "Examples that go through the model together. Less needs less memory.",
)
MAX_LENGTH = Field(
    "max_length",
    "Max length",
    Kind.INTEGER,
    "Tokens of an example; what is longer is cut, or parted where nothing needs to be whole.",
)
HOLDOUT = Field(
    "data.holdout",
    "Held-out share",
    Kind.NUMBER,
    "Of the training rows, kept apart to measure on. Equal texts fall on one side.",
)
NAME = Field("name", "Name of the run", Kind.TEXT, "Its folder is called so.")
FIRST = (EPOCHS, LEARNING_RATE, BATCH, MAX_LENGTH, HOLDOUT)

OPTIMISER = (
    Field(
        "args.max_steps",
        "Steps at most",
        Kind.UNLIMITED,
        "Overrides the epochs.",
        placeholder="by epochs",
    ),
    Field(
        "args.gradient_accumulation_steps",
        "Batches a step",
        Kind.INTEGER,
        "So many batches are added up before the weights move: a large batch in little memory.",
    ),
    Field(
        "args.lr_scheduler_type",
        "Schedule",
        Kind.CHOICE,
        "How the learning rate goes after the warm-up.",
        options=_same(_SCHEDULES),
    ),
    Field(
        "args.warmup_steps",
        "Warm-up",
        Kind.NUMBER,
        "Steps until the learning rate is reached; below 1 a share of all steps.",
    ),
    Field("args.weight_decay", "Weight decay", Kind.NUMBER, "AdamW's pull of weights to zero."),
    Field(
        "args.max_grad_norm",
        "Gradient clipping",
        Kind.NUMBER,
        "Longer gradients are shortened to this; 0 leaves them as they are.",
    ),
    Field("args.adam_beta1", "Adam beta 1", Kind.NUMBER, "Memory of the gradient's direction."),
    Field("args.adam_beta2", "Adam beta 2", Kind.NUMBER, "Memory of the gradient's size."),
)
REGULARISATION = (
    Field(
        "args.label_smoothing_factor",
        "Label smoothing",
        Kind.NUMBER,
        "Share of the target that goes to all other answers.",
    ),
    Field(
        "model.dropout",
        "Dropout",
        Kind.OPTIONAL_NUMBER,
        "Share of values that are dropped while training.",
        placeholder="the checkpoint’s own",
    ),
    Field(
        "class_weights",
        "Class weights",
        Kind.WEIGHTS,
        "balanced counts rare classes more; or say spam=3, ham=1.",
        options={"balanced": "balanced"},
        placeholder="none",
    ),
)
MODEL = (
    Field(
        "model.freeze_layers",
        "Frozen layers",
        Kind.INTEGER,
        "The embeddings and the first so many layers keep their weights; 0: nothing does.",
    ),
    Field(
        "model.reinit_layers",
        "Fresh layers",
        Kind.INTEGER,
        "The last so many layers start with random weights (Zhang et al. 2021).",
    ),
    Field("model.lora.r", "LoRA rank", Kind.INTEGER, "The width of the adapters."),
    Field("model.lora.lora_alpha", "LoRA alpha", Kind.INTEGER, "Adapters count alpha / rank."),
    Field("model.lora.lora_dropout", "LoRA dropout", Kind.NUMBER, "Within the adapters."),
    Field(
        "model.lora.target_modules",
        "LoRA modules",
        Kind.OPTIONAL_WORDS,
        "Names of the layers that get adapters, parted by commas: query, value.",
        placeholder="peft’s choice for the model",
    ),
)
SCRATCH = (
    Field("model.scratch.family", "Family", Kind.CHOICE, "", options=_same(get_args(Family))),
    Field("model.scratch.hidden_size", "Width", Kind.INTEGER, "Of the hidden states."),
    Field("model.scratch.num_hidden_layers", "Layers", Kind.INTEGER, "Of each of its stacks."),
    Field("model.scratch.num_attention_heads", "Heads", Kind.INTEGER, "They part the width."),
    Field(
        "model.scratch.intermediate_size",
        "Inner width",
        Kind.OPTIONAL_INTEGER,
        "Of the feed-forward layers.",
        placeholder="4 × width",
    ),
    Field(
        "model.scratch.max_position_embeddings",
        "Positions",
        Kind.INTEGER,
        "The longest text that it can ever read, in tokens.",
    ),
    Field(
        "model.scratch.tie_word_embeddings",
        "Input and output share embeddings",
        Kind.SWITCH,
    ),
    Field("model.scratch.seed", "Seed of the weights", Kind.INTEGER),
    Field(
        "model.tokenizer.checkpoint",
        "Tokenizer of",
        Kind.TEXT,
        "A checkpoint whose tokenizer is taken; empty: one is made from the training texts.",
        placeholder="made from the training texts",
    ),
    Field(
        "model.tokenizer.algorithm",
        "Algorithm",
        Kind.CHOICE,
        "How the tokenizer is made.",
        options=_same(_ALGORITHMS),
    ),
    Field("model.tokenizer.vocab_size", "Vocabulary", Kind.INTEGER, "Pieces, 300 to 200,000."),
    Field("model.tokenizer.lowercase", "Lower-case all text", Kind.SWITCH),
)
TASK = (
    Field("mlm_probability", "Share of masked tokens", Kind.NUMBER, "Devlin et al. 2019: 0.15."),
    Field(
        "mask_replace_prob", "Of these, shown as the mask", Kind.NUMBER, "The rest of both is kept."
    ),
    Field("random_replace_prob", "Of these, shown as another token", Kind.NUMBER),
    Field(
        "packing",
        "Several texts in a row",
        Kind.CHOICE,
        "Automatic: where a probe shows that they do not see each other.",
        options=_ON_OFF,
    ),
    Field("prefix", "Prefix", Kind.TEXT, "Put before each source, as T5 wants it."),
    Field("max_target_length", "Max length of the target", Kind.INTEGER, "In tokens."),
    Field(
        "multi_label",
        "Several labels a text",
        Kind.SWITCH,
        "A list of labels in each row, or labels parted by “|”.",
    ),
    Field(
        "group_by_length",
        "Batches of like lengths",
        Kind.SWITCH,
        "Less padding, so faster; the order is less random.",
    ),
)
DATA = (
    Field("data.max_train_rows", "Training rows at most", Kind.OPTIONAL_INTEGER, placeholder="all"),
    Field(
        "data.max_validation_rows",
        "Held-out rows at most",
        Kind.OPTIONAL_INTEGER,
        placeholder="all",
    ),
    Field(
        "data.label_names",
        "Names of the classes",
        Kind.WORDS,
        "Where the file has only numbers: the names of 0, 1, …, parted by commas.",
        placeholder="as in the file",
    ),
    Field("data.license", "Licence of the data", Kind.TEXT, "For the model card."),
    Field("data.attribution", "By whom the data are", Kind.TEXT, "For the model card."),
)
EVALUATION = (
    Field("args.eval_steps", "Steps between evaluations", Kind.AUTO_INTEGER, placeholder=_AUTO),
    Field("args.save_steps", "Steps between checkpoints", Kind.AUTO_INTEGER, placeholder=_AUTO),
    Field("args.logging_steps", "Steps between losses", Kind.AUTO_INTEGER, placeholder=_AUTO),
    Field(
        "args.save_total_limit",
        "Checkpoints that are kept",
        Kind.INTEGER,
        "The best is among them.",
    ),
    Field(
        "early_stopping_patience",
        "Stop early after",
        Kind.OPTIONAL_INTEGER,
        "So many evaluations without a better metric.",
        placeholder="never",
    ),
    Field(
        "args.metric_for_best_model",
        "Metric for the best",
        Kind.TEXT,
        "auto is what fits the task and the balance of the labels.",
    ),
    Field(
        "args.per_device_eval_batch_size",
        "Batch size of evaluations",
        Kind.INTEGER,
        "Larger than in training: nothing is kept for a step back.",
    ),
    Field(
        "sample_inputs",
        "Inputs to follow",
        Kind.LINES,
        "One a line: what the model makes of them is kept at each evaluation.",
        placeholder="some of the held-out rows",
    ),
)
REPORTING = (
    Field(
        "args.report_to",
        "Trackers",
        Kind.TRACKERS,
        "Those of transformers that are installed here. Loupe keeps its own curves in any case.",
        placeholder="none",
    ),
    Field("card.license", "Licence of the weights", Kind.TEXT, "As model hubs write it: mit."),
    Field("card.language", "Languages", Kind.WORDS, "Codes, parted by commas: en, fr."),
    Field("card.tags", "Tags", Kind.WORDS, "Parted by commas."),
    Field("card.limits", "What it cannot do", Kind.LINES, "One a line, for the model card."),
)
MACHINE = (
    Field("args.seed", "Seed", Kind.INTEGER, "Of the order, of dropout, of what is masked."),
    Field(
        "args.bf16",
        "bfloat16",
        Kind.CHOICE,
        "Matrix products in 16 bits, weights in 32. Automatic: where the hardware does it itself.",
        options=_ON_OFF,
    ),
)


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that are folded together. label: English."""

    id: str
    label: str
    icon: str
    fields: tuple[Field, ...]


GROUPS = (
    Group("optimiser", "Optimiser and schedule", ":material/trending_down:", OPTIMISER),
    Group("regularisation", "Regularisation and loss", ":material/balance:", REGULARISATION),
    Group("model", "Model and LoRA", ":material/layers:", MODEL),
    Group("scratch", "From scratch and tokenizer", ":material/deployed_code:", SCRATCH),
    Group("task", "The task", ":material/tune:", TASK),
    Group("data", "Data limits", ":material/table_rows:", DATA),
    Group("evaluation", "Evaluation, saving, early stopping", ":material/flag:", EVALUATION),
    Group("reporting", "Reporting and model card", ":material/description:", REPORTING),
    Group("machine", "Where it runs", ":material/memory:", MACHINE),
)
FIELDS: Mapping[str, Field] = {
    field.path: field
    for field in (*FIRST, NAME, *(field for group in GROUPS for field in group.fields))
}


def applies(path: str, task: str, trained: str) -> bool:
    """Whether a field means anything to this task, trained in this way."""
    parts = {
        "model.lora.": trained == "lora",
        "model.scratch.": trained == "scratch",
        "model.tokenizer.": trained == "scratch",
        "model.freeze_layers": trained == "all",
        "model.reinit_layers": trained == "all",
        "mlm_probability": task == "fill-mask",
        "mask_replace_prob": task == "fill-mask",
        "random_replace_prob": task == "fill-mask",
        "packing": task == "text-generation",
        "prefix": task in ("translation", "summarization"),
        "max_target_length": task in ("translation", "summarization"),
        "multi_label": task == "text-classification",
        "data.label_names": task == "text-classification",
        "class_weights": task.endswith("-classification"),
    }
    return next((holds for sign, holds in parts.items() if path.startswith(sign)), True)
