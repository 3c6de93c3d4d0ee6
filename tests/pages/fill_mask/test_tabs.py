"""Fill mask: words of one's own, another model, code, exports and check."""

from __future__ import annotations

import io
import json
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest

from components import resources
from components.fill_mask import keys, link
from components.fill_mask.defaults import SHOWN_MAX
from components.fill_mask.words import NO_RANK
from loupe.checkpoints.ref import CheckpointRef
from tests.pages.fill_mask.looking import chosen
from tests.pages.visitor import (
    ask,
    by_key,
    error_boxes,
    markdown_in,
    offered_files,
    open_tab,
    texts_in,
)


def test_only_the_open_tab_is_drawn(bert: str) -> None:
    at = ask(bert)
    assert [tab.label for tab in at.tabs] == list(link.TABS.values())
    assert [tab.label for tab in at.tabs if len(tab)] == [link.TABS["gap"]]
    for question in link.TABS.values():
        open_tab(at, question)
        assert not at.exception
        assert [tab.label for tab in at.tabs if len(tab)] == [question]


def test_my_own_words_are_scored_at_every_mask_with_their_pieces(bert: str) -> None:
    at = open_tab(ask(bert, "The [MASK] sleeps on the [MASK]."), link.TABS["words"])
    at.text_input(key=keys.WORDS).input("cat, foxcatmat,, cat , mat").run()
    assert not at.exception
    assert error_boxes(at) == []
    (table,) = (frame.value for frame in at.dataframe)
    assert list(table["mask"]) == [1, 1, 1, 2, 2, 2]
    assert set(table["word"]) == {"cat", "foxcatmat", "mat"}
    assert table["bar"].between(0, 1).all()
    assert table["probability"].str.contains("%|1 in", regex=True).all()
    for _mask, rows in table.groupby("mask"):
        assert rows["log_prob"].is_monotonic_decreasing
    several = table[table["pieces"].str.contains("##")]
    # A word of several pieces has no rank of its own.
    assert set(several["rank"]) == {NO_RANK}
    assert table["rank"].str.isdecimal().any()


def test_another_model_with_another_tokenizer_is_put_side_by_side(bert: str, roberta: str) -> None:
    at = open_tab(
        ask(bert, "The [MASK] sleeps on the [MASK].", **{keys.OTHER: roberta}),
        link.TABS["other"],
    )
    assert not at.exception
    assert error_boxes(at) == []
    assert chosen(at, keys.OTHER) == roberta
    tables = [frame.value for frame in at.dataframe]
    assert len(tables) == 2
    for table in tables:
        assert list(table["difference"].abs()) == sorted(table["difference"].abs(), reverse=True)
        expected = 100 * (table["bar_b"] - table["bar_a"])
        pd.testing.assert_series_equal(table["difference"], expected, check_names=False)
    assert sum("entropy" in text and "Mask" in text for text in texts_in(at.main)) == 2
    assert {str(row.ref) for row in resources.pool().loaded()} == {bert, roberta}


def test_the_code_tab_offers_a_script_that_python_reads(bert: str) -> None:
    at = open_tab(ask(bert, "It's \"[MASK]\" and ''' too."), link.TABS["code"])
    assert not at.exception
    (script,) = (code.value for code in at.code)
    compile(script, "fill_mask.py", "exec")
    assert "AutoModelForMaskedLM" in script
    assert CheckpointRef.parse(bert).id in script
    assert "loupe" not in script.replace(bert, "").lower().split("from_pretrained")[0]
    download = by_key(at, f"{keys.PAGE}_download_code")
    assert download is not None


def test_the_keep_tab_exports_what_is_shown(bert: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = offered_files(monkeypatch)
    text = "我喜欢[MASK]。 😀"
    at = open_tab(ask(bert, text), link.TABS["keep"])
    assert not at.exception
    result = json.loads(kept[f"{keys.PAGE}_json"])
    assert result["query"]["text"] == text
    assert result["trace"]["tokens"]
    csv = kept[f"{keys.PAGE}_csv"]
    assert csv.startswith("\ufeff".encode())
    table = pd.read_csv(io.BytesIO(csv), encoding="utf-8-sig", keep_default_na=False)
    assert len(table) == SHOWN_MAX + 1
    assert table["prob"].astype(float).sum() == pytest.approx(1.0, abs=1e-6)


def test_no_word_in_the_table_runs_as_a_formula(bert: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = offered_files(monkeypatch)
    open_tab(ask(bert, **{keys.WORDS: "=cat, mat"}), link.TABS["keep"])
    csv = kept[f"{keys.PAGE}_csv"].decode("utf-8-sig").splitlines()
    assert any(",'=cat," in line for line in csv)
    assert not any(",=" in line for line in csv)


@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_the_check_finds_that_the_two_ways_agree(tiny_root: Path, kind: str) -> None:
    at = open_tab(
        ask(f"folder:{tiny_root / kind}", "The [MASK] sleeps on the mat.", **{keys.HIDDEN: ()}),
        link.TABS["check"],
    )
    said = markdown_in(at.main)
    assert not any("agree" in text for text in said), "nothing is claimed before it is checked"
    at.button(key=f"{keys.PAGE}_check").click().run()
    assert not at.exception
    assert error_boxes(at) == []
    said = markdown_in(at.main)
    assert any("The two ways agree." in text for text in said)
    assert not any("do not agree" in text for text in said)
    assert any("numbers compared" in text for text in texts_in(at.main))


def test_the_check_says_so_when_the_numbers_are_wrong(
    bert: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # By its name: the package's own `check` is the function.
    checking = import_module("loupe.tasks.fill_mask.check")
    real = checking._distributions
    monkeypatch.setattr(
        checking, "_distributions", lambda loaded, ids: [row[::-1] for row in real(loaded, ids)]
    )
    at = open_tab(ask(bert), link.TABS["check"])
    at.button(key=f"{keys.PAGE}_check").click().run()
    said = markdown_in(at.main)
    assert any("do not agree" in text for text in said)
    assert not any("The two ways agree." in text for text in said)


def test_my_own_words_reach_the_script_the_exports_and_the_check(bert: str) -> None:
    at = open_tab(ask(bert), link.TABS["words"])
    at.text_input(key=keys.WORDS).input("foxcatmat, cat").run()
    at = open_tab(at, link.TABS["code"])
    (script,) = (code.value for code in at.code)
    assert "'foxcatmat'" in script
    at = open_tab(at, link.TABS["check"])
    at.button(key=f"{keys.PAGE}_check").click().run()
    assert not at.exception
    counted = next(text for text in texts_in(at.main) if "numbers compared" in text)
    pieces_scored = int(counted.split()[0]) - (SHOWN_MAX + 2)
    assert pieces_scored >= 3
