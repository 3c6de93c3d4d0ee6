"""Named bundles of settings: where a form begins, each for another wish.

A preset says what it changes of the task's defaults (defaults.py). Pure: nothing is looked up here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from loupe.training.defaults import Situation, Trained, defaults

# What a quick look may take, from the start of its process to its last file.
QUICK_S = 120.0

# Few rows are soon seen: so many passes, until each has been trained on about as often as a
# person's patience allows. Devlin et al. 2019 take 2 to 4 for thousands of rows.
_EPOCHS_BELOW = ((1_000, 10.0), (10_000, 4.0))
_EPOCHS = 3.0
_PATIENCE = 3


@dataclass(frozen=True, slots=True)
class Preset:
    """label, text: English, translated where they are drawn.

    settings: dotted field to value, over the defaults. trained: what learns. task: the only one
    that it is for. fit_time_s: pre-flight shortens the run until it ends in time.
    """

    id: str
    label: str
    text: str
    settings: Callable[[Situation], Mapping[str, Any]]
    trained: Trained = "all"
    task: str | None = None
    fit_time_s: float | None = None


def _quick(situation: Situation) -> dict[str, Any]:
    return {
        # The most that it would be; pre-flight shortens it to the time that there is.
        "args.num_train_epochs": _epochs(situation.rows),
        "max_length": min(64, int(defaults(situation)["max_length"])),
        "data.max_validation_rows": 300,
    }


def _solid(situation: Situation) -> dict[str, Any]:
    return {
        "args.num_train_epochs": _epochs(situation.rows),
        "args.warmup_steps": 0.1,
        "early_stopping_patience": _PATIENCE if situation.rows else None,
    }


def _lora(situation: Situation) -> dict[str, Any]:
    return {"args.num_train_epochs": _epochs(situation.rows)}


def _scratch(situation: Situation) -> dict[str, Any]:
    # Random weights know nothing yet: more passes than a checkpoint needs.
    return {"args.num_train_epochs": 3 * _epochs(situation.rows)}


def _textbook(_situation: Situation) -> dict[str, Any]:
    """The script that most courses print, with the arguments that they give to Trainer.

    load_dataset("wikitext") → AutoModelForMaskedLM → Trainer(model, args, train_dataset): it fails
    as it is printed, since nothing makes tokens and hides some; the rest is Trainer's defaults.
    """
    return {
        "args.num_train_epochs": 1.0,
        "args.per_device_train_batch_size": 16,
        "args.learning_rate": 5e-5,
        "args.weight_decay": 0.0,
        "args.warmup_steps": 0.0,
        "args.lr_scheduler_type": "linear",
        "args.save_total_limit": 2,
        "mlm_probability": 0.15,
        "max_length": 128,
    }


def _epochs(rows: int) -> float:
    return next((epochs for below, epochs in _EPOCHS_BELOW if 0 < rows < below), _EPOCHS)


PRESETS: Mapping[str, Preset] = {
    preset.id: preset
    for preset in (
        Preset(
            "quick",
            "Quick look, 2 minutes",
            "A short run that ends in time, to see whether anything is learned at all.",
            _quick,
            fit_time_s=QUICK_S,
        ),
        Preset(
            "solid",
            "Solid",
            "As many passes as the rows need, a longer warm-up, and an end when nothing gets "
            "better.",
            _solid,
        ),
        Preset(
            "lora",
            "LoRA",
            "Small adapters learn beside weights that stay: less memory, a file of a megabyte.",
            _lora,
            trained="lora",
        ),
        Preset(
            "scratch",
            "Pretrain from scratch",
            "A small model with random weights, and a tokenizer made from your texts.",
            _scratch,
            trained="scratch",
        ),
        Preset(
            "textbook",
            "The textbook masked-LM script",
            "load_dataset, AutoModelForMaskedLM, Trainer: what courses print, made to work.",
            _textbook,
            task="fill-mask",
        ),
    )
}
DEFAULT_PRESET = "quick"


def settings_of(preset: Preset, situation: Situation) -> dict[str, Any]:
    """What it sets over the defaults, in this situation."""
    return dict(preset.settings(replace(situation, trained=preset.trained)))
