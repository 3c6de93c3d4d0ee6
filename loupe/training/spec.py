"""RunSpec: one training run, as the form, `run.yaml` and the printed script all say it.

Names are those of transformers' TrainingArguments wherever it has one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from loupe.checkpoints.ref import CheckpointRef
from loupe.data.spec import DataSpec, Role
from loupe.errors import InvalidInput, LoupeError

SCHEMA_VERSION = 1

Task = Literal[
    "fill-mask",
    "text-generation",
    "translation",
    "summarization",
    "text-classification",
    "token-classification",
]
Family = Literal["bert", "gpt2", "llama", "t5", "marian"]

Count = Annotated[int, Field(ge=1)]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]

# The roles that a task cannot do without.
ROLES: dict[str, tuple[Role, ...]] = {
    "fill-mask": (Role.TEXT,),
    "text-generation": (Role.TEXT,),
    "translation": (Role.SOURCE, Role.TARGET),
    "summarization": (Role.SOURCE, Role.TARGET),
    "text-classification": (Role.TEXT, Role.LABEL),
    "token-classification": (Role.TOKENS, Role.TAGS),
}
# The tasks that an architecture can be built for from nothing.
FAMILIES: dict[str, tuple[Family, ...]] = {
    "fill-mask": ("bert",),
    "text-generation": ("gpt2", "llama"),
    "translation": ("t5", "marian"),
    "summarization": ("t5", "marian"),
    "text-classification": ("bert",),
    "token-classification": ("bert",),
}


class _Strict(BaseModel):
    """An unknown field is a spelling mistake, and is said to be one."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ScratchSpec(_Strict):
    """A model with random weights.

    num_hidden_layers: of the encoder and of the decoder where there are two.
    seed: of the initial weights, apart from the run's own.
    """

    family: Family
    hidden_size: Count = 256
    num_hidden_layers: Count = 4
    num_attention_heads: Count = 4
    intermediate_size: Count | None = None
    max_position_embeddings: Count = 512
    tie_word_embeddings: bool = True
    seed: int = 0

    @model_validator(mode="after")
    def _can_be_built(self) -> ScratchSpec:
        if self.hidden_size % self.num_attention_heads:
            raise ValueError(
                f"hidden_size {self.hidden_size} is not a multiple of num_attention_heads "
                f"{self.num_attention_heads}"
            )
        if self.family == "t5" and not self.tie_word_embeddings:
            # transformers 5 has no other T5, and would tie them without a word.
            raise ValueError("tie_word_embeddings: a t5 always ties them")
        return self


class TokenizerSpec(_Strict):
    """Taken from a checkpoint, or trained on the training texts (never on what is held out)."""

    checkpoint: str | None = None
    algorithm: Literal["wordpiece", "bpe", "unigram"] = "bpe"
    vocab_size: Annotated[int, Field(ge=300, le=200_000)] = 8000
    lowercase: bool = False


class LoraSpec(_Strict):
    """Low-rank adapters (Hu et al. 2021). target_modules: None is peft's choice for the model."""

    r: Count = 8
    lora_alpha: Count = 16
    lora_dropout: Fraction = 0.0
    target_modules: tuple[str, ...] | None = None


class ModelSpec(_Strict):
    """From a checkpoint, or from scratch: exactly one of them.

    tokenizer: None takes the checkpoint's own; from scratch it has to be given.
    freeze_layers: the embeddings and the first so many layers keep their weights (0: nothing does).
    reinit_layers: the last so many layers start with random weights (Zhang et al. 2021).
    dropout: None keeps the configuration's own.
    """

    checkpoint: str | None = None
    scratch: ScratchSpec | None = None
    tokenizer: TokenizerSpec | None = None
    lora: LoraSpec | None = None
    freeze_layers: Annotated[int, Field(ge=0)] = 0
    reinit_layers: Annotated[int, Field(ge=0)] = 0
    dropout: Fraction | None = None

    @model_validator(mode="after")
    def _one_start(self) -> ModelSpec:
        if (self.checkpoint is None) == (self.scratch is None):
            raise ValueError("give either a checkpoint or scratch, not both and not none")
        if self.checkpoint is not None:
            _check_ref(self.checkpoint)
        if self.tokenizer is not None and self.tokenizer.checkpoint is not None:
            _check_ref(self.tokenizer.checkpoint)
        if self.scratch is not None:
            if self.tokenizer is None:
                raise ValueError("a model from scratch needs a tokenizer")
            if self.lora or self.freeze_layers or self.reinit_layers:
                raise ValueError("lora, freeze_layers and reinit_layers need a checkpoint")
        elif self.tokenizer is not None:
            raise ValueError("a checkpoint brings its own tokenizer")
        if self.lora and (self.freeze_layers or self.reinit_layers):
            raise ValueError("lora leaves all layers as they are: no freeze_layers, reinit_layers")
        return self


def _check_ref(text: str) -> None:
    try:
        CheckpointRef.parse(text)
    except LoupeError as error:
        raise ValueError(str(error)) from error


class Arguments(_Strict):
    """What transformers' TrainingArguments takes, with defaults that show a curve on a short run.

    warmup_steps: below 1 a share of all steps. max_steps: above 0 it overrides the epochs.
    bf16: "auto" is bfloat16 autocast where the hardware has it; weights stay float32.
    logging_steps, eval_steps, save_steps: "auto" gives about 50 points of loss and 10 evaluations.
    metric_for_best_model: "auto" is what fits the task (see each task's metrics).
    """

    num_train_epochs: Positive = 3.0
    max_steps: int = -1
    per_device_train_batch_size: Count = 16
    per_device_eval_batch_size: Count = 32
    gradient_accumulation_steps: Count = 1
    learning_rate: Positive = 5e-5
    weight_decay: Annotated[float, Field(ge=0.0)] = 0.01
    adam_beta1: Fraction = 0.9
    adam_beta2: Fraction = 0.999
    max_grad_norm: Annotated[float, Field(ge=0.0)] = 1.0
    lr_scheduler_type: Literal[
        "linear", "cosine", "constant", "constant_with_warmup", "inverse_sqrt", "polynomial"
    ] = "linear"
    warmup_steps: Annotated[float, Field(ge=0.0)] = 0.06
    label_smoothing_factor: Fraction = 0.0
    bf16: bool | Literal["auto"] = "auto"
    seed: int = 0
    logging_steps: Count | Literal["auto"] = "auto"
    eval_steps: Count | Literal["auto"] = "auto"
    save_steps: Count | Literal["auto"] = "auto"
    save_total_limit: Count = 2
    metric_for_best_model: str = "auto"
    report_to: tuple[str, ...] = ()


class CardSpec(_Strict):
    """What the model card says that no run can know.

    license: of the weights. language: codes as model hubs have them (en). tags: more words for the
    card's header; `toy` marks a model that shows how such models work and does no work itself.
    limits: what the model cannot do, a sentence or more each.
    """

    license: str = ""
    language: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()


class RunSpec(_Strict):
    """One run.

    max_length: tokens of an example, of the source in seq2seq; max_target_length: of the target.
    mlm_probability: share of tokens that carry loss (Devlin et al. 2019: 0.15); mask_replace_prob
    and random_replace_prob: of those, how many are shown as the mask and as a random token.
    packing: several texts in one row of a causal model; "auto" does it where a probe shows that the
    rows do not see each other. prefix: put before each source. group_by_length: batches of like
    lengths. class_weights: "balanced" is inverse frequency. multi_label: any number of labels.
    early_stopping_patience: evaluations without a better metric; None never stops early.
    sample_inputs: fixed inputs whose predictions are kept before, during and after; () takes some
    from what is held out. card: what the model card says beside what the run knows.
    """

    schema_version: Literal[1] = 1
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$")]
    task: Task
    model: ModelSpec
    data: DataSpec
    args: Arguments = Field(default_factory=Arguments)
    max_length: Annotated[int, Field(ge=4)] = 128
    max_target_length: Annotated[int, Field(ge=4)] = 128
    mlm_probability: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.15
    mask_replace_prob: Fraction = 0.8
    random_replace_prob: Fraction = 0.1
    packing: bool | Literal["auto"] = "auto"
    group_by_length: bool = True
    prefix: str = ""
    multi_label: bool = False
    class_weights: Literal["balanced"] | dict[str, Positive] | None = None
    early_stopping_patience: Count | None = None
    sample_inputs: tuple[str, ...] = ()
    card: CardSpec = Field(default_factory=CardSpec)

    @model_validator(mode="after")
    def _fits_together(self) -> RunSpec:
        scratch = self.model.scratch
        if scratch is not None and scratch.family not in FAMILIES[self.task]:
            raise ValueError(
                f"the family {scratch.family} does not do {self.task}; "
                f"choose {' or '.join(FAMILIES[self.task])}"
            )
        if self.mask_replace_prob + self.random_replace_prob > 1:
            raise ValueError("mask_replace_prob and random_replace_prob are more than 1 together")
        if self.class_weights is not None and not self.task.endswith("-classification"):
            raise ValueError(f"class_weights have no meaning for {self.task}")
        if self.multi_label and self.task != "text-classification":
            raise ValueError(f"multi_label has no meaning for {self.task}")
        return self

    def to_yaml(self) -> str:
        """`run.yaml`; values that are the default stand in it too, so that it says everything."""
        data = self.model_dump(mode="json")
        return str(yaml.safe_dump(data, sort_keys=False, allow_unicode=True))

    @classmethod
    def from_yaml(cls, text: str) -> RunSpec:
        """Read `run.yaml`. Raises InvalidInput that names the field."""
        try:
            data = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise InvalidInput(
                "run.yaml is not YAML.", "Correct the line below.", detail=str(error)
            ) from error
        return cls.from_dict(data)

    @classmethod
    def from_dict(cls, data: Any) -> RunSpec:
        """Check plain values. Raises InvalidInput that names the first field that is wrong."""
        if isinstance(data, dict) and data.get("schema_version", 1) != SCHEMA_VERSION:
            raise InvalidInput(
                "This run was written in version {version} of its format; this Loupe reads {ours}.",
                "Use the version of Loupe that wrote it.",
                version=data.get("schema_version"),
                ours=SCHEMA_VERSION,
            )
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = ".".join(str(part) for part in first["loc"]) or "the run"
            raise InvalidInput(
                "{field}: {fault}",
                "Correct this field.",
                field=field,
                fault=first["msg"].removeprefix("Value error, "),
                detail=str(error),
            ) from error

    @classmethod
    def read(cls, path: Path) -> RunSpec:
        """Read a file. Raises InvalidInput, also where there is none."""
        try:
            return cls.from_yaml(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(
                "{path} cannot be read.", "Check the path.", path=str(path), detail=str(error)
            ) from error
