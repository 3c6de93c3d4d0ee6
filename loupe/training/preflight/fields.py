"""Which field of run.yaml an error is about."""

from __future__ import annotations

import re

from pydantic import BaseModel

from loupe.data.spec import Role, Source
from loupe.errors import LoupeError
from loupe.training.spec import RunSpec

# How messages of the core begin that name a field: "args.bf16: …", "max_length 4 leaves …".
_NAMED = re.compile(r"[a-z_]+(?:\.[a-z_]+)*")


def field_of(error: LoupeError, spec: RunSpec, otherwise: str) -> str:
    """The dotted path that the error names, or whose file it names; else `otherwise`."""
    named = _NAMED.match(error.message.format(**error.params))
    if named is not None and _is_field(named.group(), spec):
        return named.group()
    path = error.params.get("path")
    for split, sources in (("train", spec.data.train), ("validation", spec.data.validation)):
        for i, source in enumerate(sources):
            if source.path == path:
                return f"data.{split}.{i}.{part_of(error, source)}"
    return otherwise


def _is_field(dotted: str, spec: RunSpec) -> bool:
    at: object = spec
    for name in dotted.split("."):
        if not isinstance(at, BaseModel) or name not in type(at).model_fields:
            return False
        at = getattr(at, name)
    return True


def part_of(error: LoupeError, source: Source) -> str:
    """Which part of a source an error about its file names: a column, or the file itself."""
    if role := error.params.get("role"):
        return f"columns.{role}"
    if source.label_names and "column" in error.params:
        return "label_names"
    return "path"


def column_field(role: Role, split: str = "train") -> str:
    """Of a role's column in the first file of a split."""
    return f"data.{split}.0.columns.{role.value}"
