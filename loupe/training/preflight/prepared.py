"""Rows, model and a sample of the examples, as a run prepares them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from loupe.checkpoints.limits import context_length
from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef
from loupe.checkpoints.resolve import resolve
from loupe.checkpoints.weights import gguf_file, stored_dtype, stored_tensors
from loupe.data.trainable import PrepareSettings, Trainable
from loupe.tasks.trainables import TRAINABLES
from loupe.training.arguments import Plan, make_plan
from loupe.training.evaluation import spread
from loupe.training.job import read_and_split
from loupe.training.losses import SummedLoss, loss_kind, make_class_weights
from loupe.training.model_building import Built, build
from loupe.training.precision import training_device, use_bf16
from loupe.training.preflight import tokens
from loupe.training.preflight.data_rows import look_at_rows
from loupe.training.preflight.notes import Notes
from loupe.training.preflight.numbers import held_out_findings, plan_findings
from loupe.training.preflight.report import Finding
from loupe.training.preflight.sample import VOCABULARY_CHARACTERS, Sample, characters, draw
from loupe.training.preflight.shown import show
from loupe.training.preflight.stages import Stage
from loupe.training.session import decide_packing, prepare_settings, targets_of, texts_of
from loupe.training.spec import RunSpec


@dataclass(frozen=True)
class Rows:
    """As Session has them. read_s: how long they took to read."""

    train: Any
    validation: Any | None
    labels: tuple[str, ...] | None
    read_s: float


@dataclass(frozen=True)
class Prepared:
    """What is tried out.

    encoded: examples of `sample`; longest: those of its longest rows, or `encoded`. held_out: of a
    sample of the held-out rows. examples, held_out_examples: how many the run will have. start_s:
    what the run takes before its first look, without the start of the process.
    """

    spec: RunSpec
    trainable: Trainable
    rows: Rows
    settings: PrepareSettings
    built: Built
    device: str
    bf16: bool
    loss: SummedLoss
    encoded: Any
    longest: Any
    examples: int
    held_out: Any | None
    held_out_examples: int
    plan: Plan
    start_s: float


def read(spec: RunSpec, places: Places, notes: Notes) -> Rows:
    """Raises LoupeError, and Ended where the rows cannot be learned from."""
    notes.begin(Stage.READING, "data.train.0.path")
    began = notes.now()
    train, validation = read_and_split(spec, places)
    seen = look_at_rows(spec, train, validation)
    held_out = seen.validation_rows or 0
    notes.say(*seen.faults, *held_out_findings(spec, held_out))
    notes.know(train_rows=len(train), validation_rows=held_out, labels=dict(seen.labels))
    notes.end_if_stopped()
    return Rows(
        train,
        validation if held_out else None,
        tuple(seen.labels) or None,
        notes.now() - began,
    )


def prepare(spec: RunSpec, rows: Rows, places: Places, notes: Notes) -> Prepared:
    """Model and examples. Raises LoupeError, and Ended where it makes no sense to go on."""
    trainable: Trainable = TRAINABLES[spec.task]
    device = training_device()
    bf16 = use_bf16(spec.args.bf16, device)
    notes.begin(Stage.BUILDING, "model.scratch" if spec.model.scratch else "model.checkpoint")
    began = notes.now()
    texts, share = _vocabulary_texts(rows.train, spec)
    built = build(spec, trainable.auto_class, rows.labels, lambda: texts_of(texts, spec), places)
    settings = replace(prepare_settings(spec), packing=decide_packing(spec, built.model))
    build_s = (notes.now() - began) / share
    notes.know(device=device, bf16=bf16, packing=settings.packing, **_counts(built))
    notes.say(*_weights_findings(spec, places, notes, bf16=bf16))

    notes.begin(Stage.TOKENS, "max_length")
    began = notes.now()
    sample = draw(rows.train, spec.task, spec.args.per_device_train_batch_size)
    encode = _Encoder(trainable, built.tokenizer, settings, rows.labels)
    encoded = encode(sample.rows)
    examples = _all_of(encoded, sample)
    encode_s = (notes.now() - began) / sample.share
    held_sample = None if rows.validation is None else draw(rows.validation, spec.task, 1)
    held_out = None if held_sample is None else encode(held_sample.rows)
    plan = make_plan(spec.args, examples)
    _say_tokens(spec, sample, encoded, built, notes)
    notes.say(*plan_findings(spec, plan, examples, held_out=held_out is not None))
    notes.know(
        examples=examples,
        total_steps=plan.total_steps,
        steps_per_epoch=plan.steps_per_epoch,
        shown=show(encoded, trainable, built.tokenizer, settings, built.model, rows.labels),
    )
    kind = loss_kind(trainable.auto_class, multi_label=spec.multi_label)
    weights = make_class_weights(
        spec.class_weights, rows.labels, kind, lambda: targets_of(encoded["labels"][:], kind)
    )
    notes.end_if_stopped()
    return Prepared(
        spec=spec,
        trainable=trainable,
        rows=rows,
        settings=settings,
        built=built,
        device=device,
        bf16=bf16,
        loss=SummedLoss(kind, spec.args.label_smoothing_factor, weights),
        encoded=encoded,
        longest=encoded if sample.longest is None else encode(sample.longest),
        examples=examples,
        held_out=held_out,
        held_out_examples=_all_of(held_out, held_sample),
        plan=plan,
        start_s=rows.read_s + build_s + encode_s,
    )


def _all_of(encoded: Any | None, sample: Sample | None) -> int:
    """How many examples the rows give, of which a sample gave these."""
    return 0 if encoded is None or sample is None else round(len(encoded) / sample.share)


@dataclass(frozen=True)
class _Encoder:
    trainable: Trainable
    tokenizer: Any
    settings: PrepareSettings
    labels: tuple[str, ...] | None

    def __call__(self, rows: Any) -> Any:
        return self.trainable.encode(rows, self.tokenizer, self.settings, self.labels)


def _vocabulary_texts(train: Any, spec: RunSpec) -> tuple[Any, float]:
    """Rows to train a tokenizer on, and their share of all: a trial needs no more than some."""
    total = sum(characters(train, spec.task))
    if total <= VOCABULARY_CHARACTERS:
        return train, 1.0
    share = VOCABULARY_CHARACTERS / total
    chosen = train.select(spread(len(train), max(1, int(share * len(train)))))
    own = spec.model.tokenizer is not None and spec.model.tokenizer.checkpoint is None
    return chosen, share if own else 1.0


def _counts(built: Built) -> dict[str, Any]:
    parameters = list(built.model.parameters())
    return {
        "parameters": sum(p.numel() for p in parameters),
        "trainable_parameters": sum(p.numel() for p in parameters if p.requires_grad),
        "new_modules": built.new_modules,
    }


def _weights_findings(
    spec: RunSpec, places: Places, notes: Notes, *, bf16: bool
) -> Iterator[Finding]:
    """What the weights are stored as, and what they train as."""
    computed = "bfloat16, by autocast" if bf16 else "float32"
    stored = _stored_dtype(spec, places)
    notes.know(dtype=stored or "float32")
    if stored not in (None, "float32"):
        yield Finding(
            "note",
            "args.bf16",
            "The checkpoint is stored in {stored}; its weights train in float32, since small "
            "updates are lost in fewer digits. Products are computed in {computed}.",
            "",
            {"stored": stored, "computed": computed},
        )


def _stored_dtype(spec: RunSpec, places: Places) -> str | None:
    if spec.model.checkpoint is None:
        return None
    ref = CheckpointRef.parse(spec.model.checkpoint)
    folder = resolve(ref, places).folder
    if gguf_file(folder) is not None:
        return "gguf"
    dtype = stored_dtype(stored_tensors(folder, ref.label))
    return None if dtype is None else str(dtype).removeprefix("torch.")


def _say_tokens(spec: RunSpec, sample: Sample, encoded: Any, built: Built, notes: Notes) -> None:
    counted = tokens.count(sample.rows, built.tokenizer, spec)
    lengths = encoded["length"][:]
    notes.know(
        sampled=not sample.is_whole,
        unknown_share=max(found.unknown_share for found in counted.values()),
        truncated_share=tokens.truncated_share(encoded),
        mean_tokens=sum(lengths) / len(lengths),
        longest_tokens=max(lengths),
    )
    limit = context_length(built.model.config, built.tokenizer)
    notes.say(
        *tokens.unknown_findings(counted, spec),
        *tokens.truncation_findings(encoded, counted, spec, limit),
    )
