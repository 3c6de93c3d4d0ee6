"""Which data a run uses, as `run.yaml` says it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from loupe.data.recipe.recipe import Recipe

Format = Literal["auto", "csv", "tsv", "jsonl", "json", "parquet", "arrow", "txt", "conll"]
Share = Annotated[float, Field(ge=0.0, lt=1.0)]

SAMPLE_PREFIX = "sample:"


class Role(StrEnum):
    """What a column is to a task."""

    TEXT = "text"  # the text to learn from, to classify
    LABEL = "label"  # one label, or a list of them
    SOURCE = "source"  # the text to translate or to summarise
    TARGET = "target"  # its translation or summary; a list of them where there are several
    TOKENS = "tokens"  # the words of a sentence
    TAGS = "tags"  # one tag a word


class _Strict(BaseModel):
    """An unknown field is a spelling mistake, and is said to be one."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Reading(_Strict):
    """How the bytes of a file become rows.

    format: found by the file's ending unless it is named here.
    encoding: as Python names it; a UTF-8 byte order mark is left out in any case.
    delimiter: one character that parts the columns of a csv or tsv; None: the format's own.
    quoting: whether double quotes hold delimiters and line breaks; None: in a csv yes, else no.
    header: whether the first line of a csv or tsv names the columns.
    column_names: names for all columns, instead of the file's own or where it has none (csv, tsv,
        conll).
    field: of a json file, the key under which the rows lie; parted by dots where it is nested.
    ragged: what becomes of a row of a csv or tsv that has more or fewer columns than the first:
        the file is refused; missing ones are filled with "" and surplus ones joined to the last;
        the row is left out.
    member: of a zip archive, the file in it; empty where it holds only one.
    mixed: what becomes of a column of a json or jsonl whose values are of different kinds: the file
        is refused; those that are not texts become their JSON.
    """

    format: Format = "auto"
    encoding: str = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    quoting: bool | None = None
    header: bool = True
    column_names: tuple[str, ...] = ()
    field: str = ""
    ragged: Literal["refuse", "fill", "drop"] = "refuse"
    member: str = ""
    mixed: Literal["refuse", "text"] = "refuse"


class Source(Reading):
    """One file.

    path: of a csv, tsv, jsonl, json, parquet, arrow, txt or conll file, or `sample:NAME`; a
    relative one is looked for in the folders that Loupe may read.
    columns: role to column; `text: 1` is the second column of a file without a header.
    label_names: the names of the classes 0, 1, ... where the file has only their numbers.
    license, attribution: of the data; the model card says them.
    """

    path: str
    columns: dict[Role, str | int] = Field(default_factory=dict)
    label_names: tuple[str, ...] = ()
    license: str = ""
    attribution: str = ""


class DataSpec(_Strict):
    """Training data, and what is held out of it.

    validation: own files; where there are none, `holdout` of the rows of `train` is held out, by a
    hash of the row's normalised source text: equal texts fall on one side, in every run.
    max_train_rows, max_validation_rows: a sample of so many after the split; None is all.
    recipe: steps between the files and their rows, on the files' own columns and the splits
        `train` and `validation`; what is held out is held out of the rows that it leaves.
    """

    train: tuple[Source, ...] = Field(min_length=1)
    validation: tuple[Source, ...] = ()
    holdout: Share = 0.1
    max_train_rows: Annotated[int, Field(ge=1)] | None = None
    max_validation_rows: Annotated[int, Field(ge=1)] | None = 2000
    # Left out where there is none, so that a run without one is written as it always was.
    recipe: Recipe = Field(default_factory=Recipe, exclude_if=lambda recipe: not recipe.steps)
