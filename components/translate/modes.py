"""The two things the page does: say a text in another language, or say it shorter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.tasks import summarization, translation
from loupe.tasks.summarization.query import DEFAULT_MAX_NEW_TOKENS as SUMMARY_TOKENS
from loupe.tasks.translation.query import DEFAULT_MAX_NEW_TOKENS as TRANSLATION_TOKENS


@dataclass(frozen=True, slots=True)
class Mode:
    """One of them. label, button, output and the questions of tabs are English, translated where
    they are drawn; id stands in links.

    checkpoint: None where none is bundled. output: what the model's text is called.
    tabs: an id that links carry, and the question it answers; the first is open at the start.
    """

    id: str
    label: str
    button: str
    output: str
    task: str
    auto_class: str
    checkpoint: CheckpointRef | None
    max_new_tokens: int
    text: str
    tabs: Mapping[str, str]


_LAST_TABS = {
    "other": "Another model?",
    "document": "A whole document?",
    "code": "In Python?",
    "keep": "Save or share?",
    "check": "Is it right?",
}
TRANSLATE = Mode(
    id="translate",
    label="Translate",
    button="Translate",
    output="Translation",
    task=translation.TASK,
    auto_class=translation.AUTO_CLASS,
    checkpoint=CheckpointRef(Kind.STARTER, "translate-en-fr"),
    max_new_tokens=TRANSLATION_TOKENS,
    text="How are you?",
    tabs={
        "attention": "Which words did it look at?",
        "quality": "How good is it?",
        **_LAST_TABS,
    },
)
SUMMARISE = Mode(
    id="summarise",
    label="Summarise",
    button="Summarise",
    output="Summary",
    task=summarization.TASK,
    auto_class=summarization.AUTO_CLASS,
    checkpoint=None,
    max_new_tokens=SUMMARY_TOKENS,
    text=(
        "The town library will stay closed until spring. Heavy rain in November flooded the "
        "cellar, where some four thousand old newspapers were kept, and the electricity had to be "
        "switched off in the whole building. Volunteers carried most of the papers to the school, "
        "where they are now being dried page by page. The mayor said that repairs would cost "
        "about two hundred thousand euros, and that children can borrow books from a bus that "
        "stops at the market every Friday."
    ),
    tabs={
        "copied": "How much is copied?",
        "attention": "Which words did it look at?",
        "quality": "How good is it?",
        **_LAST_TABS,
    },
)
MODES: dict[str, Mode] = {mode.id: mode for mode in (TRANSLATE, SUMMARISE)}
