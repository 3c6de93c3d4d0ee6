"""Classify and tag: the entities of a text, and the tags of its words."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from components.classify import keys
from tests.pages.classifiers import TAG, TEXT, ask, bars, marked, open_question
from tests.pages.visitor import markdown_in, texts_in
from tests.tiny_models import make_tiny


def test_entities_stand_in_the_text_with_their_labels(folder: Any) -> None:
    at = ask(TAG, folder("ner"), TEXT)
    drawn = marked(at)
    assert drawn is not None
    assert "".join(part["text"] for part in drawn["parts"]) == TEXT
    labels = [part["label"] for part in drawn["parts"] if "label" in part]
    assert labels
    assert set(labels) <= {"PER", "LOC"}
    (table,) = (frame.value for frame in at.dataframe)
    assert list(table["label"]) == labels
    assert list(table["text"]) == [p["text"] for p in drawn["parts"] if "label" in p]
    for place, text in zip(table["place"], table["text"], strict=True):
        first, last = map(int, place.split("–"))
        assert TEXT[first - 1 : last] == text


def test_tags_without_entities_mark_every_word_and_say_why(folder: Any) -> None:
    at = ask(TAG, folder("pos"), "The cat sleeps.")
    drawn = marked(at)
    assert drawn is not None
    words = [part["text"] for part in drawn["parts"] if "label" in part]
    assert words == ["The", "cat", "sleeps", "."]
    assert any("not joined to entities" in text for text in markdown_in(at.main))
    assert len(at.dataframe) == 0


def test_every_word_has_its_tag_and_a_chosen_one_all_its_labels(folder: Any) -> None:
    at = open_question(ask(TAG, folder("ner"), TEXT), TAG, "words")
    (table,) = (frame.value for frame in at.dataframe)
    assert list(table["word"]) == ["The", "cat", "sleeps", "in", "Paris", "."]
    assert set(bars(at)) == {"O", "B-PER", "I-PER", "B-LOC", "I-LOC"}
    least = table["bar"].argmin()
    assert any(f"word {least + 1}" in t and "least sure" in t for t in texts_in(at.main))
    at.session_state[keys.WORDS] = {"selection": {"rows": [4], "columns": [], "cells": []}}
    at.run()
    assert not at.exception
    assert any("word 5, “Paris”" in text for text in texts_in(at.main))
    assert bars(at)[0] == table["tag"][4]
    # A shorter text has no fifth word any more.
    at.text_area(key=keys.TEXT).input("A cat").run()
    assert not at.exception
    assert any("least sure" in text for text in texts_in(at.main))


def tag_as(monkeypatch: pytest.MonkeyPatch, *tags: str) -> None:
    """Make a tagger give the words of a text these tags, whatever it finds."""
    module = import_module("loupe.tasks.token_classification.predict")
    real = module._tag
    left = list(tags)

    def tag(*asked: Any) -> Any:
        return replace(real(*asked), tag=left.pop(0))

    monkeypatch.setattr(module, "_tag", tag)


def test_an_entity_that_begins_with_i_is_not_called_broken(
    folder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag_as(monkeypatch, "O", "I-PER", "I-PER", "O", "B-LOC", "O")
    at = ask(TAG, folder("ner"), TEXT)
    (table,) = (frame.value for frame in at.dataframe)
    assert list(table["note"]) == [
        "I-PER continues nothing, O stands before it: read as a beginning",
        "",
    ]
    captions = markdown_in(at.main)
    assert any("1 of them begin with I- (usual in IOB1, irregular" in text for text in captions)
    assert not any("repaired" in text or "break the rules" in text for text in captions)


def test_an_entity_of_bioes_without_its_end_is_said_to_break_the_rules(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag_as(monkeypatch, "O", "I-X", "I-X", "O", "S-X", "O")
    labels = ("O", "B-X", "I-X", "E-X", "S-X")
    made = make_tiny("bert", root / "bioes", auto_class=TAG.auto_class, labels=labels)
    at = ask(TAG, f"folder:{made}", TEXT)
    (table,) = (frame.value for frame in at.dataframe)
    assert list(table["note"]) == [
        "I-X continues nothing, O stands before it: read as a beginning; "
        "I-X does not end its entity, and O stands after it: read as its end",
        "",
    ]
    captions = markdown_in(at.main)
    assert any("1 repaired" in text and "rules of BIOES" in text for text in captions)
    assert not any("IOB1" in text for text in captions)


@pytest.mark.parametrize("text", ["Emma [SEP] Watson [CLS] flew.", "[SEP] [CLS]"])
def test_typed_signs_of_the_model_are_not_said_to_be_unread(folder: Any, text: str) -> None:
    at = open_question(ask(TAG, folder("ner"), text), TAG, "words")
    assert not at.exception
    captions = markdown_in(at.main)
    assert any(t.startswith("2 parts") and "model’s own signs" in t for t in captions)
    assert not any("were not read" in t for t in captions)
