"""Recipe: the steps between a file and the rows that are used."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from loupe.data.recipe.drop_conflicts import DropConflicts
from loupe.data.recipe.drop_duplicates import DropDuplicates
from loupe.data.recipe.drop_ids import DropIds
from loupe.data.recipe.drop_leaks import DropLeaks
from loupe.data.recipe.drop_rows import DropRows
from loupe.data.recipe.keep_columns import KeepColumns
from loupe.data.recipe.map_column import MapColumn
from loupe.data.recipe.merge_labels import MergeLabels
from loupe.data.recipe.normalise import Normalise
from loupe.data.recipe.rename_columns import RenameColumns
from loupe.data.recipe.repair_bio import RepairBio
from loupe.data.recipe.sample import Sample
from loupe.data.recipe.split_by_hash import SplitByHash
from loupe.data.recipe.strip import Strip
from loupe.errors import InvalidInput

SCHEMA_VERSION = 1

AnyStep = Annotated[
    DropRows
    | DropDuplicates
    | DropLeaks
    | DropConflicts
    | MergeLabels
    | Strip
    | Normalise
    | RepairBio
    | Sample
    | RenameColumns
    | MapColumn
    | KeepColumns
    | SplitByHash
    | DropIds,
    Field(discriminator="step"),
]

# Fields of steps that name a split.
_SPLIT_FIELDS = ("split", "into", "remove_from")


class Recipe(BaseModel):
    """Steps in order. Columns are the file's own; classes go by their names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    steps: tuple[AnyStep, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it changes nothing."""
        return not any(step.enabled for step in self.steps)

    def with_splits_named(self, names: dict[str, str]) -> Recipe:
        """The same for splits of other names, as a run has them: `{"test": "validation"}`."""

        def renamed(step: Any) -> Any:
            update: dict[str, Any] = {
                field: names.get(value, value)
                for field in _SPLIT_FIELDS
                if (value := getattr(step, field, None)) is not None
            }
            if isinstance(step, DropRows):
                update["splits"] = tuple(names.get(name, name) for name in step.splits)
            if isinstance(step, DropIds):
                update["rows"] = {names.get(k, k): v for k, v in step.rows.items()}
                update["fingerprints"] = {names.get(k, k): v for k, v in step.fingerprints.items()}
            return step.model_copy(update=update)

        return self.model_copy(update={"steps": tuple(renamed(step) for step in self.steps)})


def to_yaml(recipe: Recipe) -> str:
    """All of it, values that are the default too."""
    data = recipe.model_dump(mode="json")
    return str(yaml.safe_dump(data, sort_keys=False, allow_unicode=True))


def from_yaml(text: str) -> Recipe:
    """Read what to_yaml wrote, in this version or an older one.

    Raises InvalidInput that names the step, counted from 1, and the field.
    """
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidInput(
            "The recipe is not YAML.", "Correct the line below.", detail=str(error)
        ) from error
    if isinstance(data, dict) and data.get("schema_version", 1) != SCHEMA_VERSION:
        raise InvalidInput(
            "This recipe was written in version {version} of its format; this Loupe reads {ours}.",
            "Use the version of Loupe that wrote it.",
            version=data.get("schema_version"),
            ours=SCHEMA_VERSION,
        )
    try:
        return Recipe.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InvalidInput(
            "{place}: {fault}.",
            "Correct it in the recipe.",
            place=_place(first["loc"]),
            fault=first["msg"].removeprefix("Value error, "),
            detail=str(error),
        ) from error


def recipe_hash(recipe: Recipe) -> str:
    """16 hex digits of what it does.

    Neither the order of keys nor steps that are switched off count, and no values that are the
    default: a field that a later version adds changes no hash.
    """
    steps = [
        {"step": step.step, **step.model_dump(mode="json", exclude_defaults=True)}
        for step in recipe.steps
        if step.enabled
    ]
    text = json.dumps(steps, sort_keys=True, ensure_ascii=False)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _place(location: tuple[int | str, ...]) -> str:
    parts = list(location)
    if len(parts) >= 2 and parts[0] == "steps" and isinstance(parts[1], int):
        # The union's tag stands in the location, too.
        rest = ".".join(str(part) for part in parts[3:])
        return f"Step {parts[1] + 1}" + (f", {rest}" if rest else "")
    return ".".join(str(part) for part in parts) or "The recipe"
