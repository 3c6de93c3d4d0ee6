"""Presets and defaults: settings that a run takes, for every task and on every machine."""

from __future__ import annotations

from itertools import product
from typing import Any, get_args

import pytest

from loupe.data.spec import Role
from loupe.training.defaults import CHECKPOINTS, Situation, defaults, learning_rate, max_length
from loupe.training.faults import read_spec
from loupe.training.presets import DEFAULT_PRESET, PRESETS, QUICK_S, Preset, settings_of
from loupe.training.spec import ROLES, RunSpec, Task

TASKS = get_args(Task)
DEVICES = ("cpu", "cuda", "mps")


def run_with(settings: dict[str, Any], situation: Situation) -> dict[str, Any]:
    """A run of the task as plain values, with these settings by dotted field."""
    columns = {Role(role).value: "x" for role in ROLES[situation.task]}
    made: dict[str, Any] = {
        "name": "run",
        "task": situation.task,
        "model": {},
        "data": {"train": [{"path": "x.csv", "columns": columns}]},
    }
    if situation.trained != "scratch":
        made["model"]["checkpoint"] = CHECKPOINTS[situation.task]
    for path, value in settings.items():
        *parts, last = path.split(".")
        at = made
        for part in parts:
            at = at.setdefault(part, {})
        at[last] = value
    return made


def situations(preset: Preset) -> list[Situation]:
    tasks = [preset.task] if preset.task else TASKS
    return [
        Situation(task, preset.trained, device, rows, characters, is_small)
        for task, device, rows, characters, is_small in product(
            tasks, DEVICES, (0, 500, 5_000, 500_000), (0.0, 40.0, 4_000.0), (True, False)
        )
    ]


@pytest.mark.parametrize("preset", PRESETS.values(), ids=list(PRESETS))
def test_every_preset_is_a_run_without_a_fault_in_every_situation(preset: Preset) -> None:
    for situation in situations(preset):
        settings = {**defaults(situation), **settings_of(preset, situation)}
        spec, faults = read_spec(run_with(settings, situation))
        assert faults == (), situation
        assert isinstance(spec, RunSpec)
        assert (spec.model.lora is not None) == (preset.trained == "lora")
        assert (spec.model.scratch is not None) == (preset.trained == "scratch")


def test_a_preset_says_only_what_it_changes_or_means() -> None:
    for preset in PRESETS.values():
        for situation in situations(preset):
            assert all(
                "." in path or path in RunSpec.model_fields
                for path in settings_of(preset, situation)
            )
            # What learns is the preset's own choice; none hides it among its settings.
            assert not any(path.startswith("model.") for path in settings_of(preset, situation))


def test_the_first_preset_ends_in_time() -> None:
    assert PRESETS[DEFAULT_PRESET].fit_time_s == QUICK_S == 120
    assert [p.id for p in PRESETS.values() if p.fit_time_s is not None] == [DEFAULT_PRESET]


def test_few_rows_are_passed_over_more_often() -> None:
    epochs = [
        settings_of(PRESETS["solid"], Situation("text-classification", rows=rows))[
            "args.num_train_epochs"
        ]
        for rows in (500, 5_000, 50_000)
    ]
    assert epochs == [10.0, 4.0, 3.0]


def test_rates_follow_what_learns_and_how_large_it_is() -> None:
    for task in TASKS:
        large = learning_rate(Situation(task, is_small=False))
        small = learning_rate(Situation(task, is_small=True))
        lora = learning_rate(Situation(task, "lora", is_small=False))
        assert large <= small <= 1e-3
        assert large < lora <= 1e-3
        assert learning_rate(Situation(task, "scratch", is_small=True)) == 1e-3
    # Devlin et al. 2019, appendix A.3.
    assert learning_rate(Situation("text-classification", is_small=False)) == 5e-5


@pytest.mark.parametrize(
    ("characters", "tokens"), [(0, 128), (50, 64), (100, 128), (200, 256), (400, 512), (9_000, 512)]
)
def test_texts_longer_than_the_mean_have_room(characters: float, tokens: int) -> None:
    assert max_length(Situation("fill-mask", mean_characters=characters)) == tokens


def test_a_gpu_gets_larger_batches() -> None:
    for task in TASKS:
        cpu, gpu = (defaults(Situation(task, device=device)) for device in ("cpu", "cuda"))
        name = "args.per_device_train_batch_size"
        assert (cpu[name], gpu[name]) == (16, 32)


def test_the_textbook_preset_is_the_script_that_courses_print() -> None:
    preset = PRESETS["textbook"]
    assert preset.task == "fill-mask"
    situation = Situation("fill-mask")
    settings = {**defaults(situation), **settings_of(preset, situation)}
    spec, _faults = read_spec(run_with(settings, situation))
    assert spec is not None
    assert spec.mlm_probability == 0.15
    assert (spec.args.learning_rate, spec.args.num_train_epochs) == (5e-5, 1)
    assert (spec.args.warmup_steps, spec.args.lr_scheduler_type) == (0, "linear")
    assert spec.model.lora is None
