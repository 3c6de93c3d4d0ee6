"""Parts read the same values however the rows lie: in batches, selected, nested."""

from __future__ import annotations

import random

import numpy as np
import pytest
from datasets import Dataset, concatenate_datasets

from loupe.data.checks import run_checks
from loupe.data.recipe.part import Part
from loupe.data.recipe.recipe import Recipe
from loupe.data.recipe.same_rows import ALONE, extra_copies, same_rows
from loupe.data.recipe.trace import KEPT, apply, trace
from loupe.data.spec import Role

ROLES = {Role.TEXT: "text", Role.LABEL: "label"}
RECIPE = Recipe.model_validate(
    {
        "steps": [
            {"step": "normalise", "columns": ["text"], "lower": True},
            {"step": "drop_rows", "column": "text", "where": {"kind": "empty"}},
            {"step": "drop_conflicts", "columns": ["text"], "label": "label"},
            {"step": "drop_leaks", "columns": ["text"]},
            {"step": "drop_duplicates", "columns": ["text"]},
            {"step": "rename_columns", "names": {"text": "body"}},
            {"step": "split_by_hash", "column": "body", "share": 0.3, "into": "dev"},
        ]
    }
)


def rows_of(count: int, seed: int) -> Dataset:
    chance = random.Random(seed)
    texts = [chance.choice(["a", "A ", "b", "", None, "c  d", "C d"]) for _ in range(count)]
    texts = [
        t if t is None or chance.random() < 0.3 else f"{t}{i % 50}" for i, t in enumerate(texts)
    ]
    return Dataset.from_dict({"text": texts, "label": [chance.choice("xy") for _ in texts]})


def plain(splits: dict[str, Dataset]) -> dict[str, list[dict[str, object]]]:
    return {name: [dict(row) for row in rows] for name, rows in splits.items()}


@pytest.mark.parametrize("size", [1, 7, 64])
def test_the_size_of_batches_changes_nothing(size, monkeypatch):
    splits = {"train": rows_of(200, 0), "test": rows_of(64, 1)}
    whole = plain(apply(RECIPE, splits))
    found = run_checks(splits, ROLES)
    monkeypatch.setattr("loupe.data.recipe.part.BATCH_ROWS", size)
    assert plain(apply(RECIPE, splits)) == whole
    again = run_checks(splits, ROLES)
    assert [(f.check, str(f.message), f.pairs, f.fix) for f in found] == [
        (f.check, str(f.message), f.pairs, f.fix) for f in again
    ]


@pytest.mark.parametrize("seed", range(5))
def test_what_a_trace_tags_is_what_apply_leaves_out(seed):
    splits = {"train": rows_of(150, seed), "test": rows_of(60, seed + 100)}
    seen = trace(RECIPE, splits, label="label")
    left = apply(RECIPE, splits)
    for name, rows in left.items():
        assert seen.preview(name, 0, 1000) == [dict(row) for row in rows]
    kept = {name: int((tags == KEPT).sum()) for name, tags in seen.removed_by.items()}
    assert kept["train"] == len(left["train"]) + len(left["dev"])
    assert kept["test"] == len(left["test"])
    for effect in seen.effects:
        gone = sum(int((t == effect.number - 1).sum()) for t in seen.removed_by.values())
        assert gone == sum(effect.rows_before.values()) - sum(effect.rows_after.values())


def test_rows_that_were_selected_and_joined_are_read_in_their_order():
    rows = concatenate_datasets([rows_of(30, 2), rows_of(30, 3)]).select(range(59, -1, -2))
    part = Part.of("train", rows)
    assert [row[0] for row in part.values(("text",))] == list(rows["text"])
    mask = np.zeros(len(rows), np.bool_)
    mask[[3, 8]] = True
    assert list(part.values(("label", "text"), mask)) == [
        (rows[i]["label"], rows[i]["text"]) for i in (3, 8)
    ]


def test_same_rows_agree_with_comparing_each_with_each():
    rows = [dict(row) for row in rows_of(120, 4)]
    part = Part.of("train", rows_of(120, 4))
    for columns in (("text",), ("text", "label"), ("label", "text")):
        group = same_rows({"train": part}, columns, normalised=False)["train"]
        keys = [tuple(row[c] for c in columns) for row in rows]
        full = [all(str(value or "").strip() for value in key) for key in keys]
        for i, j in zip(*np.triu_indices(len(rows), 1), strict=True):
            same = full[i] and keys[i] == keys[j]
            assert (group[i] != ALONE and group[i] == group[j]) == same
        copies = [i for i in range(len(rows)) if full[i] and keys[i] in keys[:i]]
        assert extra_copies(group).tolist() == copies


def test_with_a_folder_the_same_rows_lie_on_disk(tmp_path):
    splits = {"train": rows_of(90, 5), "test": rows_of(20, 6)}
    on_disk = apply(RECIPE, splits, folder=tmp_path)
    assert plain(on_disk) == plain(apply(RECIPE, splits))
    assert {file["filename"] for rows in on_disk.values() for file in rows.cache_files} == {
        str(path) for path in tmp_path.iterdir()
    }


def test_a_record_gives_a_column_for_each_of_its_fields():
    rows = Dataset.from_dict(
        {"translation": [{"en": "A cup", "fr": "x"}, {"en": "a cup", "fr": "x"}]}
    )
    steps = [{"step": "drop_duplicates", "columns": ["translation.en"], "normalised": True}]
    left = apply(Recipe.model_validate({"steps": steps}), {"train": rows})["train"]
    assert [dict(row) for row in left] == [{"translation.en": "A cup", "translation.fr": "x"}]
