"""The dataset of Inspect a dataset is the form's: its reading, its columns and its recipe."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.dataset import keys as dataset_keys
from components.dataset import recipe_state
from components.dataset.source import FILE
from components.fine_tune import keys
from components.inspect import keys as inspect_keys
from components.inspect.tabs import TABS
from loupe.data.recipe.recipe import Recipe
from loupe.data.spec import Role
from tests.pages.fine_tune.forms import (
    MESSAGES,
    PAGE,
    may_check,
    messages,
    notes_at,
    spec_of,
    visit_file,
    write_tsv,
)
from tests.pages.inspect_dataset.inspectors import PAGE as INSPECT
from tests.pages.inspect_dataset.inspectors import settled
from tests.pages.visitor import by_key, nodes, open_page

SHORT = {
    "step": "drop_rows",
    "column": "text",
    "where": {"kind": "shorter_than", "length": 2, "unit": "words"},
}


def test_a_file_without_a_header_is_mended_once_and_mapped(root: Path) -> None:
    path = write_tsv(root / "sms.tsv")
    at = visit_file(path)
    assert by_key(at, f"{keys.PAGE}_check") is None, "the doctor asks first"
    settled(at.button(key=f"{dataset_keys.PAGE}_fix_all_0").click().run())
    spec = spec_of(at)
    (source,) = spec.data.train
    assert not source.header
    assert source.columns == {Role.TEXT: "1", Role.LABEL: "0"}
    assert spec.task == "text-classification"
    assert may_check(at)
    # The other page opens it in the same way, without asking again.
    at.switch_page(INSPECT).run()
    settled(at)
    assert by_key(at, f"{dataset_keys.PAGE}_fix_all_0") is None
    assert by_key(at, inspect_keys.ROWS) is not None


def test_data_columns_and_recipe_come_from_inspect(root: Path) -> None:
    path = write_tsv(
        root / "a.tsv",
        [
            ("label", "text", "other"),
            *((label, text, f"other words {i} here") for i, (label, text) in enumerate(MESSAGES)),
        ],
    )
    values = {dataset_keys.KIND: FILE, dataset_keys.PATH: str(path)}
    at = settled(open_page(INSPECT, session={**values, keys.CODE: "yaml"}))
    key = dataset_keys.role("text-classification", Role.TEXT)
    settled(at.selectbox(key=key).set_value("other").run())
    recipe = Recipe.model_validate({"steps": [{**SHORT, "column": "other"}]})
    fingerprint = at.session_state[inspect_keys.OPENED]
    at.session_state[dataset_keys.RECIPE] = {fingerprint: recipe_state.History(recipe)}
    at.run()
    at.switch_page(PAGE).run()
    settled(at)
    spec = spec_of(at)
    assert spec.data.train[0].path == str(path)
    assert spec.data.train[0].columns == {Role.TEXT: "other", Role.LABEL: "label"}
    assert [step.step for step in spec.data.recipe.steps] == ["drop_rows"]
    settled(at.toggle(key=keys.WITH_RECIPE).set_value(False).run())
    assert spec_of(at).data.recipe.is_empty
    # And what is chosen here is what the other page shows.
    settled(at.selectbox(key=key).set_value("text").run())
    at.switch_page(INSPECT).run()
    settled(at)
    assert at.selectbox(key=key).value == "text"


def test_another_task_looks_at_the_data_as_its_own(root: Path) -> None:
    at = visit_file(messages(root))
    settled(at.selectbox(key=keys.TASK).set_value("text-generation").run())
    spec = spec_of(at)
    assert spec.task == "text-generation"
    assert spec.model.checkpoint == "starter:generate-en"
    assert spec.data.train[0].columns == {Role.TEXT: "text"}
    at.switch_page(INSPECT).run()
    settled(at)
    assert at.session_state[dataset_keys.TASK] == "language-modeling"
    at.switch_page(PAGE).run()
    settled(at)
    assert at.selectbox(key=keys.TASK).value == "text-generation"


def test_rows_that_would_end_a_run_are_mended_by_a_click(root: Path) -> None:
    rows = [("label", "text"), ("", "no label"), ("Ham", "another spelling"), *MESSAGES]
    at = visit_file(write_tsv(root / "odd.tsv", rows))
    assert notes_at(at, "role.label")
    assert not may_check(at)
    settled(at.button(key=f"{keys.PAGE}_mend_button").click().run())
    settled(at.run())
    assert not notes_at(at, "role.label")
    assert may_check(at)
    steps = [step.step for step in spec_of(at).data.recipe.steps]
    assert "merge_labels" in steps
    assert any(step.startswith("drop") for step in steps)
    assert (root / "odd.tsv").read_text("utf-8").count("\n") == len(rows), "no file is changed"


@pytest.mark.parametrize(("names", "held"), [(("train", "test"), True), (("train",), False)])
def test_a_split_validates_where_there_is_one(
    names: tuple[str, ...], held: bool, root: Path
) -> None:
    for number, name in enumerate(names):
        rows = [(label, f"{name} {text}") for label, text in MESSAGES[number:]]
        write_tsv(root / f"m-{name}.tsv", [("label", "text"), *rows])
    at = visit_file(root / "m-train.tsv", **{dataset_keys.SIBLINGS: list(names[1:])})
    spec = spec_of(at)
    assert bool(spec.data.validation) == held
    assert (by_key(at, keys.field("data.holdout")) is None) == held
    if held:
        settled(at.selectbox(key=f"{keys.SPLITS}_validation_train").set_value("").run())
        assert spec_of(at).data.validation == ()
        assert by_key(at, keys.field("data.holdout")) is not None


def test_inspect_leads_to_the_form(root: Path) -> None:
    values = {dataset_keys.KIND: FILE, dataset_keys.PATH: str(messages(root))}
    at = settled(open_page(INSPECT, session={**values, inspect_keys.TABS: TABS["keep"]}))
    links = [node.proto for node in nodes(at.main) if node.type == "page_link"]
    assert [(link.page, link.label) for link in links] == [("fine_tune", "Fine-tune on this")]
