"""The script of the page Tokenizer prints the stages and the tokens that the page shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.checkpoints.resolve import ResolvedCheckpoint
from loupe.checkpoints.tokenizer_alone import load_tokenizer_alone
from loupe.snippets import Origin, tokenization_script
from loupe.tokenization import CutText, cut
from tests.scripts import run_alone, run_here
from tests.tiny_models import make_tiny, without_moses

TEXT = "The \"capital\" of 'France' is {Paris},\nand naïve \\ 我喜欢 😀"


def cut_with(kind: str, folder: Path) -> tuple[CutText, Origin]:
    make_tiny(kind, folder)
    with without_moses():
        alone = load_tokenizer_alone(ResolvedCheckpoint(folder, None, ()), kind)
    origin = Origin(CheckpointRef(Kind.FOLDER, str(folder)), str(folder))
    return cut(alone, TEXT, kind), origin


@pytest.mark.parametrize("kind", ["bert", "roberta", "gpt2", "t5", "marian"])
def test_the_script_prints_what_is_shown(kind: str, tmp_path: Path) -> None:
    found, origin = cut_with(kind, tmp_path / kind)
    with without_moses():
        printed = run_here(tokenization_script(found, origin))
    ids = [int(number) for number in re.findall(r"^token (\d+) ", printed, re.MULTILINE)]
    assert ids == [token.token_id for token in found.tokens]
    assert f"decoded {found.decoded!r}" in printed
    assert ("the same text" in printed) == found.comes_back
    if found.is_fast:
        assert found.stages is not None
        assert f"normalised {found.stages.normalised!r}" in printed
        words = re.findall(r"^word (['\"].*['\"]) \[", printed, re.MULTILINE)
        assert words == [repr(word.text) for word in found.stages.words]
    else:
        assert "normalised" not in printed


def test_the_script_needs_no_loupe(tmp_path: Path) -> None:
    found, origin = cut_with("bert", tmp_path / "bert")
    printed = run_alone(tokenization_script(found, origin), tmp_path)
    assert printed.count("\ntoken ") == len(found.tokens)


def test_a_hub_checkpoint_is_named_with_its_revision(tmp_path: Path) -> None:
    found, _origin = cut_with("gpt2", tmp_path / "gpt2")
    script = tokenization_script(found, Origin(CheckpointRef(Kind.HUB, "owner/name", "abc"), None))
    assert "from_pretrained('owner/name', revision='abc')" in script
    assert str(tmp_path) not in script
