"""Tiny random checkpoints for the page Classify and tag, and what a visitor does there."""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from components.classify import keys
from components.classify.modes import CLASSIFY, TAG, ZERO_SHOT, Mode
from loupe.checkpoints.ref import CheckpointRef
from loupe.tasks import text_classification, token_classification
from tests.pages.visitor import by_key, error_boxes, figures, open_page

CLASSIFY_PAGE = "pages/classify.py"
TEXTS = {"auto_class": text_classification.AUTO_CLASS}
TOKENS = {"auto_class": token_classification.AUTO_CLASS}
TEXT = "The cat sleeps in Paris."
# The checkpoint that a mode's tests use where it does not matter which.
NAME_OF = {CLASSIFY.id: "sentiment", ZERO_SHOT.id: "nli", TAG.id: "ner"}
SCRIPT_LABEL = "<img src=x onerror=alert(1)> **bold** [link](https://elsewhere.example)"

# name → (kind, options of make_tiny)
CLASSIFIERS: dict[str, tuple[str, dict[str, Any]]] = {
    "sentiment": ("bert", {**TEXTS, "labels": ("negative", "positive")}),
    "each": (
        "roberta",
        {**TEXTS, "labels": ("a", "b", "c"), "problem_type": "multi_label_classification"},
    ),
    "number": ("bert", {**TEXTS, "labels": ("LABEL_0",)}),
    "intents": ("bert", {**TEXTS, "labels": [f"intent {i}" for i in range(77)]}),
    "nli": ("bert", {**TEXTS, "labels": ("entailment", "neutral", "contradiction")}),
    "markup": ("bert", {**TEXTS, "labels": (SCRIPT_LABEL, "$x^2$ :red[no]")}),
    "ner": ("bert", {**TOKENS, "labels": ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")}),
    "markup-tags": ("bert", {**TOKENS, "labels": ("O", f"B-{SCRIPT_LABEL}", "I-x")}),
    "pos": ("bert", {**TOKENS, "labels": ("NOUN", "VERB", "DET")}),
}


def ask(mode: Mode, checkpoint: str, text: str, **session: Any) -> AppTest:
    """A new visitor on the page in one mode, with this checkpoint and text."""
    return open_page(
        CLASSIFY_PAGE,
        session={
            keys.MODE: mode.id,
            keys.checkpoint(mode): checkpoint,
            keys.TEXT: text,
            **session,
        },
        context={"url": "http://localhost:8501/classify"},
    )


def marked(at: AppTest) -> dict[str, Any] | None:
    """What the browser gets for the text with its entities; None where none is drawn."""
    node = by_key(at, keys.ENTITIES)
    return None if node is None else dict(json.loads(node.proto.json))


def bars(at: AppTest) -> list[str]:
    """The names of the bars, without their ranks."""
    (figure,) = figures(at)
    return [name.split("</span>   ", 1)[1] for name in figure["layout"]["yaxis"]["ticktext"]]


def has_answer(at: AppTest) -> bool:
    return bool(figures(at)) or marked(at) is not None


def unforeseen(at: AppTest) -> list[Any]:
    """The error boxes but for the one that asks which label of the data is which of a model's:
    tiny models have labels of their own."""
    return [box for box in error_boxes(at) if box.key != f"error_{keys.PAGE}_match"]


def chosen(at: AppTest, mode: Mode) -> str:
    """The checkpoint that the page takes the box to name."""
    return str(CheckpointRef.parse(str(at.selectbox(key=keys.checkpoint(mode)).value)))


def open_question(at: AppTest, mode: Mode, tab: str) -> AppTest:
    """Open a tab by its id, as a click does."""
    at.session_state[keys.tabs(mode)] = mode.tabs[tab]
    return at.run()


__all__ = [
    "CLASSIFIERS",
    "CLASSIFY",
    "CLASSIFY_PAGE",
    "NAME_OF",
    "SCRIPT_LABEL",
    "TAG",
    "TEXT",
    "ZERO_SHOT",
    "ask",
    "bars",
    "chosen",
    "has_answer",
    "marked",
    "open_question",
    "unforeseen",
]
