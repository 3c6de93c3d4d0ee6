"""A run trains on what its recipe leaves, and says which recipe it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loupe.checkpoints.places import Places
from loupe.data.recipe.recipe import Recipe, recipe_hash
from loupe.data.spec import DataSpec, Source
from loupe.errors import InvalidInput
from loupe.tasks.trainables import TRAINABLES
from loupe.training.card import write_card
from loupe.training.events import read_events
from loupe.training.job import Outcome, read_and_split, run
from loupe.training.run_folder import RunFolder
from loupe.training.script_data import text_lines
from loupe.training.spec import RunSpec
from tests.tiny_models import SENTENCES
from tests.unit.training.test_card import FACTS

STEPS = [
    {"step": "rename_columns", "names": {"body": "message"}},
    {"step": "drop_rows", "column": "message", "where": {"kind": "matches", "text": "unwanted"}},
    {"step": "strip", "columns": ["message"], "enabled": False},
]


def spec_of(path: str, recipe: Recipe, **data: Any) -> RunSpec:
    source = {"path": path, "columns": {"text": "message"}}
    return RunSpec.from_dict(
        {
            "name": "test",
            "task": "text-generation",
            "model": {"checkpoint": "starter:any"},
            "data": {"train": [source], "recipe": recipe.model_dump(mode="json"), **data},
        }
    )


def here(folder: Path) -> Places:
    return Places((folder,), folder / "starters", folder, folder)


def test_the_rows_that_a_recipe_removes_are_never_seen(make_spec, write_run, places, tmp_path):
    texts = [f"{i} {text}" for i in range(3) for text in SENTENCES]
    texts[3] = "unwanted words"
    path = tmp_path / "texts.csv"
    path.write_text("body\n" + "".join(f'"{text}"\n' for text in texts), "utf-8")
    recipe = Recipe.model_validate({"steps": STEPS})
    spec = make_spec(args={"max_steps": 2, "eval_steps": 2})
    source = Source(path=str(path), columns={"text": "message"})  # type: ignore[dict-item]
    data = DataSpec(train=(source,), holdout=0.2, recipe=recipe)
    spec = spec.model_copy(update={"data": data})
    folder = write_run(spec)
    seen: list[str] = []
    trainable = Watched(TRAINABLES["text-generation"], seen)
    here = replace(places, roots=(*places.roots, tmp_path))
    assert run(folder, here, trainable=trainable) is Outcome.FINISHED
    assert sorted(seen) == sorted(text for text in texts if "unwanted" not in text)
    left = RunFolder(folder)
    ready = next(e for e in read_events(left.events)[0] if e["event"] == "ready")
    assert ready["train_rows"] + ready["validation_rows"] == len(texts) - 1
    finished = left.read_finished()
    assert finished is not None
    assert ready["recipe_hash"] == finished["recipe_hash"] == recipe_hash(recipe)
    card = left.card.read_text("utf-8")
    assert f"by the recipe `{recipe_hash(recipe)}`" in card
    assert "2. Drop rows where “message” holds “unwanted”" in card
    assert "Strip" not in card


class Watched:
    """A task that notes which texts become examples."""

    def __init__(self, task: Any, seen: list[str]) -> None:
        self._task, self._seen = task, seen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._task, name)

    def encode(self, rows: Any, *rest: Any) -> Any:
        self._seen += list(rows["text"])
        return self._task.encode(rows, *rest)


def test_a_run_without_a_recipe_is_written_as_it_always_was():
    spec = spec_of("a.csv", Recipe())
    assert "recipe" not in spec.to_yaml()
    assert RunSpec.from_yaml(spec.to_yaml()) == spec
    with_one = spec_of("a.csv", Recipe.model_validate({"steps": STEPS}))
    assert RunSpec.from_yaml(with_one.to_yaml()) == with_one


def test_a_number_counts_the_columns_of_the_file_not_those_that_are_left(tmp_path):
    (tmp_path / "a.tsv").write_text("1\tx\tone\n2\ty\ttwo\n2\ty\ttwo\n3\tz\tthree\n")
    steps = [
        {"step": "keep_columns", "columns": ["2"]},
        {"step": "drop_duplicates", "columns": ["2"]},
    ]
    spec = spec_of("a.tsv", Recipe.model_validate({"steps": steps}))
    source = Source(path="a.tsv", header=False, columns={"text": 2})  # type: ignore[dict-item]
    data = spec.data.model_copy(update={"train": (source,), "holdout": 0.0})
    train, validation = read_and_split(spec.model_copy(update={"data": data}), here(tmp_path))
    assert list(train["text"]) == ["one", "two", "three"]
    assert validation is None


def test_what_the_recipe_splits_off_is_held_out_and_nothing_else(tmp_path):
    (tmp_path / "a.csv").write_text("message\n" + "".join(f"text {i}\n" for i in range(50)))
    steps = [{"step": "split_by_hash", "column": "message", "share": 0.3}]
    spec = spec_of("a.csv", Recipe.model_validate({"steps": steps}), holdout=0.1)
    train, validation = read_and_split(spec, here(tmp_path))
    assert validation is not None
    assert len(train) + len(validation) == 50
    assert 8 < len(validation) < 25


def test_the_card_says_that_the_recipe_split_the_rows_and_no_share():
    steps = [{"step": "split_by_hash", "column": "message", "share": 0.3}]
    text = write_card(spec_of("a.csv", Recipe.model_validate({"steps": steps})), FACTS)
    assert "The recipe splits off the rows that are held out." in text
    assert "A share of" not in text


def test_leaks_into_the_validation_files_are_removed_from_training(tmp_path):
    (tmp_path / "a.csv").write_text("message\none\ntwo\nthree\n")
    (tmp_path / "b.csv").write_text("message\nTWO\nfour\n")
    steps = [{"step": "drop_leaks", "columns": ["message"], "normalised": True}]
    validation = [{"path": "b.csv", "columns": {"text": "message"}}]
    spec = spec_of("a.csv", Recipe.model_validate({"steps": steps}), validation=validation)
    train, held_out = read_and_split(spec, here(tmp_path))
    assert held_out is not None
    assert list(train["text"]) == ["one", "three"]
    assert list(held_out["text"]) == ["TWO", "four"]


def test_faults_name_the_step_or_the_row_after_the_recipe(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"message": "a"}\n{"message": null}\n')
    wrong = Recipe.model_validate({"steps": [{"step": "strip", "columns": ["text"]}]})
    with pytest.raises(InvalidInput, match=r"Step 1 \(strip\): train has no column “text”"):
        read_and_split(spec_of("a.jsonl", wrong), here(tmp_path))
    fine = Recipe.model_validate({"steps": [{"step": "strip", "columns": ["message"]}]})
    with pytest.raises(InvalidInput, match="Row 2 of “train after the recipe” has no value"):
        read_and_split(spec_of("a.jsonl", fine), here(tmp_path))


def test_a_plain_training_script_that_would_leave_the_recipe_out_is_refused(tmp_path):
    spec = spec_of("a.csv", Recipe.model_validate({"steps": STEPS}))
    with pytest.raises(InvalidInput, match="recipe cleans"):
        text_lines(spec.data, here(tmp_path), None)
