"""Every word of the page Fine-tune can be translated; see tests.pages.test_translation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import i18n, session
from components.dataset import keys as dataset_keys
from components.dataset.source import FILE
from components.fine_tune import keys
from components.fine_tune.values import TRAINED
from loupe.training.preflight import Example, Finding
from tests.pages.fine_tune.conftest import GOOD, Preflights
from tests.pages.fine_tune.forms import PAGE, box, check, messages
from tests.pages.fine_tune.names import OF_THE_FORM
from tests.pages.inspect_dataset.inspectors import settled
from tests.pages.test_translation import ZIB_FILES, assert_translated, dotted
from tests.pages.visitor import open_page


@pytest.fixture(params=["dotted"])
def translated(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "dotted":
        monkeypatch.setattr(i18n, "translate", dotted)
    return str(request.param)


def visit(path: Path | None = None, **values: Any) -> AppTest:
    data = {} if path is None else {dataset_keys.KIND: FILE, dataset_keys.PATH: str(path)}
    return settled(open_page(PAGE, session={session.LANGUAGE: i18n.PSEUDO, **data, **values}))


def test_the_form_on_a_sample_is_translated(translated: str) -> None:
    at = visit()
    assert_translated(at, translated, *OF_THE_FORM, *ZIB_FILES)


@pytest.mark.parametrize("trained", ["all", "lora", "scratch"])
@pytest.mark.parametrize("code", ["yaml", "python", "command"])
def test_every_way_to_train_is_translated(
    trained: str, code: str, root: Path, translated: str
) -> None:
    at = visit(messages(root), **{keys.field(TRAINED): trained, keys.CODE: code})
    assert_translated(at, translated, *OF_THE_FORM, *ZIB_FILES, str(root))


def test_faults_and_changes_are_said_in_translation(root: Path, translated: str) -> None:
    at = visit(messages(root))
    for path, value in {
        "args.learning_rate": 0.0,
        "args.adam_beta1": 1.5,
        "name": "a b",
        "max_length": None,
    }.items():
        settled(box(at, path).set_value(value).run())
    assert_translated(at, translated, *OF_THE_FORM, *ZIB_FILES, str(root))


def test_a_check_is_said_in_translation(
    root: Path, translated: str, preflights: Preflights
) -> None:
    finding = Finding("warn", "", "Something is odd.", "Look at it.", {})
    shown = (Example(("zib",), (), ("ham",)),)
    preflights.answer = lambda _spec: replace(
        GOOD,
        findings=(finding,),
        shown=shown,
        labels={"ham": 12, "spam": 12},
        fitted={"args.max_steps": 5},
        fit_time_s=120.0,
        mean_tokens=9.5,
        longest_tokens=12,
        unknown_share=0.01,
        truncated_share=0.2,
        flops_per_step=10**9,
        flops_total=10**11,
        disk_needed_bytes=1 << 30,
        disk_free_bytes=9 << 30,
        batch=16,
    )
    at = check(visit(messages(root), **{keys.PRICE: 2.0}))
    assert len(at.metric) == 4
    assert_translated(at, translated, *OF_THE_FORM, *ZIB_FILES, str(root))
