"""Bad input gets one box that says what to do, or an answer; never a traceback, a lost text or a
dead page. The causes stand in bad_input.py."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components import session
from components.fill_mask import keys, link
from components.fill_mask.defaults import DEFAULT_TEXT
from tests.pages.bad_input import (
    CASES,
    GOOD_TEXT,
    Case,
    convert_is_offered,
    malicious_pickle,
    nothing_was_executed,
)
from tests.pages.visitor import (
    by_key,
    error_boxes,
    has_answer,
    markdown_in,
    nodes,
    open_page,
    strip,
    texts_in,
)


def visit(case: Case, root: Path, good: str) -> AppTest:
    """Open the page and do what the case says."""
    named_as = good if case.make is None else case.make(root)
    if case.params is not None:
        at = open_page(params={"model": good, **case.params}, session=case.settings)
    else:
        at = open_page(session={keys.CHECKPOINT: good, keys.TEXT: GOOD_TEXT, **case.settings})
        at.text_area(key=keys.TEXT).input(case.text)
        at.selectbox(key=keys.CHECKPOINT).select(named_as).run()
    assert not at.exception
    if case.tab != "gap":
        at.session_state[keys.TABS] = link.TABS[case.tab]
        at.run()
        at.text_input(key=keys.WORDS).input(case.words or "").run()
    if case.act is not None:
        case.act(at, root)
    return at


def assert_one_clear_box(at: AppTest, key: str, says: str) -> None:
    (box,) = error_boxes(at)
    assert box.key == key
    (title,) = markdown_in(box)
    assert re.fullmatch(r":(?:red\[:material/error|blue\[:material/info):\] \*\*[^*]+\*\*", title)
    message, remedy = texts_in(box)
    assert says in message
    assert message.endswith((".", "?"))
    assert remedy.strip()
    if "{" not in says:
        assert not re.search(r"\{\w*[^}]*\}", message + remedy), "a placeholder was not filled"


def everything_drawn(at: AppTest) -> str:
    return "\n".join(str(node.proto) for node in nodes(at._tree))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_bad_input_gets_one_clear_error_or_an_answer_and_leaves_the_page_alive(
    case: Case, root: Path, tiny_root: Path
) -> None:
    good = f"folder:{tiny_root / 'bert'}"
    at = visit(case, root, good)

    assert not at.exception
    assert "Traceback" not in everything_drawn(at)
    text = case.keeps if case.keeps is not None else GOOD_TEXT if case.params else case.text
    assert at.text_area(key=keys.TEXT).value == text
    if case.box is None:
        assert error_boxes(at) == []
        assert strip(at) is not None
    else:
        assert_one_clear_box(at, case.box, case.says)
    if case.also is not None:
        case.also(at, root)

    # The same visitor asks something good, and gets an answer.
    if session.MIRROR in case.settings:
        at.sidebar.text_input(key=session.MIRROR).input("")
    if session.DEVICE in case.settings:
        at.sidebar.selectbox(key=session.DEVICE).select("auto")
    at.session_state[keys.TABS] = link.TABS["gap"]
    at.selectbox(key=keys.CHECKPOINT).select(good)
    at.text_area(key=keys.TEXT).input(DEFAULT_TEXT).run()
    assert not at.exception
    assert error_boxes(at) == []
    assert has_answer(at)


def test_a_pickle_is_never_converted_before_somebody_asks(root: Path) -> None:
    at = open_page(session={keys.CHECKPOINT: malicious_pickle(root), keys.TEXT: GOOD_TEXT})
    convert_is_offered(at, root)
    nothing_was_executed(at, root)
    assert error_boxes(at) == []
    at.run()
    convert_is_offered(at, root)


def test_a_bad_mirror_is_said_once_also_after_pressing_download() -> None:
    at = open_page(
        session={keys.CHECKPOINT: "hub:nobody/unheard-of", session.MIRROR: "not an address"}
    )
    download = by_key(at, f"{keys.CHECKPOINT}_download")
    # Whether the button is there or not: pressing it does not say the same a second time.
    if download is not None and not download.disabled:
        at.button(key=download.key).click()
    at.run()
    assert not at.exception
    assert [box.key for box in error_boxes(at)] == ["error_mirror"]


def test_the_cases_are_different_causes() -> None:
    assert len({case.id for case in CASES}) == len(CASES)
    causes = {
        (case.text, str(case.params), case.make and case.id, case.words, str(case.settings))
        for case in CASES
    }
    assert len(causes) == len(CASES)
    assert sum(case.box is not None for case in CASES) >= 25
