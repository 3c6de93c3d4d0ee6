"""Boxes: what the preset and the data suggest, what a person changes, and that nothing is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from components.dataset import keys as dataset_keys
from components.fine_tune import keys
from components.fine_tune.fields import FIELDS, Kind
from components.fine_tune.values import TRAINED, from_spec, read, show
from loupe.data.spec import DataSpec, Role, Source
from loupe.training.spec import (
    Arguments,
    CardSpec,
    LoraSpec,
    ModelSpec,
    RunSpec,
    ScratchSpec,
    TokenizerSpec,
)
from tests.pages.fine_tune.forms import (
    PAGE,
    box,
    captions,
    messages,
    notes_at,
    put,
    spec_of,
    visit,
    visit_file,
    write_tsv,
)
from tests.pages.inspect_dataset.inspectors import settled
from tests.pages.visitor import by_key

LIKELY: dict[Kind, Any] = {
    Kind.INTEGER: 7,
    Kind.NUMBER: 0.25,
    Kind.OPTIONAL_INTEGER: 9,
    Kind.OPTIONAL_NUMBER: 0.3,
    Kind.AUTO_INTEGER: 11,
    Kind.UNLIMITED: 13,
    Kind.SWITCH: True,
    Kind.TEXT: "auto",
    Kind.WORDS: ("a b", "c"),
    Kind.OPTIONAL_WORDS: ("query", "value"),
    Kind.LINES: ("one", "two, three"),
    Kind.WEIGHTS: {"ham": 1.0, "spam": 2.5},
    Kind.TRACKERS: ("tensorboard",),
}
EMPTY: dict[Kind, Any] = {
    Kind.OPTIONAL_INTEGER: None,
    Kind.OPTIONAL_NUMBER: None,
    Kind.AUTO_INTEGER: "auto",
    Kind.UNLIMITED: -1,
    Kind.WORDS: (),
    Kind.OPTIONAL_WORDS: None,
    Kind.LINES: (),
    Kind.WEIGHTS: None,
    Kind.TRACKERS: (),
}


@pytest.mark.parametrize("path", FIELDS)
def test_a_box_means_what_it_shows(path: str) -> None:
    field = FIELDS[path]
    values = list(field.options or ()) if field.kind is Kind.CHOICE else [LIKELY[field.kind]]
    for value in [*values, *([EMPTY[field.kind]] if field.kind in EMPTY else [])]:
        assert read(field, show(field, value)) == value


def test_a_run_and_its_boxes_are_the_same() -> None:
    data = DataSpec(
        train=(Source(path="x", columns={Role.TEXT: "a", Role.LABEL: "b"}, license="MIT"),)
    )
    spec = RunSpec(
        name="odd",
        task="text-classification",
        model=ModelSpec(checkpoint="a/b", lora=LoraSpec(r=3, target_modules=("query",))),
        data=data,
        args=Arguments(bf16=False, max_steps=5, logging_steps=2, report_to=("tensorboard",)),
        class_weights={"x": 2.0},
        card=CardSpec(language=("en", "fr")),
    )
    found = from_spec(spec)
    assert found[TRAINED] == "lora"
    assert found["model.lora.r"] == 3
    assert found["data.license"] == "MIT"
    assert all(read(FIELDS[p], show(FIELDS[p], v)) == v for p, v in found.items() if p != TRAINED)
    scratch = spec.model_copy(
        update={
            "model": ModelSpec(
                scratch=ScratchSpec(family="bert", hidden_size=12),
                tokenizer=TokenizerSpec(vocab_size=400),
            )
        }
    )
    found = from_spec(scratch)
    assert (found[TRAINED], found["model.scratch.hidden_size"]) == ("scratch", 12)
    assert found["model.tokenizer.vocab_size"] == 400


def test_what_is_typed_is_in_the_run_and_marked(root: Path) -> None:
    at = visit_file(messages(root))
    before = spec_of(at)
    put(at, "args.learning_rate", 1e-3)
    put(at, "sample_inputs", "one\ntwo <b>\n")
    put(at, "args.logging_steps", 5)
    after = spec_of(at)
    assert after.args.learning_rate == 1e-3
    assert after.sample_inputs == ("one", "two <b>")
    assert after.args.logging_steps == 5
    assert (
        after.model_copy(update={"args": before.args, "sample_inputs": before.sample_inputs})
        == before
    )
    assert "changed; was 0.0003" in captions(at)
    settled(at.button(key=f"{keys.PAGE}_set_back").click().run())
    assert spec_of(at) == before
    assert not any(text.startswith("changed;") for text in captions(at))


def test_a_preset_sets_what_it_names_and_leaves_the_rest(root: Path) -> None:
    at = visit_file(messages(root))
    put(at, "args.weight_decay", 0.5)
    put(at, "args.num_train_epochs", 77.0)
    settled(at.selectbox(key=keys.PRESET).set_value("lora").run())
    spec = spec_of(at)
    assert spec.model.lora is not None
    assert spec.args.weight_decay == 0.5, "nobody has named it, so it is kept"
    assert spec.args.num_train_epochs == 10
    assert spec.args.learning_rate == 1e-3
    settled(at.selectbox(key=keys.PRESET).set_value("scratch").run())
    spec = spec_of(at)
    assert spec.model.checkpoint is None
    assert spec.model.scratch is not None
    assert spec.args.weight_decay == 0.5


def test_the_textbook_preset_makes_it_a_masked_model(root: Path) -> None:
    at = visit_file(messages(root))
    settled(at.selectbox(key=keys.PRESET).set_value("textbook").run())
    spec = spec_of(at)
    assert spec.task == "fill-mask"
    assert spec.model.checkpoint == "starter:fill-mask-en"
    assert spec.data.train[0].columns == {Role.TEXT: "text"}
    assert spec.args.learning_rate == 5e-5
    settled(at.segmented_control(key=keys.CODE).set_value("python").run())
    script = next(str(code.value) for code in at.code if "AutoModelForMaskedLM" in code.value)
    compile(script, "script", "exec")
    assert "DataCollatorForLanguageModeling" in script


def test_what_learns_brings_its_own_rate(root: Path) -> None:
    at = visit_file(messages(root))
    settled(at.segmented_control(key=keys.field(TRAINED)).set_value("lora").run())
    assert spec_of(at).args.learning_rate == 1e-3
    put(at, "args.learning_rate", 2e-3)
    settled(at.segmented_control(key=keys.field(TRAINED)).set_value("all").run())
    assert spec_of(at).args.learning_rate == 2e-3, "typed by hand, so it stays"


def test_nothing_is_lost_when_another_page_is_opened(root: Path) -> None:
    at = visit_file(messages(root))
    put(at, "args.learning_rate", 0.00123)
    put(at, "name", "my-run")
    put(at, "sample_inputs", "你好")
    settled(at.segmented_control(key=keys.field(TRAINED)).set_value("lora").run())
    put(at, "model.lora.r", 5)
    before = spec_of(at)
    at.switch_page("pages/fill_mask.py").run()
    assert not at.exception
    at.switch_page(PAGE).run()
    settled(at)
    assert spec_of(at) == before
    assert box(at, "model.lora.r").value == 5


def test_what_does_not_apply_is_kept_until_it_does(root: Path) -> None:
    at = visit_file(messages(root))
    settled(at.segmented_control(key=keys.field(TRAINED)).set_value("lora").run())
    put(at, "model.lora.r", 5)
    settled(at.segmented_control(key=keys.field(TRAINED)).set_value("all").run())
    assert by_key(at, keys.field("model.lora.r")) is None
    assert spec_of(at).model.lora is None
    settled(at.segmented_control(key=keys.field(TRAINED)).set_value("lora").run())
    assert box(at, "model.lora.r").value == 5


def test_other_data_change_what_nobody_typed(root: Path) -> None:
    at = visit_file(messages(root))
    put(at, "args.weight_decay", 0.3)
    long = [
        (label, " ".join([text] * 20))
        for label, text in [("label", "text")]
        + [("ab"[i % 2], f"a text of its own {i}") for i in range(24)]
    ]
    other = write_tsv(root / "other.tsv", [("label", "text"), *long[1:]])
    settled(at.text_input(key=dataset_keys.PATH).set_value(str(other)).run())
    spec = spec_of(at)
    assert spec.data.train[0].path == str(other)
    assert spec.name == "other-text-classification"
    assert spec.args.weight_decay == 0.3
    assert not notes_at(at, "name")


@pytest.mark.parametrize("way", ["python", "command"])
def test_the_same_run_is_shown_as_code(way: str, root: Path) -> None:
    at = visit_file(messages(root), **{keys.CODE: way})
    (shown,) = (str(code.value) for code in at.code)
    assert "messages-text-classification" in shown
    if way == "python":
        compile(shown, "script", "exec")
        assert "name: messages-text-classification" in shown
    else:
        assert shown.endswith("python -m loupe.training messages-text-classification")
    settled(at.segmented_control(key=keys.CODE).set_value("yaml").run())
    (shown,) = (str(code.value) for code in at.code)
    assert RunSpec.from_yaml(shown) == spec_of(at)
    assert shown.strip() == spec_of(at).to_yaml().strip(), "every field, also what is the default"


def test_a_form_opens_on_a_chinese_file(root: Path) -> None:
    rows = [("好评" if i % 2 else "差评", f"这家餐厅的菜第{i}次都很好吃") for i in range(20)]
    at = visit_file(write_tsv(root / "评论.tsv", [("标签", "内容"), *rows]))
    spec = spec_of(at)
    assert spec.data.train[0].columns == {Role.TEXT: "内容", Role.LABEL: "标签"}
    assert spec.name == "text-classification", "a folder's name is made of plain letters"
    assert not at.exception


def test_the_page_says_what_it_waits_for_when_no_data_are_open() -> None:
    at = visit(**{dataset_keys.KIND: "file"})
    assert not at.exception
    assert by_key(at, f"{keys.PAGE}_check") is None
    assert any("csv" in text for text in captions(at))
