"""What the page Fill mask opens with."""

from __future__ import annotations

from loupe.checkpoints.ref import CheckpointRef, Kind

DEFAULT_CHECKPOINT = CheckpointRef(Kind.STARTER, "fill-mask-en")
DEFAULT_OTHER = CheckpointRef(Kind.HUB, "google-bert/bert-base-uncased")
DEFAULT_TEXT = "Hello, my name is [MASK]."
DEFAULT_WORDS = "Anna, John, hungry"

# The list of one mask: what is asked of the model once, and what is drawn of it. Moving the slider
# only draws.
SHOWN_MAX = 50
SHOWN_MIN = 3
SHOWN_DEFAULT = 10
