"""The three things the page does, and texts to begin with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loupe.checkpoints.ref import CheckpointRef, Kind

DEFAULT_CHECKPOINT = CheckpointRef(Kind.STARTER, "generate-en")
DEFAULT_OTHER = CheckpointRef(Kind.HUB, "openai-community/gpt2")


@dataclass(frozen=True, slots=True)
class Mode:
    """One of them. label, button and the questions of tabs are English, translated where they are
    drawn; id stands in links. tabs: an id, and the question it answers; the first is open.
    """

    id: str
    label: str
    button: str
    tabs: Mapping[str, str]


_LAST_TABS = {"code": "In Python?", "keep": "Save or share?", "check": "Is it right?"}
CONTINUE = Mode(
    "continue",
    "Continue a text",
    "Continue",
    {
        "instead": "What could stand there instead?",
        "other": "Another model?",
        **_LAST_TABS,
    },
)
CHAT = Mode(
    "chat",
    "Chat",
    "Send",
    {
        "instead": "What could stand there instead?",
        "other": "Another model?",
        **_LAST_TABS,
    },
)
SCORE = Mode(
    "score",
    "Score a text",
    "Score",
    {"surprise": "How surprising is it?", "code": "In Python?", "keep": "Save or share?"},
)
MODES: dict[str, Mode] = {mode.id: mode for mode in (CONTINUE, CHAT, SCORE)}


@dataclass(frozen=True, slots=True)
class Preset:
    """A text to begin with. label is English, translated where it is drawn."""

    label: str
    text: str


PRESETS: dict[str, Preset] = {
    "history": Preset("An encyclopedia", "The city of Rome was founded"),
    "story": Preset("A story", "Once upon a time there was an old king who lived"),
    "dialogue": Preset(
        "A dialogue", "“Where have you been?” she asked.\n“I was at the station,” he said. “"
    ),
    "list": Preset("A list", "Things to take along:\n- a map\n- a warm coat\n-"),
}
DEFAULT_PROMPT = PRESETS["history"].text
DEFAULT_MESSAGE = "Hello! Who are you?"
DEFAULT_SCORED = "The cat sat on the mat. The mat sat on the cat."
