"""All that is wrong with a run as it was typed, each fault with the field that it is in.

RunSpec.from_dict stops at the first; a form shows them all, each beside its box.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from loupe.data.spec import Source
from loupe.errors import InvalidInput
from loupe.training.preflight.report import Finding, stop
from loupe.training.spec import Arguments, LoraSpec, ModelSpec, RunSpec, ScratchSpec, TokenizerSpec

# pydantic's kinds of fault, in words. Those that are not here keep pydantic's own.
_WORDS: Mapping[str, tuple[str, str]] = {
    "greater_than": ("This has to be above {gt:g}.", "Raise it."),
    "greater_than_equal": ("This has to be at least {ge:g}.", "Raise it."),
    "less_than": ("This has to be below {lt:g}.", "Lower it."),
    "less_than_equal": ("This may be at most {le:g}.", "Lower it."),
    "finite_number": ("This is no number to compute with.", "Type an ordinary number."),
    "missing": ("This is empty.", "Fill it in."),
    "too_short": ("This is empty.", "Choose at least one."),
}
_NO_NUMBER = ("This is empty, or no number.", "Type a number.")
_NO_WHOLE_NUMBER = ("This is no whole number.", "Type one without a fraction.")
_NAME = (
    "A name is made of letters from A to Z, digits, “_”, “-” and “.”, at most 64 of them, and "
    "begins with a letter, a digit or “_”.",
    "Choose such a name: the run's folder is called by it.",
)
_OTHERWISE = ("{fault}", "Correct this field.")
_SENTENCE = ("{fault}", "")
# Faults of two settings together, which pydantic places above both: how they begin, and the field
# that has to give way.
_TOGETHER: tuple[tuple[str, str], ...] = (
    ("hidden_size", "model.scratch.hidden_size"),
    ("tie_word_embeddings", "model.scratch.tie_word_embeddings"),
    ("the family", "model.scratch.family"),
    ("give either a checkpoint", "model.checkpoint"),
    ("a model from scratch needs", "model.tokenizer.checkpoint"),
    ("lora, freeze_layers", "model.freeze_layers"),
    ("lora leaves", "model.freeze_layers"),
    ("mask_replace_prob", "mask_replace_prob"),
    ("class_weights", "class_weights"),
    ("multi_label", "multi_label"),
)
_MODELS: Mapping[str, type[BaseModel]] = {
    "": RunSpec,
    "args": Arguments,
    "model": ModelSpec,
    "model.scratch": ScratchSpec,
    "model.tokenizer": TokenizerSpec,
    "model.lora": LoraSpec,
}


def read_spec(data: Mapping[str, Any]) -> tuple[RunSpec | None, tuple[Finding, ...]]:
    """(the run, ()) or (None, its faults). data: plain values, as run.yaml has them."""
    try:
        return RunSpec.model_validate(data), ()
    except ValidationError as error:
        faults = _each_once(error.errors(include_url=False))
        return None, tuple(_finding(fault) for fault in faults)


def _each_once(faults: Iterable[Any]) -> list[Any]:
    """One fault a field: a value that may be a number or a word has a fault for each of them.

    The deepest says most. A list is not short because an item of it is wrong.
    """
    by_field: dict[str, Any] = {}
    for fault in faults:
        field = _field(fault)
        known = by_field.get(field)
        if known is None or len(fault["loc"]) > len(known["loc"]):
            by_field[field] = fault
    return [
        fault
        for field, fault in by_field.items()
        if not any(other.startswith(f"{field}.") for other in by_field)
    ]


def _said(fault: Any) -> str:
    return str(fault["msg"]).removeprefix("Value error, ")


def _finding(fault: Any) -> Finding:
    words = _said(fault)
    field = _field(fault)
    message, remedy = _in_words(fault, field)
    params = {"fault": words, **(fault.get("ctx") or {})}
    params.pop("error", None)
    return stop(field, InvalidInput(message, remedy, **params))


def _in_words(fault: Any, field: str) -> tuple[str, str]:
    kind = fault["type"]
    if field == "name":
        return _NAME
    if kind in ("int_from_float", "int_parsing") and isinstance(fault["input"], float | str):
        return _NO_WHOLE_NUMBER
    if kind in ("int_type", "float_type", "float_parsing", "int_parsing_size"):
        return _NO_NUMBER
    # A whole sentence of ours says already what to do.
    otherwise = _SENTENCE if _said(fault).endswith(".") else _OTHERWISE
    return _WORDS.get(kind, otherwise)


def _field(fault: Any) -> str:
    """The dotted path; without the part by which pydantic tells the kinds of a value apart."""
    path = ""
    for part in fault["loc"]:
        known = _MODELS.get(path)
        if known is not None and part not in known.model_fields:
            break
        if path and path not in _MODELS and not _goes_on(path, part):
            break
        path = f"{path}.{part}" if path else str(part)
    return path if path and path not in _MODELS else _of_several(path, fault)


def _of_several(path: str, fault: Any) -> str:
    """The field that has to give way where pydantic names what holds several."""
    words = _said(fault)
    if words.startswith("“"):  # what was typed, which names no checkpoint
        is_scratch = isinstance(fault["input"], Mapping) and bool(fault["input"].get("scratch"))
        return "model.tokenizer.checkpoint" if is_scratch else "model.checkpoint"
    return next((field for sign, field in _TOGETHER if words.startswith(sign)), path)


def _goes_on(path: str, part: int | str) -> bool:
    """Whether a part after a leaf of the run is a place in it: data.train.0.columns.label."""
    if not path.startswith("data"):
        return False
    return isinstance(part, int) or path == "data" or part in Source.model_fields or _is_role(path)


def _is_role(path: str) -> bool:
    return path.endswith(".columns")
