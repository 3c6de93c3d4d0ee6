"""The two things the page does: label a whole text, or tag its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.tasks import text_classification, token_classification


@dataclass(frozen=True, slots=True)
class Mode:
    """One of them. label, button and the questions of tabs are English, translated where
    they are drawn; id stands in links.

    tabs: an id that links carry, and the question it answers; the first is open at the start.
    """

    id: str
    label: str
    button: str
    task: str
    auto_class: str
    checkpoint: CheckpointRef
    text: str
    tabs: Mapping[str, str]


_LAST_TABS = {
    "other": "What does another model say?",
    "code": "In Python?",
    "keep": "Save or share?",
    "check": "Is it right?",
}
CLASSIFY = Mode(
    id="classify",
    label="Classify the text",
    button="Classify",
    task=text_classification.TASK,
    auto_class=text_classification.AUTO_CLASS,
    checkpoint=CheckpointRef(Kind.STARTER, "sentiment-en"),
    text="The food was great, but we waited an hour for it.",
    tabs={"labels": "Which label fits?", **_LAST_TABS},
)
TAG = Mode(
    id="tag",
    label="Tag its words",
    button="Tag the words",
    task=token_classification.TASK,
    auto_class=token_classification.AUTO_CLASS,
    checkpoint=CheckpointRef(Kind.STARTER, "ner-en"),
    text="Marie Curie was born in Warsaw and later moved to Paris.",
    tabs={"entities": "What is in it?", "words": "How sure is each word?", **_LAST_TABS},
)
MODES: dict[str, Mode] = {mode.id: mode for mode in (CLASSIFY, TAG)}
