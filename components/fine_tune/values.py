"""What stands in the form's boxes, and what it means in run.yaml.

A box is never emptied by the page: what a person typed stays, also while it does not apply. What
nobody has changed follows the preset and the data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import asdict
from typing import Any

import streamlit as st
from pydantic import BaseModel

from components.fine_tune import keys
from components.fine_tune.fields import FIELDS, Field, Kind, applies
from loupe.data.spec import DataSpec, Source
from loupe.training.defaults import Situation, Trained, defaults
from loupe.training.presets import Preset, settings_of
from loupe.training.spec import (
    Arguments,
    CardSpec,
    LoraSpec,
    ModelSpec,
    RunSpec,
    ScratchSpec,
    TokenizerSpec,
)

# No field of run.yaml: which parts of `model` it has says the same.
TRAINED = "trained"

_OF_SOURCES = ("data.label_names", "data.license", "data.attribution")
_MODELS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("", RunSpec),
    ("args.", Arguments),
    ("model.", ModelSpec),
    ("model.lora.", LoraSpec),
    ("model.scratch.", ScratchSpec),
    ("model.tokenizer.", TokenizerSpec),
    ("data.", DataSpec),
    ("data.", Source),
    ("card.", CardSpec),
)


def _of_spec() -> dict[str, Any]:
    """What RunSpec itself says where nothing else is known."""
    found: dict[str, Any] = {}
    for before, model in _MODELS:
        for name, info in model.model_fields.items():
            if before + name in FIELDS and not info.is_required():
                found[before + name] = info.get_default(call_default_factory=True)
    return found


PLAIN: Mapping[str, Any] = {**_of_spec(), "name": "", "model.scratch.family": "bert"}


def baseline(preset: Preset, situation: Situation, name: str) -> dict[str, Any]:
    """Field to value before anybody changes one by hand."""
    return {
        **PLAIN,
        **defaults(situation),
        **settings_of(preset, situation),
        TRAINED: preset.trained,
        "name": name,
    }


def usual(situation: Situation) -> dict[str, Any]:
    """The same without any preset."""
    return {**PLAIN, **defaults(situation)}


def settle(new: Mapping[str, Any]) -> None:
    """Put a baseline into the boxes that nobody has changed, before they are drawn."""
    old: Mapping[str, Any] = st.session_state.get(keys.BASELINE, {})
    for path, value in new.items():
        untouched = path in old and get(path) == old[path]
        if keys.field(path) not in st.session_state or untouched:
            put(path, value)
    st.session_state[keys.BASELINE] = dict(new)


def is_changed(path: str) -> bool:
    """Whether a person has set it by hand."""
    old: Mapping[str, Any] = st.session_state.get(keys.BASELINE, {})
    return path in old and get(path) != old[path]


def baseline_value(path: str) -> Any:
    return st.session_state[keys.BASELINE][path]


def set_back(paths: tuple[str, ...]) -> None:
    """As the preset has them."""
    for path in paths:
        put(path, baseline_value(path))


def get(path: str) -> Any:
    """The value that the box means."""
    raw = st.session_state.get(keys.field(path))
    return raw if path == TRAINED else read(FIELDS[path], raw)


def put(path: str, value: Any) -> None:
    """Have the box show a value of run.yaml."""
    shown = value if path == TRAINED else show(FIELDS[path], value)
    st.session_state[keys.field(path)] = shown


def read(field: Field, raw: Any) -> Any:
    """From what the widget holds to what run.yaml says."""
    match field.kind:
        case Kind.AUTO_INTEGER:
            return "auto" if raw is None else raw
        case Kind.UNLIMITED:
            return -1 if raw is None else raw
        case Kind.TEXT:
            text = (raw or "").strip() if field.path != "prefix" else raw or ""
            return (text or None) if field.path == "model.tokenizer.checkpoint" else text
        case Kind.WORDS:
            return tuple(word.strip() for word in (raw or "").split(",") if word.strip())
        case Kind.OPTIONAL_WORDS:
            return tuple(word.strip() for word in (raw or "").split(",") if word.strip()) or None
        case Kind.LINES:
            return tuple(line for line in (raw or "").splitlines() if line.strip())
        case Kind.WEIGHTS:
            return _read_weights(raw)
        case Kind.TRACKERS:
            return tuple(raw or ())
        case _:
            return raw


def show(field: Field, value: Any) -> Any:
    """The other way."""
    match field.kind:
        case Kind.NUMBER | Kind.OPTIONAL_NUMBER:
            return None if value is None else float(value)
        case Kind.AUTO_INTEGER:
            return None if value == "auto" else value
        case Kind.UNLIMITED:
            return None if value is None or value < 1 else value
        case Kind.TEXT:
            return value or ""
        case Kind.WORDS | Kind.OPTIONAL_WORDS:
            return ", ".join(value or ())
        case Kind.LINES:
            return "\n".join(value or ())
        case Kind.WEIGHTS:
            return _show_weights(value)
        case Kind.TRACKERS:
            return list(value or ())
        case _:
            return value


def _read_weights(raw: str | None) -> Any:
    text = (raw or "").strip()
    if not text or text == "balanced":
        return text or None
    # What is no number stays a text, and the run's own check says so beside the box.
    pairs = (part.rpartition("=") for part in text.split(",") if part.strip())
    return {label.strip(): _number(weight) for label, _sign, weight in pairs}


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text.strip()


def _show_weights(value: Any) -> str | None:
    if isinstance(value, Mapping):
        return ", ".join(f"{label}={weight:g}" for label, weight in value.items())
    return value or None


def trained() -> Trained:
    found: Trained = st.session_state.get(keys.field(TRAINED)) or "all"
    return found


def to_data(task: str, checkpoint: str | None, data: DataSpec | None) -> dict[str, Any]:
    """The form as run.yaml has it, unchecked."""
    way = trained()
    made: dict[str, Any] = {"task": task, "model": {}, "data": {}}
    if way != "scratch":
        made["model"]["checkpoint"] = checkpoint or None
    if data is not None:
        made["data"] = data.model_dump(mode="json", exclude={"holdout"})
        for name in ("max_train_rows", "max_validation_rows"):
            made["data"].pop(name)
    for path in FIELDS:
        if applies(path, task, way) and path not in _OF_SOURCES:
            _set(made, path, get(path))
    for path in _OF_SOURCES:
        if applies(path, task, way) and get(path):
            for split in ("train", "validation"):
                for source in made["data"].get(split, ()):
                    source[path.removeprefix("data.")] = get(path)
    return made


def with_baseline(made: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """The same run, some of its boxes as they were before anybody changed them."""
    found: dict[str, Any] = deepcopy(dict(made))
    for path in paths:
        if path in FIELDS and path not in _OF_SOURCES:
            _set(found, path, baseline_value(path))
    return found


def _set(made: dict[str, Any], path: str, value: Any) -> None:
    *parts, last = path.split(".")
    for part in parts:
        made = made.setdefault(part, {})
    made[last] = value


def from_spec(spec: RunSpec) -> dict[str, Any]:
    """Field to value as a run has it."""
    model = spec.model
    way = "scratch" if model.scratch else "lora" if model.lora else "all"
    found: dict[str, Any] = {**PLAIN, TRAINED: way}
    for path in FIELDS:
        if path in _OF_SOURCES:
            found[path] = getattr(spec.data.train[0], path.removeprefix("data."))
            continue
        value: Any = spec
        for part in path.split("."):
            value = None if value is None else getattr(value, part)
        parent = path.rpartition(".")[0]
        if value is not None or parent not in ("model.lora", "model.scratch", "model.tokenizer"):
            found[path] = value
    return found


def apply_changes(changes: Mapping[str, Any]) -> None:
    """What a finding offers, put into the boxes. For use inside a callback."""
    for path, value in changes.items():
        if path in FIELDS:
            put(path, value)
        elif path == "model.checkpoint":
            st.session_state[keys.checkpoint(st.session_state[keys.TASK])] = str(value)
        elif path == "model.lora":
            put(TRAINED, "all" if value is None else "lora")
            if value is not None:
                fields = value if isinstance(value, Mapping) else asdict(value)
                apply_changes({f"{path}.{name}": item for name, item in fields.items()})


def can_apply(changes: Mapping[str, Any]) -> bool:
    """Whether the form has boxes for all of it."""
    known = ("model.checkpoint", "model.lora")
    return bool(changes) and all(path in FIELDS or path in known for path in changes)
