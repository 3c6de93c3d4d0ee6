"""A run that reads fewer splits than the recipe was made for gets the same rows."""

from __future__ import annotations

from typing import Any

from datasets import Dataset

from loupe.data.recipe.for_run import for_run
from loupe.data.recipe.recipe import Recipe
from loupe.data.recipe.trace import apply, trace

SPLITS = {
    "train": Dataset.from_dict({"text": ["a", "b", "c", "d", "e"], "label": list("xxyyx")}),
    "dev": Dataset.from_dict({"text": ["f", "b"], "label": ["x", "x"]}),
    "test": Dataset.from_dict({"text": ["a", "c", "g"], "label": ["x", "x", "z"]}),
}


def run_of(steps: list[dict[str, Any]], names: dict[str, str]) -> Any:
    """(what for_run gives, the rows of the run, the rows that the whole recipe leaves)."""
    recipe = Recipe.model_validate({"steps": steps})
    found = for_run(recipe, SPLITS, trace(recipe, SPLITS).removed_by, names)
    there = {new: SPLITS[old] for old, new in names.items() if old in SPLITS}
    after = {name: list(rows["text"]) for name, rows in apply(found.recipe, there).items()}
    whole = {
        names[name]: list(rows["text"])
        for name, rows in apply(recipe, SPLITS).items()
        if name in names
    }
    return found, after, whole


LEAKS = {"step": "drop_leaks", "columns": ["text"], "remove_from": "train"}
CONFLICTS = {"step": "drop_conflicts", "columns": ["text"], "label": "label"}


def test_rows_that_leak_into_a_split_that_stays_behind_are_named():
    found, after, whole = run_of([LEAKS], {"train": "train", "dev": "validation"})
    assert after == whole == {"train": ["d", "e"], "validation": ["f", "b"]}
    assert found.named == (1,)
    assert [step.step for step in found.recipe.steps] == ["drop_ids"]


def test_with_all_splits_only_their_names_change():
    del_test = {k: v for k, v in SPLITS.items() if k != "test"}
    recipe = Recipe.model_validate({"steps": [LEAKS, CONFLICTS]})
    names = {"train": "train", "dev": "validation"}
    found = for_run(recipe, del_test, trace(recipe, del_test).removed_by, names)
    assert found.recipe == recipe
    assert found.named == found.left_out == ()


def test_contradictions_by_a_split_that_stays_behind_count():
    found, after, whole = run_of([CONFLICTS], {"train": "train"})
    assert after == whole == {"train": ["a", "b", "d", "e"]}
    assert found.named == (1,)


def test_what_is_done_to_a_split_that_stays_behind_is_left_out():
    empty = {"kind": "empty"}
    steps: list[dict[str, Any]] = [
        {"step": "sample", "split": "test", "rows": 3},
        {"step": "drop_rows", "column": "text", "where": empty, "splits": ["test"]},
        {"step": "drop_rows", "column": "text", "where": empty, "splits": ["test", "dev"]},
        {"step": "drop_leaks", "columns": ["text"], "remove_from": "test"},
        {"step": "strip", "columns": ["text"]},
    ]
    found, after, whole = run_of(steps, {"train": "train", "dev": "validation"})
    assert after == whole
    assert found.left_out == (1, 2, 4)
    assert found.recipe.steps[0].splits == ("validation",)


def test_a_step_that_is_switched_off_names_no_row_and_stays_off():
    found, after, whole = run_of([{**LEAKS, "enabled": False}], {"train": "train"})
    assert after == whole == {"train": list("abcde")}
    assert found.recipe.is_empty


def test_a_split_that_the_recipe_makes_can_be_validated_on():
    steps = [{"step": "split_by_hash", "column": "text", "share": 0.5, "into": "held"}]
    found, after, whole = run_of(steps, {"train": "train", "held": "validation"})
    assert after == whole
    assert set(after) == {"train", "validation"}
    assert found.left_out == ()
