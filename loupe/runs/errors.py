"""What cannot be done with a run, said so that a person knows what to do.

LoupeError
└── InvalidInput
    ├── NoSuchRun
    ├── RunIsBusy        it trains just now (loupe.training.errors)
    └── CannotResume     nothing is left to train, or it would end as before
"""

from __future__ import annotations

from loupe.errors import InvalidInput


class NoSuchRun(InvalidInput):
    """There is no run of this name in the store."""


class CannotResume(InvalidInput):
    """The run cannot go on, for the reason that is said."""
