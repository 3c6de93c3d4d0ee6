"""What somebody wants a checkpoint for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LicenceWish(StrEnum):
    """What the licence has to allow."""

    ANY = "any"
    COMMERCIAL = "commercial"
    PERMISSIVE = "permissive"  # and what is made with it need not be shared alike


class Way(StrEnum):
    """How a checkpoint would come to do the task."""

    AS_IS = "as_is"
    FINE_TUNE = "fine_tune"


@dataclass(frozen=True, slots=True)
class Wish:
    """task: one of CATALOGUE_TASKS. language, target: ISO 639-1; target of a translation alone.

    length_tokens: of the longest usual text. memory_bytes: that a model may take here.
    labelled_rows: of own data to train on; 0 for none.
    """

    task: str
    language: str
    length_tokens: int
    memory_bytes: int
    target: str | None = None
    licence: LicenceWish = LicenceWish.ANY
    labelled_rows: int = 0
