"""Tokenizer: one box for every cause, where the cause is, and the text stays."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from components.tokenizer import keys
from loupe.tokenization import MAX_CHARACTERS
from tests.pages.tokenizer.looking import TEXT, ask, has_answer
from tests.pages.visitor import error_boxes, texts_in
from tests.tiny_models import make_tiny


@dataclass(frozen=True)
class Case:
    """make: the checkpoint, made in a folder that Loupe may read. says: part of the message."""

    id: str
    says: str
    make: Callable[[Path], str] = lambda root: f"folder:{copied(root)}"
    text: str = TEXT
    box: str = keys.PAGE


def copied(root: Path) -> Path:
    return make_tiny("bert", root / "bert")


def without_tokenizer(root: Path) -> str:
    folder = copied(root)
    for file in [*folder.glob("*token*"), *folder.glob("vocab*")]:
        file.unlink()
    return f"folder:{folder}"


def damaged(root: Path) -> str:
    folder = copied(root)
    (folder / "tokenizer.json").write_text('{"model": ', "utf-8")
    return f"folder:{folder}"


def without_config(root: Path) -> str:
    folder = copied(root)
    (folder / "config.json").unlink()
    return f"folder:{folder}"


def needs_code(root: Path) -> str:
    folder = copied(root)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config["auto_map"] = {"AutoTokenizer": ["own.OwnTokenizer", None]}
    config["model_type"] = "own_architecture"
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    return f"folder:{folder}"


def another_kind(root: Path) -> str:
    file = root / "notes.txt"
    file.write_text("no checkpoint", "utf-8")
    return f"folder:{file}"


CASES = (
    Case("an empty text", "There is no text to cut.", text=""),
    Case("a text beyond the limit", "are cut at once", text="x" * (MAX_CHARACTERS + 1)),
    Case("no tokenizer", "has no tokenizer files", without_tokenizer),
    Case("a damaged tokenizer", "tokenizer.json", damaged),
    Case("no config", "has no config.json", without_config),
    Case("code of its own", "", needs_code),
    Case("no folder", "There is no folder", lambda root: f"folder:{root / 'none'}"),
    Case("a file of another kind", "", another_kind),
    Case("outside of the roots", "", lambda _root: "folder:/etc", box=f"{keys.CHECKPOINT}_access"),
    Case("no name", "", lambda _root: "not a name at all!", box=keys.CHECKPOINT),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_cannot_be_cut_gets_one_box_and_the_text_stays(
    case: Case, root: Path, bert: str
) -> None:
    at = ask(case.make(root), case.text)
    assert not at.exception
    (box,) = error_boxes(at)
    said = texts_in(box)
    assert len(said) >= 2, "no remedy"
    assert any(case.says in line for line in said), said
    assert not any("Traceback" in line for line in said)
    assert not has_answer(at)
    assert at.text_area(key=keys.TEXT).value == case.text
    # With what is right the page goes on.
    at.text_area(key=keys.TEXT).input(TEXT)
    at.selectbox(key=keys.CHECKPOINT).set_value(bert).run()
    assert error_boxes(at) == []
    assert has_answer(at)


def test_a_hub_checkpoint_that_is_not_here_is_offered() -> None:
    at = ask("hub:nobody/none")
    assert not at.exception
    assert any("is not on this machine yet" in line for line in texts_in(at.main))
    assert at.button(key=f"{keys.CHECKPOINT}_download")
    assert not has_answer(at)


def test_a_pickle_stands_in_nobodys_way(root: Path) -> None:
    folder = copied(root)
    shutil.move(folder / "model.safetensors", folder / "pytorch_model.bin")
    at = ask(f"folder:{folder}")
    assert not at.exception
    assert error_boxes(at) == []
    assert has_answer(at)
    assert not any("pickle" in line for line in texts_in(at.main))
