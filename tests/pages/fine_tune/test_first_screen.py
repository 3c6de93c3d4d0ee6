"""What a first visitor sees: a worked example, computed, and the settings that matter."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from components.dataset import keys as dataset_keys
from components.fine_tune import keys
from components.fine_tune.fields import FIELDS, GROUPS, applies
from components.fine_tune.tasks import TASKS
from components.fine_tune.values import TRAINED
from loupe.data.spec import Role
from loupe.training.presets import PRESETS
from loupe.training.spec import RunSpec
from tests.pages.fine_tune.forms import box, captions, may_check, notes_at, spec_of, visit
from tests.pages.inspect_dataset.inspectors import settled
from tests.pages.visitor import by_key, controls, error_boxes, nodes, texts_in

# Set by the first part of the form: the files, their columns and splits, the recipe, the model.
ELSEWHERE = {
    *("schema_version", "task", "data.train", "data.validation", "data.recipe"),
    *("model.checkpoint", "model.scratch", "model.tokenizer", "model.lora"),
}


def leaves(model: type[BaseModel], before: str = "") -> list[str]:
    found = []
    for name, info in model.model_fields.items():
        inner: Any = info.annotation
        parts = [inner, *getattr(inner, "__args__", ())]
        nested = next((p for p in parts if isinstance(p, type) and issubclass(p, BaseModel)), None)
        found.append(before + name)
        if nested is not None and before + name not in (
            "data.train",
            "data.validation",
            "data.recipe",
        ):
            found += leaves(nested, f"{before}{name}.")
    return found


def test_every_field_of_a_run_has_a_box() -> None:
    wanted = set(leaves(RunSpec)) - ELSEWHERE
    # Groups of fields are no boxes themselves.
    wanted -= {path for path in wanted if any(other.startswith(f"{path}.") for other in wanted)}
    own = {"data.label_names", "data.license", "data.attribution"}
    assert set(FIELDS) - own == wanted
    assert {f.path for group in GROUPS for f in group.fields} <= set(FIELDS)


def test_a_worked_example_is_there_at_once() -> None:
    at = visit()
    assert not at.exception
    assert not error_boxes(at)
    assert at.session_state[keys.TASK] == "text-classification"
    # Guessed, and shown as it will be read.
    assert by_key(at, f"{keys.PAGE}_first_rows") is not None
    assert any("The first of" in text for text in captions(at))
    # The sample has a row without a label, which would end a run: it is mended, and that is said.
    assert not notes_at(at, f"role.{Role.LABEL.value}")
    assert any("faults on purpose" in text for text in captions(at))
    assert spec_of(at).data.recipe.steps
    assert may_check(at)
    assert box(at, "name").value == "sentiment-text-classification"


def test_a_sample_whose_recipe_somebody_left_out_stays_as_it_is() -> None:
    at = visit()
    settled(at.toggle(key=keys.WITH_RECIPE).set_value(False).run())
    settled(at.run())
    assert spec_of(at).data.recipe.is_empty
    assert any("has no label" in note for note in notes_at(at, f"role.{Role.LABEL.value}"))
    assert not may_check(at)


def test_plain_texts_are_offered_for_language_models() -> None:
    at = visit(**{dataset_keys.SAMPLE: "small-texts"})
    assert at.session_state[keys.TASK] in ("fill-mask", "text-generation")
    assert may_check(at)
    assert not any("faults on purpose" in text for text in captions(at))


def test_the_first_screen_has_the_settings_that_matter_and_no_others() -> None:
    at = visit(**{keys.CODE: None})
    folded = {keys.field(f.path) for group in GROUPS for f in group.fields} | {
        keys.EXECUTOR,
        keys.PRICE,
    }
    seen = [key for key in controls(at) if key not in folded]
    assert len(seen) <= 20, seen
    first = {"args.num_train_epochs", "args.learning_rate", "max_length", TRAINED}
    first |= {"args.per_device_train_batch_size"}
    assert {keys.field(path) for path in first} <= set(seen)
    groups = [
        n for n in nodes(at.main) if (getattr(n, "key", "") or "").startswith("fine_tune_group")
    ]
    assert groups
    assert not any(group.proto.expanded for group in groups if hasattr(group.proto, "expanded"))


@pytest.mark.parametrize("trained", ["all", "lora", "scratch"])
def test_boxes_that_mean_nothing_to_a_task_are_not_drawn(trained: str) -> None:
    at = visit(**{keys.field(TRAINED): trained})
    for task in TASKS:
        settled(at.selectbox(key=keys.TASK).set_value(task).run())
        assert not at.exception
        drawn = {path for path in FIELDS if by_key(at, keys.field(path)) is not None}
        assert drawn == {path for path in FIELDS if applies(path, task, trained)} - {"data.holdout"}
        assert at.session_state[keys.field(TRAINED)] == trained


def test_presets_are_named_and_say_what_they_change() -> None:
    at = visit()
    options = at.selectbox(key=keys.PRESET).options
    assert options == [preset.label for preset in PRESETS.values()]
    assert any(text.startswith("It sets Epochs 3 → 4") for text in captions(at))


def test_texts_of_the_data_are_never_markdown() -> None:
    at = visit()
    assert not any("A word on the book" in str(m.value) for m in at.markdown)
    assert texts_in(at.main)
