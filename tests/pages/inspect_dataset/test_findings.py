"""What is wrong with the data, and what is done about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.dataset import recipe_state
from components.dataset.lens import Lens
from components.inspect import findings, keys
from components.inspect.tabs import TABS
from loupe.data.spec import Role
from tests.pages.inspect_dataset.inspectors import (
    column,
    numbers,
    settled,
    text_of,
    visit,
    visit_file,
    write_csv,
)
from tests.pages.visitor import markdown_in, strip, texts_in

FINDINGS = TABS["findings"]
LEAKED = "Call me back when you are home."


@pytest.fixture
def messages(root: Path) -> Path:
    """A row stands in both splits, another twice in the first."""
    rows = [(f"This is message number {i} of them all.", "ab"[i % 2]) for i in range(30)]
    own = [(f"And this one is number {i} of the others.", "ab"[i % 2]) for i in range(10)]
    write_csv(root / "messages-test.csv", [("text", "label"), *own, (LEAKED, "a")])
    return write_csv(
        root / "messages-train.csv", [("text", "label"), *rows, (LEAKED, "a"), rows[3]]
    )


def look(path: Path, **session: Any) -> AppTest:
    return visit_file(path, TABS=FINDINGS, **session)


def keys_of(at: AppTest, ending: str) -> list[str]:
    return [str(b.key) for b in at.button if str(b.key).endswith(ending)]


def test_what_is_found_is_listed_by_how_bad_it_is(messages: Path) -> None:
    at = look(messages)
    assert not at.exception
    bold = [text for text in markdown_in(at.main) if "**" in text]
    assert [text.split("**")[1] for text in bold] == ["Leaks between splits", "Exact duplicates"]
    assert ":red[" in bold[0]
    assert ":orange[" in bold[1]
    assert any("1 of 43 rows are copies" in text for text in texts_in(at.main))
    (quiet,) = [box.label for box in at.expander if "found nothing" in box.label]
    assert quiet.startswith("1")


def test_a_leak_is_shown_side_by_side(messages: Path) -> None:
    at = look(messages)
    drawn = strip(at, f"{findings._KEY}_0_pairs")
    assert drawn is not None
    (row,) = drawn["rows"]
    assert [text_of(cell) for cell in row["cells"]] == [
        *("train 30 · test 10", LEAKED, LEAKED, "a"),
    ]


def test_a_fix_is_added_once_and_taken_out_again(messages: Path) -> None:
    at = look(messages)
    at.button(key=keys_of(at, "_0_fix")[0]).click().run()
    settled(at)
    (held,) = at.session_state[keys.RECIPE].values()
    assert [step.step for step in held.now.steps] == ["drop_leaks"]
    assert keys_of(at, "_0_fix") == []
    assert any("as step 1" in text for text in markdown_in(at.main))
    settled(at.button(key=keys_of(at, "_0_unfix")[0]).click().run())
    (held,) = at.session_state[keys.RECIPE].values()
    assert held.now.steps == ()
    assert keys_of(at, "_0_fix")


def test_the_rows_of_a_finding_are_shown_in_their_split(messages: Path) -> None:
    at = look(messages, FIND="something else")
    at.button(key=f"{findings._KEY}_0_show_1").click().run()
    settled(at)
    assert at.session_state[keys.SPLIT] == "test"
    assert numbers(at) == [10]
    assert column(at, "text") == [LEAKED]
    at.button(key=f"{keys.PAGE}_remove_0").click().run()
    assert len(numbers(settled(at))) == 11


def test_clean_data_are_said_to_be_clean(root: Path) -> None:
    rows = [(f"This is message number {i} of them all.", "ab"[i % 2]) for i in range(30)]
    at = look(write_csv(root / "clean.csv", [("text", "label"), *rows]))
    assert any("No check found anything" in text for text in markdown_in(at.main))
    assert not at.exception


def test_a_check_that_lacks_a_column_says_which(messages: Path) -> None:
    assert findings._skipped(Lens("text-classification", {Role.TEXT: "text"})) == {
        Role.LABEL: [
            "Conflicting labels",
            "Labels in several spellings",
            "Missing or impossible labels",
            "Unbalanced labels",
        ]
    }
    assert findings._skipped(Lens("language-modeling", {Role.TEXT: "text"})) == {}
    at = look(messages)
    at.selectbox(key=f"{keys.ROLES}_text-classification_label").select(None).run()
    settled(at)
    assert any("“Label” for these checks too: Conflicting" in t for t in texts_in(at.main))


def test_the_data_are_no_markdown(root: Path) -> None:
    evil = "**bold** <b>x</b> $y$ ![z](w)"
    rows = [(evil, "**a**"), (evil, "**A**"), ("k", "**a**")]
    at = look(write_csv(root / "evil.csv", [("text", "label"), *rows]))
    assert not at.exception
    for drawn in markdown_in(at.main):
        assert "<b>" not in drawn
        assert "**a**" not in drawn
    for button in at.button:
        assert "**a**" not in button.label


@pytest.mark.parametrize("sample", ["spam", "sentiment", "topics", "entities", "pairs", "articles"])
def test_every_sample_has_findings_with_fixes(sample: str) -> None:
    at = visit(SAMPLE=sample, TABS=FINDINGS)
    assert not at.exception
    assert keys_of(at, "_fix")
    for key in keys_of(at, "_fix"):
        at.button(key=key).click().run()
    settled(at)
    assert keys_of(at, "_fix") == []
    at.session_state[keys.TABS] = TABS["cleaning"]
    settled(at.run())
    assert not at.exception
    (held,) = at.session_state[keys.RECIPE].values()
    assert isinstance(held, recipe_state.History)
    assert len(held.now.steps) == len(keys_of(at, "_up"))
