"""What is wrong with a form stands beside its box, before anything trains, and nothing is lost.

One case a cause. What only the trial of a run can find is in tests/unit/training/preflight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import resources
from components.dataset import keys as dataset_keys
from components.fine_tune import keys
from components.fine_tune.values import TRAINED
from loupe.data.spec import Role
from tests.pages.fine_tune.forms import (
    CHECK,
    MESSAGES,
    box,
    may_check,
    messages,
    notes_at,
    visit_file,
    write_tsv,
)
from tests.pages.inspect_dataset.inspectors import settled
from tests.pages.visitor import by_key, error_boxes, texts_in

LABEL, TEXT = f"role.{Role.LABEL.value}", f"role.{Role.TEXT.value}"


@dataclass(frozen=True)
class Bad:
    """id: the cause. boxes: field to what is typed. place: beside which box it is said.

    says: part of it. trained, task: chosen before. file: instead of good messages. role: lens, role
    and the column that is chosen for it. error: the key of an error's box, where no form is drawn.
    """

    id: str
    place: str
    says: str
    boxes: Mapping[str, Any] = field(default_factory=dict)
    trained: str = "all"
    task: str | None = None
    file: Callable[[Path], Path] = messages
    role: tuple[Role, str | None] | None = None
    checkpoint: str | None = None
    error: str | None = None


def typed(path: str, value: Any, says: str, **more: Any) -> Bad:
    """A fault of what one box holds."""
    return Bad(f"{path} = {value!r}", path, says, {path: value}, **more)


def rows(*changed: tuple[str, str], name: str = "odd.tsv") -> Callable[[Path], Path]:
    """The good messages, with some others."""
    header = ("label", "text")
    return lambda root: write_tsv(root / name, [header, *changed, *MESSAGES[len(changed) :]])


def only(*chosen: tuple[str, str], name: str = "odd.tsv") -> Callable[[Path], Path]:
    return lambda root: write_tsv(root / name, [("label", "text"), *chosen])


def raw(name: str, content: bytes) -> Callable[[Path], Path]:
    def make(root: Path) -> Path:
        (root / name).write_bytes(content)
        return root / name

    return make


SCRATCH: dict[str, Any] = {"trained": "scratch"}
LORA: dict[str, Any] = {"trained": "lora"}
MASKS: dict[str, Any] = {"task": "fill-mask"}

BAD: tuple[Bad, ...] = (
    # Numbers that are none, or none that can be.
    typed("args.learning_rate", 0.0, "above 0"),
    typed("args.learning_rate", -1e-4, "above 0"),
    typed("args.learning_rate", 5.0, "forgets"),
    typed("args.learning_rate", None, "empty"),
    typed("args.num_train_epochs", 0.0, "above 0"),
    typed("args.num_train_epochs", None, "empty"),
    typed("args.per_device_train_batch_size", 0, "at least 1"),
    typed("args.per_device_train_batch_size", None, "empty"),
    typed("max_length", 1, "at least 4"),
    typed("max_length", 100_000, "the model reads"),
    typed("data.max_train_rows", 0, "at least 1"),
    typed("data.max_validation_rows", -5, "at least 1"),
    typed("args.gradient_accumulation_steps", 0, "at least 1"),
    typed("args.warmup_steps", -1.0, "at least 0"),
    typed("args.weight_decay", -0.1, "at least 0"),
    typed("args.max_grad_norm", -1.0, "at least 0"),
    typed("args.adam_beta1", 1.5, "at most 1"),
    typed("args.adam_beta2", 1.0, "never takes"),
    typed("args.label_smoothing_factor", 1.2, "at most 1"),
    typed("args.eval_steps", 0, "at least 1"),
    typed("args.save_steps", 0, "at least 1"),
    typed("args.logging_steps", 0, "at least 1"),
    typed("args.save_total_limit", 0, "at least 1"),
    typed("early_stopping_patience", 0, "at least 1"),
    typed("model.dropout", 1.0, "drops every value"),
    typed("model.freeze_layers", -1, "at least 0"),
    typed("class_weights", "spam=much", "number"),
    typed("class_weights", "spam=0", "above 0"),
    typed("model.lora.r", 0, "at least 1", **LORA),
    typed("model.lora.lora_dropout", 1.0, "drops every value", **LORA),
    typed("model.scratch.hidden_size", 30, "multiple", **SCRATCH),
    typed("model.tokenizer.vocab_size", 10, "at least 300", **SCRATCH),
    typed("model.tokenizer.checkpoint", "no such thing", "name of a checkpoint", **SCRATCH),
    typed("mlm_probability", 0.0, "above 0", **MASKS),
    typed("mlm_probability", 1.0, "below 1", **MASKS),
    typed("mask_replace_prob", 0.95, "than 1", **MASKS),
    # Names.
    typed("name", "", "letters"),
    typed("name", "my run", "letters"),
    typed("name", "../../etc", "letters"),
    typed("name", "名字", "letters"),
    typed("name", "x" * 65, "letters"),
    # Columns.
    Bad("no label is chosen", LABEL, "No column", role=(Role.LABEL, None)),
    Bad("no text is chosen", TEXT, "No column", role=(Role.TEXT, None)),
    Bad("one column for both", LABEL, "text", role=(Role.LABEL, "text")),
    # Rows.
    Bad("a row without a label", LABEL, "no label", file=rows(("", "no label here"))),
    Bad("labels in two spellings", LABEL, "differ in case", file=rows(("Ham", "one of these"))),
    Bad("a label below zero", LABEL, "below zero", file=rows(("-1", "unknown"))),
    Bad("one label only", LABEL, "at least 2", file=only(*[("a", f"text {i}") for i in range(20)])),
    # Checkpoints.
    Bad("no checkpoint", "model.checkpoint", "", checkpoint="starter:none-such"),
    # Files.
    Bad("no file", "", "", file=lambda root: root / "none.csv", error="error_dataset_source"),
    Bad("a folder", "", "", file=lambda root: root, error="error_dataset_source"),
    Bad("another ending", "", "", file=raw("a.exe", b"MZ"), error="doctor"),
    Bad("an empty file", "", "", file=raw("a.csv", b""), error="doctor"),
    Bad("a header alone", "", "", file=raw("b.csv", b"text,label\n"), error="doctor"),
    Bad("broken JSON", "", "", file=raw("a.jsonl", b'{"text": "a"\n'), error="doctor"),
    Bad("elsewhere", "", "", file=lambda _: Path("/etc/hostname"), error="error_dataset_source"),
)  # fmt: skip


@pytest.mark.parametrize("case", BAD, ids=[bad.id for bad in BAD])
def test_what_is_wrong_stands_beside_its_box(case: Bad, root: Path) -> None:
    at = opened(case, root)
    assert not at.exception
    for path, value in case.boxes.items():
        settled(box(at, path).set_value(value).run())
        assert not at.exception
    if case.error is not None:
        assert_no_form(at, case.error)
        return
    said = notes_at(at, case.place)
    if case.place == "model.checkpoint":
        said += [" ".join(texts_in(node)) for node in error_boxes(at)]
    assert any(case.says in note for note in said), (said, case.says)
    assert not may_check(at), "nothing is tried that cannot be"
    for path, value in case.boxes.items():
        assert box(at, path).value == value, "what was typed stays"
    # Nothing is said beside boxes that are in order.
    others = {"args.seed", "data.attribution", "args.bf16"} - set(case.boxes)
    assert not any(notes_at(at, other) for other in others)
    assert not list(resources.places().runs.glob("*/run.yaml")), "nothing is to train"


def opened(case: Bad, root: Path) -> AppTest:
    session: dict[str, Any] = {keys.field(TRAINED): case.trained}
    if case.checkpoint is not None:
        session[keys.checkpoint("text-classification")] = case.checkpoint
    at = visit_file(case.file(root), **session)
    if case.task is not None:
        settled(at.selectbox(key=keys.TASK).set_value(case.task).run())
    if case.role is not None:
        role, column = case.role
        key = dataset_keys.role("text-classification", role)
        settled(at.selectbox(key=key).set_value(column).run())
    return at


def assert_no_form(at: AppTest, error: str) -> None:
    """The data cannot be opened: that is said where they are chosen, and nothing else is asked."""
    if error == "doctor":
        assert by_key(at, f"{dataset_keys.PAGE}_doctor_0") is not None
    else:
        assert error in [node.key for node in error_boxes(at)]
    assert by_key(at, CHECK) is None
    assert not list(resources.places().runs.glob("*/run.yaml")), "nothing is to train"


def test_enough_causes_are_tried() -> None:
    assert len({bad.id for bad in BAD}) == len(BAD) >= 30


def test_all_faults_are_shown_at_once(root: Path) -> None:
    at = visit_file(messages(root))
    wrong = {"args.learning_rate": 0.0, "max_length": 1, "name": "a b", "args.adam_beta2": 1.0}
    for path, value in wrong.items():
        settled(box(at, path).set_value(value).run())
    assert notes_at(at, "args.adam_beta2"), "a number that can be, and makes no sense"
    assert notes_at(at, "args.learning_rate")
    assert notes_at(at, "max_length")
    assert notes_at(at, "name")
    settled(box(at, "max_length").set_value(32).run())
    assert not notes_at(at, "max_length")
    assert notes_at(at, "args.learning_rate")


def test_a_fault_in_a_folded_group_is_said_beside_the_button_too(root: Path) -> None:
    at = visit_file(messages(root))
    settled(box(at, "args.adam_beta1").set_value(1.5).run())
    assert any(text.startswith("Adam beta 1:") for text in texts_in(at.main))
    group = by_key(at, f"{keys.PAGE}_group_optimiser")
    assert group is not None
    assert group.icon == ":material/error:"
