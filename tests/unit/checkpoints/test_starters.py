from __future__ import annotations

from pathlib import Path

import pytest

from loupe.checkpoints.places import Places
from loupe.checkpoints.starters import list_starters


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places((tmp_path,), tmp_path / "starters", tmp_path, tmp_path)


def write(places: Places, name: str, card: str | None) -> None:
    folder = places.starters / name
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    if card is not None:
        (folder / "README.md").write_text(card)


def test_a_card_says_what_its_starter_is_for(places: Places) -> None:
    write(places, "b", "---\npipeline_tag: translation\ntags: [small, toy]\n---\n# b\n--- a\n")
    write(places, "a", '---\npipeline_tag: fill-mask\ntags: ["bert"]\n---\n')
    found = [(str(s.ref), s.task, s.is_toy) for s in list_starters(places)]
    assert found == [("starter:a", "fill-mask", False), ("starter:b", "translation", True)]


@pytest.mark.parametrize(
    "card",
    [
        None,
        "",
        "# title\n---\npipeline_tag: x\n---\n",
        "---\n- a\n---\n",
        "---\na: [\n---\n",
        "---",
    ],
)
def test_without_a_header_it_is_for_nothing_in_particular(places: Places, card: str | None) -> None:
    write(places, "a", card)
    assert [(s.task, s.is_toy) for s in list_starters(places)] == [(None, False)]


def test_the_starters_of_this_checkout_say_their_task() -> None:
    here = Places((), Path(__file__).parents[3] / "starters", Path(), Path())
    starters = list_starters(here)
    assert "fill-mask-en" in {starter.ref.id for starter in starters}
    assert all(starter.task for starter in starters)
