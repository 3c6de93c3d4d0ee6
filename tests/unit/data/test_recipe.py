"""What recipes do to rows, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from datasets import ClassLabel, Dataset, Features, Value

from loupe.data.recipe.cells import held_out, place_of, same_text
from loupe.data.recipe.drop_conflicts import DropConflicts
from loupe.data.recipe.drop_duplicates import DropDuplicates
from loupe.data.recipe.drop_ids import DropIds
from loupe.data.recipe.drop_leaks import DropLeaks
from loupe.data.recipe.drop_rows import DropRows, Empty, Matches, OneOf, SameAs, Shorter
from loupe.data.recipe.keep_columns import KeepColumns
from loupe.data.recipe.map_column import MapColumn
from loupe.data.recipe.merge_labels import MergeLabels
from loupe.data.recipe.normalise import Normalise
from loupe.data.recipe.recipe import Recipe, from_yaml, recipe_hash, to_yaml
from loupe.data.recipe.rename_columns import RenameColumns
from loupe.data.recipe.repair_bio import RepairBio
from loupe.data.recipe.sample import Sample
from loupe.data.recipe.split_by_hash import SplitByHash
from loupe.data.recipe.step import Step
from loupe.data.recipe.strip import Strip
from loupe.data.recipe.trace import KEPT, apply, trace
from loupe.data.spec import Role
from loupe.data.split import hold_out, normalise
from loupe.errors import Cancelled, InvalidInput

TEXTS = ["a cup", "A  cup", "a cup", "", None, "  tea ", "tea", "x"]
LABELS = ["pos", "pos", "pos", "neg", "neg", "Neg", "pos ", None]


def rows_of(texts: Sequence[str | None] = TEXTS, labels: Sequence[str | None] = LABELS) -> Dataset:
    return Dataset.from_dict({"text": texts, "label": labels})


def after(*steps: Step, **splits: Dataset) -> dict[str, list[str | None]]:
    """The texts that are left."""
    recipe = Recipe(steps=steps)  # type: ignore[arg-type]
    done = apply(recipe, splits or {"train": rows_of()})
    return {name: list(rows["text"]) for name, rows in done.items()}


CASES: dict[str, tuple[Step, list[str | None]]] = {
    "empty": (
        DropRows(column="text", where=Empty()),
        ["a cup", "A  cup", "a cup", "  tea ", "tea", "x"],
    ),
    "short": (
        DropRows(column="text", where=Shorter(length=2)),
        ["a cup", "A  cup", "a cup", "  tea ", "tea"],
    ),
    "few words": (
        DropRows(column="text", where=Shorter(length=2, unit="words")),
        ["a cup", "A  cup", "a cup"],
    ),
    "values": (
        DropRows(column="label", where=OneOf(values=("pos", "pos "))),
        ["", None, "  tea ", "x"],
    ),
    "text": (
        DropRows(column="text", where=Matches(text="CUP", case=False)),
        ["", None, "  tea ", "tea", "x"],
    ),
    "regex": (
        DropRows(column="text", where=Matches(text=r"^\w+$", regex=True)),
        ["a cup", "A  cup", "a cup", "", None, "  tea "],
    ),
    "exact": (
        DropDuplicates(columns=("text",)),
        ["a cup", "A  cup", "", None, "  tea ", "tea", "x"],
    ),
    "normalised": (
        DropDuplicates(columns=("text",), normalised=True),
        ["a cup", "", None, "  tea ", "x"],
    ),
    "with its label": (
        DropDuplicates(columns=("text", "label"), normalised=True),
        ["a cup", "", None, "  tea ", "tea", "x"],
    ),
    "conflict": (
        DropConflicts(columns=("text",), label="label"),
        ["a cup", "A  cup", "a cup", "", None, "x"],
    ),
    "strip": (
        Strip(columns=("text",)),
        ["a cup", "A  cup", "a cup", "", None, "tea", "tea", "x"],
    ),
    "lower": (
        Normalise(columns=("text",), lower=True),
        ["a cup", "a cup", "a cup", "", None, "tea", "tea", "x"],
    ),
    "off": (DropDuplicates(columns=("text",), enabled=False), TEXTS),
}


@pytest.mark.parametrize("case", CASES)
def test_a_step_leaves_these_texts(case):
    step, left = CASES[case]
    assert after(step) == {"train": left}


def test_the_rule_for_equal_texts_is_that_of_the_split():
    texts = ["A  Cup\u00a0of", "ÉTÉ", "Straße", "茶 茶"]
    assert [same_text(text) for text in texts] == [normalise(text) for text in texts]
    values = [f"text {i}" for i in range(60)]
    _, held = hold_out(Dataset.from_dict({"text": values}), Role.TEXT, 0.2)
    moved = after(SplitByHash(column="text", share=0.2), train=Dataset.from_dict({"text": values}))
    assert moved["validation"] == list(held["text"])
    assert moved["train"] == [text for text in values if text not in moved["validation"]]
    assert held_out(["a", "b"], 0.001).count(True) == 1
    assert 0 <= place_of(["a", "b"]) == place_of("A b") < 1


def test_leaks_leave_the_split_that_is_named_and_no_other():
    splits = {"train": rows_of(), "test": rows_of(["A CUP", "x", ""], ["pos"] * 3)}
    exact = after(DropLeaks(columns=("text",)), **splits)
    assert exact == {"train": TEXTS[:-1], "test": ["A CUP", "x", ""]}
    alike = after(DropLeaks(columns=("text",), normalised=True), **splits)
    assert alike["train"] == ["", None, "  tea ", "tea"]
    turned = after(DropLeaks(columns=("text",), normalised=True, remove_from="test"), **splits)
    assert turned == {"train": TEXTS, "test": [""]}


def test_labels_are_merged_and_numbers_mapped_to_names():
    recipe = Recipe(steps=(MergeLabels(column="label", labels={"pos ": "pos", "Neg": "neg"}),))
    labels = apply(recipe, {"train": rows_of()})["train"]["label"]
    assert list(labels) == ["pos", "pos", "pos", "neg", "neg", "neg", "pos", None]
    numbers = Dataset.from_dict({"label": [0, 1, None, 2]})
    named = MapColumn(column="label", values={"0": "ham", "1": "spam"})
    done = apply(Recipe(steps=(named,)), {"train": numbers})["train"]
    assert list(done["label"]) == ["ham", "spam", None, "2"]


def test_classes_go_by_their_names_and_a_number_without_one_stays():
    features = Features({"label": ClassLabel(names=["ham", "spam"]), "text": Value("string")})
    rows = Dataset.from_dict({"label": [0, 1, -1], "text": ["a", "b", "c"]}, features)
    merged = MergeLabels(column="label", labels={"spam": "junk"})
    done = apply(Recipe(steps=(merged,)), {"train": rows})["train"]
    assert list(done["label"]) == ["ham", "junk", None]


def test_tags_are_repaired_and_good_ones_stay():
    tags = [["O", "I-X", "I-X", "I-Y", "B-Y", "I-Y"], ["S-X", "B-X", "E-X"], ["O"], []]
    rows = Dataset.from_dict({"tags": tags})
    done = apply(Recipe(steps=(RepairBio(column="tags"),)), {"train": rows})["train"]
    good = ["O", "B-X", "I-X", "B-Y", "B-Y", "I-Y"]
    assert list(done["tags"]) == [good, ["B-X", "B-X", "I-X"], ["O"], []]


def test_a_sample_is_the_same_each_time_and_can_be_balanced():
    rows = rows_of([f"t{i}" for i in range(100)], ["b" if i % 10 == 0 else "a" for i in range(100)])
    step = Sample(rows=16, seed=3, balance_by="label")
    first, again = (apply(Recipe(steps=(step,)), {"train": rows})["train"] for _ in range(2))
    assert list(first["text"]) == list(again["text"])
    assert sorted(first["label"]) == ["a"] * 8 + ["b"] * 8
    other = apply(Recipe(steps=(Sample(rows=16, seed=4),)), {"train": rows})["train"]
    assert len(other) == 16
    assert list(other["text"]) != list(first["text"])


def test_chosen_rows_are_those_of_the_file_and_other_values_are_refused():
    splits = {"train": rows_of()}
    chosen = DropIds.choose(splits, {"train": np.array([7, 1])})
    assert after(DropDuplicates(columns=("text",)), chosen, **splits)["train"] == [
        "a cup", "", None, "  tea ", "tea",
    ]  # fmt: skip
    changed = rows_of([*TEXTS[:-1], "y"])
    with pytest.raises(InvalidInput, match=r"Step 1 .* not what they were"):
        after(chosen, train=changed)


def test_columns_are_renamed_kept_and_found_under_their_new_names():
    steps = (
        RenameColumns(names={"text": "message"}),
        KeepColumns(columns=("message",)),
        Strip(columns=("message",)),
    )
    rows = apply(Recipe(steps=steps), {"train": rows_of()})["train"]
    assert rows.column_names == ["message"]
    assert rows[5] == {"message": "tea"}
    with pytest.raises(InvalidInput, match=r"Step 2 \(strip\): train has no column “text”"):
        after(RenameColumns(names={"text": "message"}), Strip(columns=("text",)))


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ((Strip(columns=("txt",)),), r"Step 1 \(strip\): train has no column “txt”. Choose one of"),
        ((MergeLabels(column="label", labels={}),), "Step 1 .*mapping is empty"),
        ((MergeLabels(column="label", labels={"POS": "p"}),), "No row has one of the values “POS”"),
        ((DropRows(column="text", where=Shorter(length=99)),), "Step 1 .* leaves no row of train"),
        ((DropLeaks(columns=("text",)),), "only the split “train”"),
        ((Sample(rows=1, split="dev"),), "no split “dev”. Choose one of: “train”"),
        ((SplitByHash(column="text", into="train"),), "a split “train” already"),
        ((DropRows(column="text", where=Matches(text="(", regex=True)),), "not a regular expr"),
        ((RepairBio(column="label"),), "instead of lists of tags"),
        ((RenameColumns(names={"text": "label"}),), "Two columns would be called “label”"),
        ((Strip(columns=("text",)), Strip(columns=("x",))), "Step 2"),
    ],
)
def test_what_does_not_fit_is_refused_by_the_number_of_its_step(steps, words):
    with pytest.raises(InvalidInput, match=words):
        after(*steps)


def test_splits_with_different_columns_are_refused_by_name():
    with pytest.raises(InvalidInput, match="test has no column “text”"):
        after(Strip(columns=("text",)), train=rows_of(), test=Dataset.from_dict({"body": ["a"]}))


def test_an_empty_recipe_gives_the_very_same_objects():
    rows = rows_of()
    assert apply(Recipe(), {"train": rows})["train"] is rows
    off = Recipe(steps=(Strip(columns=("nowhere",), enabled=False),))
    assert apply(off, {"train": rows})["train"] is rows


def test_a_trace_tags_each_row_with_its_step_and_destroys_none():
    rows = rows_of()
    recipe = Recipe(
        steps=(
            Strip(columns=("text",)),
            DropDuplicates(columns=("text",)),
            DropRows(column="label", where=Empty()),
        )
    )
    seen = trace(recipe, {"train": rows}, label="label")
    assert seen.removed_by["train"].tolist() == [KEPT, KEPT, 1, KEPT, KEPT, KEPT, 1, 2]
    assert list(rows["text"]) == TEXTS
    strip, copies, missing = seen.effects
    assert (strip.changed, strip.rows_after) == (1, {"train": 8})
    diff = strip.diffs[0]
    assert (diff.row, diff.column, diff.before, diff.after) == (5, "text", "  tea ", "tea")
    assert str(strip.message) == "changes 1 rows"
    assert copies.removed == (("train", 2), ("train", 6))
    assert copies.balance_before["pos"] == 3
    assert copies.balance_after["pos"] == 2
    assert str(missing.message).startswith("removes 1 rows, ")
    preview = seen.preview("train", 0, 9)
    assert preview == [dict(row) for row in apply(recipe, {"train": rows})["train"]]


def test_an_effect_says_how_the_balance_moves():
    rows = rows_of(["w"] * 50 + [f"t{i}" for i in range(50)], ["ham"] * 90 + ["spam"] * 10)
    recipe = Recipe(steps=(DropDuplicates(columns=("text",)),))
    effect = trace(recipe, {"train": rows}, label="label").effects[0]
    assert str(effect.message) == "removes 49 rows, spam 10 % → 20 %"


def test_a_share_that_rounds_to_what_it_was_is_not_said():
    rows = rows_of(["a cup"] * 2 + ["tea"] * 98, ["ham", "spam"] * 50)
    short = DropRows(column="text", where=OneOf(values=("a cup",)))
    (effect,) = trace(Recipe(steps=(short,)), {"train": rows}, label="label").effects
    assert str(effect.message) == "removes 2 rows"


def test_what_moves_to_a_new_split_is_not_counted_as_removed():
    rows = rows_of([f"t{i}" for i in range(40)], ["a"] * 40)
    seen = trace(Recipe(steps=(SplitByHash(column="text", share=0.3),)), {"train": rows})
    assert set(seen.removed_by["train"]) == {KEPT}
    assert "rows to validation" in str(seen.effects[0].message)


def test_a_trace_can_be_cancelled():
    with pytest.raises(Cancelled):
        trace(
            Recipe(steps=(Strip(columns=("text",)),)), {"train": rows_of()}, cancelled=lambda: True
        )


def test_rows_on_disk_stay_on_disk_and_no_file_is_written_beside_them(tmp_path: Path):
    rows_of().save_to_disk(tmp_path / "rows")
    rows = Dataset.load_from_disk(str(tmp_path / "rows"))
    before = sorted(tmp_path.rglob("*"))
    left = apply(
        Recipe(steps=(Strip(columns=("text",)), DropDuplicates(columns=("text",)))),
        {"train": rows},
    )
    assert len(left["train"]) == 6
    assert sorted(tmp_path.rglob("*")) == before


GOLDEN = Path(__file__).with_name("recipe_version_1.yaml")


def test_version_1_opens_with_every_step_and_means_the_same():
    recipe = from_yaml(GOLDEN.read_text("utf-8"))
    assert recipe_hash(recipe) == "4ff013f67d260d4d"
    assert len({step.step for step in recipe.steps}) == 14
    assert from_yaml(to_yaml(recipe)) == recipe


def test_the_hash_is_of_the_meaning():
    recipe = from_yaml("steps: [{step: strip, columns: [text]}]")
    same = from_yaml("steps: [{columns: [text], enabled: true, step: strip}]\nschema_version: 1")
    off = Recipe(steps=(*recipe.steps, Strip(columns=("label",), enabled=False)))
    assert recipe_hash(recipe) == recipe_hash(same) == recipe_hash(off)
    assert recipe_hash(recipe) != recipe_hash(Recipe(steps=(Strip(columns=("label",)),)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("schema_version: 2\nsteps: []", "version 2"),
        ("steps: [{step: strip}]", "Step 1, columns: Field required"),
        ("steps: [{step: wash}]", "Step 1: .*wash"),
        ("steps: [{step: strip, columns: [a], colour: b}]", "Step 1, colour"),
        ("steps: [", "not YAML"),
        ("- 1", "The recipe"),
    ],
)
def test_a_recipe_that_cannot_be_read_says_where(text, words):
    with pytest.raises(InvalidInput, match=words):
        from_yaml(text)


def test_a_recipe_can_be_said_for_splits_of_other_names():
    steps = (
        DropLeaks(columns=("text",), remove_from="test"),
        DropIds(rows={"test": (1,)}, fingerprints={"test": "0"}),
        DropRows(column="text", where=SameAs(column="label"), splits=("test",)),
        SplitByHash(column="text", split="test", into="dev"),
    )
    named = Recipe(steps=steps).with_splits_named({"test": "validation"})
    text = to_yaml(named)
    assert "test:" not in text
    assert text.count("validation") == 5
