"""Bad input gets one box that says what to do; never a traceback, a lost text or a dead page. The
causes stand in bad_questions.py."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.classify import keys
from components.classify.modes import TAG, ZERO_SHOT
from tests.pages.classifiers import NAME_OF, ask, has_answer, open_question
from tests.pages.classify.bad_questions import CASES, GOOD, GOOD_LABELS, Case
from tests.pages.classify.long_work import settled
from tests.pages.visitor import by_key, error_boxes, markdown_in, nodes, texts_in


def visit(case: Case, folder: Any, root: Path) -> AppTest:
    model = folder(case.model or NAME_OF[case.mode.id])
    at = ask(case.mode, model, case.text, **case.session(root))
    if case.tab:
        settled(open_question(at, case.mode, case.tab))
    if case.act is not None:
        case.act(at)
        settled(at)
    if case.tab:
        button = by_key(at, case.button)
        if button is not None and not button.disabled:
            at.button(key=case.button).click().run()
            settled(at)
    return at


def assert_one_clear_box(at: AppTest, key: str, says: str) -> None:
    (box,) = error_boxes(at)
    assert box.key == key
    (title, *_more) = markdown_in(box)
    assert re.fullmatch(r":(?:red\[:material/error|blue\[:material/info):\] \*\*[^*]+\*\*", title)
    message, remedy = texts_in(box)[:2]
    assert says in message
    assert message.endswith((".", "?"))
    assert remedy.strip()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_bad_question_gets_one_clear_box_and_leaves_the_page_alive(
    case: Case, folder: Any, root: Path
) -> None:
    at = visit(case, folder, root)
    assert not at.exception
    assert_one_clear_box(at, case.box, case.says)
    assert at.text_area(key=keys.TEXT).value == case.text
    if case.mode is ZERO_SHOT:
        assert at.text_area(key=keys.LABELS).value == case.labels
    assert "Traceback" not in "\n".join(str(node.proto) for node in nodes(at._tree))

    # The same visitor asks something good, and gets an answer.
    good = folder(NAME_OF[case.mode.id])
    at.selectbox(key=keys.checkpoint(case.mode)).select(good)
    at.text_area(key=keys.TEXT).input(GOOD)
    if case.mode is ZERO_SHOT:
        at.text_area(key=keys.LABELS).input(GOOD_LABELS)
        at.session_state[keys.TEMPLATE] = "This example is {}."
    at.session_state[keys.PAIR] = ""
    first = next(iter(case.mode.tabs))
    at.session_state[keys.tabs(case.mode)] = case.mode.tabs[first]
    at.run()
    assert not at.exception
    assert error_boxes(at) == []
    assert has_answer(at)
    assert (by_key(at, keys.ENTITIES) is not None) is (case.mode is TAG)


def test_the_cases_are_different_causes() -> None:
    assert len({case.id for case in CASES}) == len(CASES) >= 25
