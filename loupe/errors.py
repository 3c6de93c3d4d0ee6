"""What can go wrong through no fault of ours, said so that a person knows what to do.

    LoupeError
    ├── InvalidInput          what was typed cannot be used as it stands
    │   ├── InvalidRef        not the name of a checkpoint
    │   ├── EmptyText
    │   ├── TextTooLong       more tokens than the model reads
    │   ├── NoMaskToken       nothing to fill in
    │   └── OutsideRoots      a path that the settings do not allow
    ├── CheckpointError       the checkpoint cannot be used
    │   ├── NotOnThisMachine  it would have to be downloaded first
    │   ├── CheckpointNotFound
    │   ├── WrongHead         it has no trained head for this task
    │   ├── MissingTokenizer
    │   ├── DamagedCheckpoint
    │   ├── NeedsConversion   its weights are a pickle, not safetensors
    │   └── UnsupportedCheckpoint
    ├── DatasetError          the dataset of a hub cannot be used
    │   ├── DatasetNotHere    its files would have to be downloaded first
    │   ├── DatasetNotFound
    │   └── UnsupportedDataset  no files in it that can be read as rows
    ├── HubError              the model hub did not give what was asked
    │   ├── HubUnreachable    no network, no DNS, no answer in time
    │   ├── AccessDenied      gated or private
    │   ├── DownloadFailed
    │   └── NotEnoughDisk
    └── EngineError           the work was accepted and could not be finished
        ├── OutOfMemory
        └── Cancelled

A message is a template with named fields, so that the interface can translate the template and fill
in the same values: `str(error)` is the English text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that fill a message and are translated themselves; a template like the message."""

    template: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format(**self.params)


class LoupeError(Exception):
    """A fault with a cause a person can understand and a remedy they can apply.

    `message` and `remedy` are templates in the style of `str.format`; `params` fills both.
    `detail` is a library's own words, shown folded and as plain text, never as the message.
    """

    def __init__(
        self,
        message: str,
        remedy: str,
        *,
        detail: str | None = None,
        **params: object,
    ) -> None:
        self.message = message
        self.remedy = remedy
        self.detail = detail
        self.params = params
        super().__init__(message, remedy)

    def __str__(self) -> str:
        return f"{self.message.format(**self.params)} {self.remedy.format(**self.params)}"


class InvalidInput(LoupeError):
    """What was typed cannot be used as it stands."""


class InvalidRef(InvalidInput):
    """A text that does not name a checkpoint."""


class EmptyText(InvalidInput):
    """There is no text to look at."""


class TextTooLong(InvalidInput):
    """The text has more tokens than the model reads."""


class NoMaskToken(InvalidInput):
    """The text has nothing to fill in."""


class OutsideRoots(InvalidInput):
    """A path outside the folders that Loupe may read."""


class CheckpointError(LoupeError):
    """The checkpoint cannot be used."""


class NotOnThisMachine(CheckpointError):
    """The checkpoint exists by name only: its files are not here."""


class CheckpointNotFound(CheckpointError):
    """Nothing is there under this name."""


class WrongHead(CheckpointError):
    """The checkpoint has no trained head for the task asked of it."""


class MissingTokenizer(CheckpointError):
    """The checkpoint has weights, but nothing that turns text into tokens."""


class DamagedCheckpoint(CheckpointError):
    """The files are there and cannot be read."""


class NeedsConversion(CheckpointError):
    """The weights are stored as a pickle, which Loupe does not open in its own process."""


class UnsupportedCheckpoint(CheckpointError):
    """An architecture or format that cannot be loaded here."""


class DatasetError(LoupeError):
    """The dataset of a hub cannot be used."""


class DatasetNotHere(DatasetError):
    """Its files are not on this machine."""


class DatasetNotFound(DatasetError):
    """Nothing is there under this name."""


class UnsupportedDataset(DatasetError):
    """It holds no files that can be read as rows: a script, pictures, an unknown format."""


class HubError(LoupeError):
    """The model hub did not give what was asked."""


class HubUnreachable(HubError):
    """No answer from the hub within the deadline."""


class AccessDenied(HubError):
    """The hub knows the checkpoint and does not hand it out without a token."""


class DownloadFailed(HubError):
    """The transfer broke off and retrying did not help."""


class NotEnoughDisk(HubError):
    """The files do not fit on the disk."""


class EngineError(LoupeError):
    """The work was accepted and could not be finished."""


class OutOfMemory(EngineError):
    """The model or its work does not fit into memory."""


class Cancelled(EngineError):
    """Somebody asked for the work to stop."""
