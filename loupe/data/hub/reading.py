"""How a dataset's card says its files are read, in the words of `Reading`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from loupe.data.spec import Reading

_QUOTE_NONE = 3  # csv.QUOTE_NONE, as a card writes it


def reading_of(module: str | None, params: Mapping[str, Any]) -> dict[str, object]:
    """The fields of `Reading` that differ from what a file's ending says.

    module: the module of `datasets` that the card's parameters are meant for. What cannot be
    understood is left out: the doctor looks at the file itself.
    """
    said: dict[str, object] = {}
    if module == "csv":
        said = _of_csv(params)
    elif module == "conll":
        said = {"column_names": params.get("column_names")}
    elif module == "json":
        said = {"field": params.get("field")}
    if module in {"csv", "text", "json", "conll"}:
        said["encoding"] = params.get("encoding")
    return {name: value for name, value in said.items() if value is not None and _fits(name, value)}


def _of_csv(params: Mapping[str, Any]) -> dict[str, object]:
    names = params.get("names") or params.get("column_names")
    said: dict[str, object] = {
        "delimiter": params.get("sep") or params.get("delimiter"),
        "column_names": tuple(names) if isinstance(names, list) else None,
    }
    # As pandas has it: `header: null` is no header, and names alone mean that there is none.
    if ("header" in params and params["header"] is None) or (names and "header" not in params):
        said["header"] = False
    if params.get("quoting") == _QUOTE_NONE:
        said["quoting"] = False
    return said


def _fits(name: str, value: object) -> bool:
    try:
        Reading.model_validate({name: value})
    except ValidationError:
        return False
    return True
