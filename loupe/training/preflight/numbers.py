"""Settings that can be read but make no sense together, or are far from what anybody uses."""

from __future__ import annotations

from collections.abc import Iterator

from loupe.errors import InvalidInput
from loupe.training.arguments import Plan
from loupe.training.preflight.report import Finding, stop, warn
from loupe.training.spec import RunSpec

# (least, most) that is usual with AdamW. Sources: for whole models Devlin et al. 2019, appendix A.3
# (2e-5 to 5e-5) with room for small models; for adapters Hu et al. 2021, appendix D (1e-4 to 2e-3).
USUAL_WHOLE = (1e-6, 1e-3)
USUAL_LORA = (1e-5, 1e-2)
USUAL_SCRATCH = (1e-5, 1e-2)
# AdamW moves each weight by about the learning rate a step: weights of about 0.02 are gone at once.
LEARNING_RATE_MAX = 0.1
# Above this share of the label that is not the true one, smoothing hides it.
SMOOTHING_MAX = 0.5


def setting_findings(spec: RunSpec) -> Iterator[Finding]:
    """What needs no look at the data."""
    yield from _learning_rate(spec)
    args = spec.args
    if args.label_smoothing_factor >= SMOOTHING_MAX:
        yield stop(
            "args.label_smoothing_factor",
            InvalidInput(
                "A label_smoothing_factor of {factor:g} leaves the true label with no more weight "
                "than the others.",
                "Choose 0.1, or 0 for none.",
                factor=args.label_smoothing_factor,
            ),
            {"args.label_smoothing_factor": 0.0},
        )
    for name in ("adam_beta1", "adam_beta2"):
        if getattr(args, name) >= 1:
            yield stop(
                f"args.{name}",
                InvalidInput(
                    "{name} is 1, so the optimizer never takes a new gradient in.",
                    "Choose 0.9 for adam_beta1 and 0.999 for adam_beta2.",
                    name=name,
                ),
                {f"args.{name}": 0.9 if name == "adam_beta1" else 0.999},
            )
    if spec.model.dropout is not None and spec.model.dropout >= 1:
        yield stop(
            "model.dropout",
            InvalidInput(
                "A dropout of {dropout:g} drops every value, so nothing passes through the model.",
                "Choose 0.1, or leave it to the checkpoint.",
                dropout=spec.model.dropout,
            ),
            {"model.dropout": None},
        )
    if spec.model.lora is not None and spec.model.lora.lora_dropout >= 1:
        yield stop(
            "model.lora.lora_dropout",
            InvalidInput(
                "A lora_dropout of {dropout:g} drops every value, so the adapter learns nothing.",
                "Choose 0.05, or 0 for none.",
                dropout=spec.model.lora.lora_dropout,
            ),
            {"model.lora.lora_dropout": 0.0},
        )


def _learning_rate(spec: RunSpec) -> Iterator[Finding]:
    rate = spec.args.learning_rate
    least, most = _usual(spec)
    changes = {"args.learning_rate": 5e-5 if spec.model.lora is None else 2e-4}
    if spec.model.scratch is not None:
        changes = {"args.learning_rate": 5e-4}
    if rate >= LEARNING_RATE_MAX:
        yield stop(
            "args.learning_rate",
            InvalidInput(
                "With a learning rate of {rate:g} a model forgets all it knows within a few steps.",
                "Usual here is {least:g} to {most:g}.",
                rate=rate,
                least=least,
                most=most,
            ),
            changes,
        )
    elif not least <= rate <= most:
        yield warn(
            "args.learning_rate",
            InvalidInput(
                "A learning rate of {rate:g} is far from what is usual here.",
                "Usual is {least:g} to {most:g}; try {offered:g}.",
                rate=rate,
                least=least,
                most=most,
                offered=changes["args.learning_rate"],
            ),
            changes,
        )


def _usual(spec: RunSpec) -> tuple[float, float]:
    if spec.model.scratch is not None:
        return USUAL_SCRATCH
    return USUAL_WHOLE if spec.model.lora is None else USUAL_LORA


def plan_findings(spec: RunSpec, plan: Plan, examples: int, *, held_out: bool) -> Iterator[Finding]:
    """What needs the number of steps."""
    args = spec.args
    if args.warmup_steps >= 1 and args.warmup_steps >= plan.total_steps:
        yield stop(
            "args.warmup_steps",
            InvalidInput(
                "The learning rate warms up over {warmup:g} steps, but the run has only {steps}.",
                "Choose fewer, or a share below 1 such as 0.06.",
                warmup=args.warmup_steps,
                steps=plan.total_steps,
            ),
            {"args.warmup_steps": 0.06},
        )
    if args.per_device_train_batch_size > examples:
        yield warn(
            "args.per_device_train_batch_size",
            InvalidInput(
                "A batch of {batch} is more than all {examples} examples: each pass is one step.",
                "Choose a smaller batch.",
                batch=args.per_device_train_batch_size,
                examples=examples,
            ),
            {"args.per_device_train_batch_size": largest_power_of_two(max(1, examples // 8))},
        )
    if held_out and args.eval_steps != "auto" and args.eval_steps > plan.total_steps:
        yield warn(
            "args.eval_steps",
            InvalidInput(
                "Held-out rows are looked at every {every} steps, but the run has only {steps}: "
                "only at its start and its end.",
                "Set it to auto.",
                every=args.eval_steps,
                steps=plan.total_steps,
            ),
            {"args.eval_steps": "auto"},
        )
    if args.logging_steps != "auto" and args.logging_steps > plan.total_steps:
        yield warn(
            "args.logging_steps",
            InvalidInput(
                "The loss is written every {every} steps, but the run has only {steps}: there will "
                "be no curve.",
                "Set it to auto.",
                every=args.logging_steps,
                steps=plan.total_steps,
            ),
            {"args.logging_steps": "auto"},
        )


def held_out_findings(spec: RunSpec, validation_rows: int) -> Iterator[Finding]:
    """What needs held-out rows where there are none."""
    if validation_rows:
        return
    if spec.early_stopping_patience is not None:
        yield stop(
            "early_stopping_patience",
            InvalidInput(
                "Nothing is held out, so nothing can stop the run early.",
                "Name validation files, or set data.holdout above 0.",
            ),
            {"data.holdout": 0.1},
        )
        return
    yield warn(
        "data.holdout",
        InvalidInput(
            "Nothing is held out: the run will not say how good the model is.",
            "Name validation files, or set data.holdout above 0.",
        ),
        {"data.holdout": 0.1},
    )


def largest_power_of_two(limit: int) -> int:
    """Not above `limit`, which is at least 1."""
    return 1 << (limit.bit_length() - 1)
