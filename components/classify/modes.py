"""The three things the page does: label a whole text, with its own labels too, or tag its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.tasks import text_classification, token_classification, zero_shot_classification


@dataclass(frozen=True, slots=True)
class Mode:
    """One of them. label, button and the questions of tabs are English, translated where
    they are drawn; id stands in links.

    tabs: an id that links carry, and the question it answers; the first is open at the start.
    sample: a bundled dataset whose labels are of its kind, empty where none is judged.
    """

    id: str
    label: str
    button: str
    task: str
    auto_class: str
    checkpoint: CheckpointRef
    text: str
    tabs: Mapping[str, str]
    sample: str = ""


# They ask for texts of their own, and need no answer about the one text.
_MANY_AND_GOOD = {"many": "Many texts?", "good": "How good is it?"}
_LAST_TABS = {
    "code": "In Python?",
    "keep": "Save or share?",
    "check": "Is it right?",
}
_OTHER = {"other": "What does another model say?"}
CLASSIFY = Mode(
    id="classify",
    label="Classify the text",
    button="Classify",
    task=text_classification.TASK,
    auto_class=text_classification.AUTO_CLASS,
    checkpoint=CheckpointRef(Kind.STARTER, "sentiment-en"),
    text="The food was great, but we waited an hour for it.",
    tabs={
        "labels": "Which label fits?",
        "given": "From which probability on?",
        **_MANY_AND_GOOD,
        **_OTHER,
        **_LAST_TABS,
    },
    sample="sentiment",
)
ZERO_SHOT = Mode(
    id="zero-shot",
    label="By labels of your own",
    button="Classify",
    task=zero_shot_classification.TASK,
    auto_class=zero_shot_classification.AUTO_CLASS,
    checkpoint=CheckpointRef(Kind.HUB, "cross-encoder/nli-deberta-v3-small"),
    text="The parcel arrived two weeks late, and nobody answered my calls.",
    tabs={
        "labels": "Which label fits?",
        "asked": "What was the model asked?",
        "given": "From which probability on?",
        "many": "Many texts?",
        **_LAST_TABS,
    },
)
TAG = Mode(
    id="tag",
    label="Tag its words",
    button="Tag the words",
    task=token_classification.TASK,
    auto_class=token_classification.AUTO_CLASS,
    checkpoint=CheckpointRef(Kind.STARTER, "ner-en"),
    text="Marie Curie was born in Warsaw and later moved to Paris.",
    tabs={
        "entities": "What is in it?",
        "words": "How sure is each word?",
        "joined": "How are tokens joined?",
        **_MANY_AND_GOOD,
        **_OTHER,
        **_LAST_TABS,
    },
    sample="entities",
)
MODES: dict[str, Mode] = {mode.id: mode for mode in (CLASSIFY, ZERO_SHOT, TAG)}
EXAMPLE_LABELS = ("delivery", "price", "quality of the goods", "praise")
