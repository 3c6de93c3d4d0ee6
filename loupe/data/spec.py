"""Which data a run uses, as `run.yaml` says it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

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


class Source(_Strict):
    """One file.

    path: of a csv, tsv, jsonl, json, parquet, txt or conll file, or `sample:NAME`; a relative one
    is looked for in the folders that Loupe may read.
    format: found by the file's ending unless it is named here.
    columns: role to column; `text: 1` is the second column of a file without a header.
    header: whether the first line of a csv or tsv names the columns.
    label_names: the names of the classes 0, 1, ... where the file has only their numbers.
    license, attribution: of the data; the model card says them.
    """

    path: str
    format: Literal["auto", "csv", "tsv", "jsonl", "json", "parquet", "txt", "conll"] = "auto"
    columns: dict[Role, str | int] = Field(default_factory=dict)
    header: bool = True
    label_names: tuple[str, ...] = ()
    license: str = ""
    attribution: str = ""


class DataSpec(_Strict):
    """Training data, and what is held out of it.

    validation: own files; where there are none, `holdout` of the rows of `train` is held out, by a
    hash of the row's normalised source text: equal texts fall on one side, in every run.
    max_train_rows, max_validation_rows: a sample of so many after the split; None is all.
    """

    train: tuple[Source, ...] = Field(min_length=1)
    validation: tuple[Source, ...] = ()
    holdout: Share = 0.1
    max_train_rows: Annotated[int, Field(ge=1)] | None = None
    max_validation_rows: Annotated[int, Field(ge=1)] | None = 2000
