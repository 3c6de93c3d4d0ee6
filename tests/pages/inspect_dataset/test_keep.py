"""What is saved of a view, and the link to it."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

from components.dataset import keys as dataset_keys
from components.i18n import _
from components.inspect import keys
from components.inspect.tabs import TABS
from loupe.data.view import Sort, Values
from tests.pages.inspect_dataset.inspectors import (
    PAGE,
    column,
    find,
    numbers,
    settled,
    visit,
    visit_file,
    write_csv,
)
from tests.pages.visitor import offered_files, open_page, params_of, shown_link

KEEP = TABS["keep"]


@pytest.fixture
def notes(root: Path) -> Path:
    rows = [(f"=note {i:02}", "ab"[i % 2]) for i in range(60)]
    return write_csv(root / "notes.csv", [("text", "kind"), *rows])


def test_the_view_is_saved_as_it_is_seen(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = offered_files(monkeypatch)
    at = visit_file(notes)
    at.session_state[keys.FILTERS] = (Values(column="kind", values=("b",)),)
    at.session_state[keys.SORT] = Sort(column="text", descending=True)
    at.session_state[keys.TABS] = KEEP
    settled(at.run())
    expected = [f"=note {i:02}" for i in range(59, 0, -2)]
    lines = held[f"{keys.PAGE}_jsonl"]().read().decode().splitlines()
    assert [json.loads(line)["text"] for line in lines] == expected
    assert pq.read_table(held[f"{keys.PAGE}_parquet"]())["text"].to_pylist() == expected
    # A spreadsheet must not run it.
    assert "'=note 59,b" in held[f"{keys.PAGE}_csv"]().read().decode("utf-8-sig")


def test_a_link_opens_the_same_view(notes: Path) -> None:
    at = find(visit_file(notes), "note 1")
    at.session_state[keys.FILTERS] = (Values(column="kind", values=("b",)),)
    at.session_state[keys.SORT] = Sort(column="text", descending=True)
    at.session_state[keys.TABS] = KEEP
    settled(at.run())
    url = shown_link(at)
    other = settled(open_page(PAGE, params=params_of(url)))
    assert numbers(other) == [19, 17, 15, 13, 11]
    assert not other.exception


def test_a_sample_of_another_page_is_linked_by_number() -> None:
    at = visit()
    at.button(key=f"{keys.PAGE}_on").click().run()
    at.session_state[keys.TABS] = KEEP
    settled(at.run())
    other = settled(open_page(PAGE, params=params_of(shown_link(at))))
    assert numbers(other) == list(range(50, 100))


@pytest.mark.parametrize("view", ["{", '{"filters": 1}', "x" * 3000, '{"schema_version": 2}'])
def test_a_damaged_link_opens_the_data_all_the_same(view: str) -> None:
    at = settled(open_page(PAGE, params={"v": "1", "kind": "sample", "data": "spam", "view": view}))
    assert not at.exception
    assert numbers(at) == list(range(50))


def test_an_upload_has_no_link() -> None:
    at = visit(KIND="upload")
    at.file_uploader(key=keys.UPLOAD).upload("mine.csv", b"text\nhello\n").run()
    settled(at)
    at.session_state[keys.TABS] = _(KEEP)
    settled(at.run())
    assert not [code for code in at.code if code.value.startswith("http")]


def test_a_link_says_how_a_file_is_read_and_what_its_columns_are(root: Path) -> None:
    path = root / "semi.csv"
    path.write_text("words;kind\n" + "so, well;a\n" * 9, encoding="utf-8")
    at = visit_file(path)
    at.button(key=f"{dataset_keys.PAGE}_fix_all_0").click().run()
    settled(at)
    at.segmented_control(key=keys.TASK).set_value("text-classification").run()
    at.selectbox(key=f"{keys.ROLES}_text-classification_text").set_value("words").run()
    at.selectbox(key=f"{keys.ROLES}_text-classification_label").set_value("kind").run()
    at.session_state[keys.FIND_COLUMNS] = ["kind"]
    find(at, "a")
    at.session_state[keys.TABS] = KEEP
    settled(at.run())
    other = settled(open_page(PAGE, params=params_of(shown_link(at))))
    assert column(other, "words") == ["so, well"] * 9
    assert current_lens(other) == ("text-classification", "words", "kind")
    assert other.session_state[keys.FIND_COLUMNS] == ["kind"]


@pytest.mark.parametrize("readings", ["{", "[]", '{"x": {"delimiter": "too long"}}', '{"x": 1}'])
def test_a_link_with_a_reading_that_cannot_be_opens_all_the_same(
    notes: Path, readings: str
) -> None:
    params = {"v": "1", "kind": "file", "data": str(notes), "readings": readings}
    at = settled(open_page(PAGE, params={**params, "roles": "[", "lens": "nothing"}))
    assert not at.exception
    assert numbers(at) == list(range(50))


def current_lens(at: AppTest) -> tuple[str, str, str]:
    lens = at.session_state[keys.TASK]
    roles = (at.session_state[f"{keys.ROLES}_{lens}_{role}"] for role in ("text", "label"))
    return (lens, *roles)


def test_another_page_in_between_loses_neither_roles_nor_uploads() -> None:
    at = visit(KIND="upload")
    content = b"one,two\n" + b"hello,x\n" * 3
    at.file_uploader(key=keys.UPLOAD).upload("mine.csv", content).run()
    settled(at)
    at.segmented_control(key=keys.TASK).set_value("text-classification").run()
    at.selectbox(key=f"{keys.ROLES}_text-classification_text").set_value("one").run()
    at.selectbox(key=f"{keys.ROLES}_text-classification_label").set_value("two").run()
    at.switch_page("pages/fill_mask.py").run()
    settled(at.switch_page(PAGE).run())
    assert column(at, "one") == ["hello"] * 3
    assert current_lens(at) == ("text-classification", "one", "two")
    at.button(key=f"{keys.UPLOADED}_close").click().run()
    assert keys.UPLOADED not in at.session_state
