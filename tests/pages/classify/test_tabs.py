"""Classify and tag: code, exports and check."""

from __future__ import annotations

import io
import json
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from components import resources
from components.classify import keys
from components.classify.modes import Mode
from loupe.checkpoints.ref import CheckpointRef
from loupe.checkpoints.resolve import resolve
from tests.pages.classifiers import (
    CLASSIFY,
    NAME_OF,
    TAG,
    TEXT,
    ask,
    chosen,
    open_question,
    unforeseen,
)
from tests.pages.visitor import markdown_in, offered_files, texts_in


def test_only_the_open_tab_is_drawn(at: AppTest, mode: Mode) -> None:
    for name, question in mode.tabs.items():
        open_question(at, mode, name)
        assert not at.exception
        assert unforeseen(at) == []
        assert [tab.label for tab in at.tabs if len(tab)] == [question]


def test_the_code_tab_offers_a_script_that_python_reads(at: AppTest, mode: Mode) -> None:
    open_question(at, mode, "code")
    (script,) = (code.value for code in at.code)
    compile(script, "script.py", "exec")
    assert mode.auto_class in script
    assert chosen(at, mode).removeprefix("folder:") in script
    assert "peft" not in script


def test_the_code_tab_looks_its_checkpoint_up_once(
    at: AppTest, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[CheckpointRef] = []

    def looking(ref: CheckpointRef, places: Any) -> Any:
        looked_up.append(ref)
        return resolve(ref, places)

    monkeypatch.setattr(resources, "resolve", looking)
    open_question(at, mode, "code")
    assert len(at.code) == 1
    assert [str(ref) for ref in looked_up] == [chosen(at, mode)]


def test_the_keep_tab_exports_what_is_shown(
    mode: Mode, folder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = offered_files(monkeypatch)
    text = "我喜欢喝茶。 Anna 😀"
    at = open_question(ask(mode, folder(NAME_OF[mode.id]), text), mode, "keep")
    assert not at.exception
    result = json.loads(kept[f"{keys.PAGE}_json"])
    assert result["query"]["text"] == text
    assert result["task"] == mode.task
    assert result["schema_version"] == 1
    csv = kept[f"{keys.PAGE}_csv"]
    assert csv.startswith("\ufeff".encode())
    table = pd.read_csv(io.BytesIO(csv), encoding="utf-8-sig")
    if mode is CLASSIFY:
        assert table["prob"].sum() == pytest.approx(1)
    else:
        assert list(table[table["row"] == "word"]["text"]) == [*"我喜欢喝茶。", "Anna", "😀"]


def test_no_word_in_the_table_runs_as_a_formula(
    folder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = offered_files(monkeypatch)
    open_question(ask(TAG, folder("ner"), "= Anna"), TAG, "keep")
    csv = kept[f"{keys.PAGE}_csv"].decode("utf-8-sig").splitlines()
    assert any(line.startswith("word,'=,") for line in csv)
    assert not any(",=" in line for line in csv)


def test_the_check_finds_that_the_two_ways_agree(at: AppTest, mode: Mode) -> None:
    open_question(at, mode, "check")
    assert not any("agree" in text for text in markdown_in(at.main))
    at.button(key=f"{keys.PAGE}_check").click().run()
    assert not at.exception
    said = markdown_in(at.main)
    assert any("The two ways agree." in text for text in said)
    assert any("numbers compared" in text for text in texts_in(at.main))


def test_the_check_says_so_when_the_numbers_are_wrong(
    mode: Mode, folder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    real = torch.log_softmax
    monkeypatch.setattr(torch, "log_softmax", lambda x, dim: real(2 * x, dim))
    at = open_question(ask(mode, folder(NAME_OF[mode.id]), TEXT), mode, "check")
    at.button(key=f"{keys.PAGE}_check").click().run()
    said = markdown_in(at.main)
    assert any("do not agree" in text for text in said)
    assert not any("The two ways agree." in text for text in said)
