"""Tokenizer: what each tab answers."""

from __future__ import annotations

import io
import json
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from components.tokenizer import keys
from components.tokenizer.defaults import COMPARED_MAX, TABLE_TOKENS, TABS
from components.tokenizer.languages import languages
from components.tokenizer.stages import LOSSES, visible
from loupe.tokenization import Loss
from loupe.tokenization.costs import REFERENCE
from tests.pages.tokenizer.looking import TEXT, ask, drawn, open_question, table
from tests.pages.visitor import error_boxes, markdown_in, offered_files, pieces, texts_in

STARTERS = [f"starter:{name}" for name in ("fill-mask-en", "generate-en", "translate-en-fr")]
MARKUP = "<img src=x onerror=alert(1)> **bold** [link](https://elsewhere.example) :red[no] `x`"


@pytest.mark.parametrize("tab", TABS)
def test_only_the_open_tab_is_drawn(bert: str, tab: str) -> None:
    at = ask(bert, tab=tab)
    assert not at.exception
    assert error_boxes(at) == []
    assert [tab.label for tab in at.tabs if len(tab)] == [TABS[tab]]


@pytest.mark.parametrize(
    "text",
    [
        f"{MARKUP} 👩‍👩‍👧 e\u0301\u0301 A\x00B\x07 \u202eabc\u202c \u200b\ufeff 我喜欢\n\n",
        "التقت أنجيلا ميركل 2026 [CLS] [MASK] </s> <s> [UNK]",
        " \n\t\u3000 ",
    ],
    ids=["markup", "arabic", "white space"],
)
def test_any_text_is_drawn_and_never_as_markup(bert: str, text: str) -> None:
    at = ask(bert, text)
    for tab in TABS:
        open_question(at, tab)
        assert not at.exception
        assert error_boxes(at) == []
        assert not any("bold" in line or "onerror" in line for line in markdown_in(at.main))


def test_the_stages_name_what_is_lost(bert: str) -> None:
    at = ask(bert, "Zoë WAS\there")
    lost = table(at, "places").set_index("what")
    assert lost.loc[LOSSES[Loss.CASE], "places"] == 2
    assert "WAS → was" in lost.loc[LOSSES[Loss.CASE], "examples"]
    assert lost.loc[LOSSES[Loss.ACCENTS], "places"] == 1
    assert "→ → ·" in lost.loc[LOSSES[Loss.SPACE], "examples"]
    assert LOSSES[Loss.CONTROL] not in lost.index
    rows = drawn(at, "normalised")["rows"]
    marked = [
        "".join(piece["text"] for piece in row["cells"][1]["pieces"] if piece.get("hit"))
        for row in rows
    ]
    assert marked == ["ZëWAS\t", "zewas "]
    back = drawn(at, "back")["rows"]
    assert [row["cells"][0]["pieces"][0]["text"] for row in back] == ["as written", "decoded"]


def test_pieces_are_drawn_as_the_vocabulary_writes_them(bert: str, roberta: str) -> None:
    at = ask(bert, "zebrafish")
    shown = [piece["text"] for piece in pieces(at, f"{keys.PAGE}_pieces")]
    assert len(shown) > 1
    assert all(piece.startswith("##") for piece in shown[1:])
    at = ask(roberta, "a cat")
    assert any(p["text"].startswith("Ġ") for p in pieces(at, f"{keys.PAGE}_pieces"))


def test_own_tokens_in_the_text_are_shown_apart(bert: str) -> None:
    at = ask(bert, "a [MASK] b [SEP]")
    written = [piece["text"] for piece in pieces(at, f"{keys.PAGE}_written")]
    assert written == ["[MASK]", "[SEP]"]
    frame = [piece["text"] for piece in pieces(at, f"{keys.PAGE}_frame")]
    assert frame == ["[CLS]", "4 tokens", "[SEP]"]


def test_the_table_has_every_token_with_its_bytes(roberta: str) -> None:
    at = ask(roberta, "é 😀", "tokens")
    shown = table(at, "bytes")
    assert list(shown["number"]) == list(range(len(shown)))
    data = bytes.fromhex(" ".join(shown["bytes"]))
    assert data == "é 😀".encode()
    assert shown["note"].iloc[0] == "put around the text"
    assert "shares a character" in set(shown["note"])
    assert "unknown" not in " ".join(shown["note"])


def test_the_table_of_a_long_text_is_cut_and_says_so(bert: str) -> None:
    at = ask(bert, "cat " * 3_000, "tokens")
    assert len(table(at, "bytes")) == TABLE_TOKENS
    assert any(f"The first {TABLE_TOKENS:,} of" in line for line in markdown_in(at.main))


@pytest.mark.parametrize(
    ("name", "steps"), [("bert", "longest"), ("roberta", "rank"), ("gpt2", "rank")]
)
def test_a_words_steps_are_shown(tiny_root: Path, name: str, steps: str) -> None:
    at = ask(f"folder:{tiny_root / name}", tab="word")
    assert len(table(at, steps)) > 0
    said = " ".join(markdown_in(at.main))
    assert "it ends in the library’s own pieces" in said
    assert "other pieces than the library’s" not in said
    # The longest word in tokens is the first that is shown; another one can be chosen.
    box = at.selectbox(key=keys.WORD)
    before = int(str(box.value))
    box.set_value((before + 1) % 3).run()
    assert not at.exception
    assert at.selectbox(key=keys.WORD).value != before


def test_unigram_shows_the_next_best_ways() -> None:
    at = ask(STARTERS[2], "unbelievable", "word")
    ways = table(at, "log_prob")
    assert list(ways["bar"]) == sorted(ways["bar"], reverse=True)
    assert ways["bar"].iloc[0] == 1.0
    assert ways["bar"].iloc[1] < 1.0


def test_a_word_of_a_shorter_text_is_forgotten(bert: str) -> None:
    at = ask(bert, "one two three four five", "word", **{keys.WORD: 4})
    assert at.selectbox(key=keys.WORD).value == 4
    at.text_area(key=keys.TEXT).input("one").run()
    assert not at.exception
    assert at.selectbox(key=keys.WORD).value == 0


def test_tokenizers_are_laid_on_one_axis(bert: str, roberta: str) -> None:
    at = ask(bert, TEXT, "others", **{keys.OTHERS: [roberta, STARTERS[2]]})
    assert not at.exception
    axis = drawn(at, "axis")
    assert "".join(axis["characters"]).replace("␣", " ") == TEXT
    assert len(axis["rows"]) == 3
    columns = len(axis["characters"])
    for row in axis["rows"]:
        ends = [(cell["from"], cell["to"]) for cell in row["cells"]]
        assert all(start < end <= columns for start, end in ends)
        assert all(a[1] <= b[0] for a, b in pairwise(ends))
    counts = table(at, "context")
    placed = [sum(cell["count"] for cell in row["cells"]) for row in axis["rows"]]
    assert placed[0] == counts["tokens"].iloc[0]
    # A space that a tokenizer puts in has no place in the text.
    assert all(0 <= held - has <= 2 for held, has in zip(counts["tokens"], placed, strict=True))


def test_one_that_cannot_be_used_does_not_stop_the_others(bert: str, tiny_root: Path) -> None:
    others = [f"folder:{tiny_root / 'none'}", "hub:nobody/none", STARTERS[1]]
    at = ask(bert, TEXT, "others", **{keys.OTHERS: others})
    assert not at.exception
    assert len(error_boxes(at)) == 1
    assert len(drawn(at, "axis")["rows"]) == 2
    assert any("not on this machine yet" in line for line in texts_in(at.main))


def test_at_most_six_are_compared(bert: str) -> None:
    at = ask(bert, TEXT, "others")
    assert at.multiselect(key=keys.OTHERS).proto.max_selections == COMPARED_MAX - 1
    assert set(at.multiselect(key=keys.OTHERS).value) == set(STARTERS)
    assert len(drawn(at, "axis")["rows"]) == 4


def test_languages_are_measured_against_english() -> None:
    at = ask(STARTERS[1], tab="languages")
    shown = table(at, "relative")
    assert len(shown) == len(languages()) >= 8
    assert next(iter(languages())) == REFERENCE
    assert shown["relative"].iloc[0] == 1.0
    by_name = shown.set_index("language")
    assert by_name.loc["Hindi", "relative"] > 2
    assert not any("Half or more is unknown" in line for line in texts_in(at.main))
    at = ask(STARTERS[0], tab="languages")
    assert any("Half or more is unknown" in line for line in texts_in(at.main))
    # And beside it those that it is compared with.
    both = table(at, STARTERS[0])
    assert set(both.columns) == {"language", *STARTERS}
    assert both[STARTERS[1]].iloc[0] == str(shown["tokens"].iloc[0])
    assert "unknown" in both[STARTERS[0]].iloc[-1]


def test_a_language_is_not_stopped_by_one_that_is_not_here() -> None:
    others = ["hub:nobody/none", "not a name at all!"]
    at = ask(STARTERS[1], TEXT, "languages", **{keys.OTHERS: others})
    assert not at.exception
    assert error_boxes(at) == []
    assert len(at.dataframe) == 1


def test_bytes_are_shown_where_a_vocabulary_is_of_bytes(bert: str, roberta: str) -> None:
    at = ask(roberta, "a é é")
    shown = table(at, "utf8")
    assert list(shown["character"]) == ["é"] or list(shown["character"]) == ["·", "é"]
    assert list(shown["utf8"])[-1] == "C3 A9"
    assert len(list(shown["signs"])[-1]) == 2
    at = ask(bert, "a é é")
    assert not any("utf8" in frame.value.columns for frame in at.dataframe)


def test_the_texts_of_all_languages_are_as_long_as_they_can_be_compared() -> None:
    lengths = {code: len(language.text.encode()) for code, language in languages().items()}
    assert len({language.text for language in languages().values()}) == len(lengths)
    assert max(lengths.values()) < 4 * min(lengths.values())


def test_the_code_tab_offers_a_script_that_python_reads(bert: str) -> None:
    at = ask(bert, tab="code")
    (script,) = (code.value for code in at.code)
    compile(script, "script.py", "exec")
    assert bert.removeprefix("folder:") in script
    assert "torch" not in script
    assert "loupe" not in script.lower().replace(bert.lower(), "")


def test_the_downloads_hold_every_token(bert: str, monkeypatch: pytest.MonkeyPatch) -> None:
    held = offered_files(monkeypatch)
    at = ask(bert, "=1+1 is café", "keep")
    rows = pd.read_csv(io.BytesIO(held[f"{keys.PAGE}_csv"]), keep_default_na=False)
    everything = json.loads(held[f"{keys.PAGE}_json"])
    assert list(rows["token_id"]) == [token["token_id"] for token in everything["tokens"]]
    assert everything["text"] == "=1+1 is café"
    assert everything["schema_version"] == 1
    # A spreadsheet must not run what was typed.
    assert not any(str(value).startswith("=") for value in rows["text"])
    assert not any("log-probabilities" in line for line in markdown_in(at.main))


def test_what_nobody_sees_is_made_visible() -> None:
    assert visible("a b") == "a·b"
    assert visible("\n\t") == "↵→"
    assert visible("\u200b") == "U+200B"
    assert visible("") == "∅"
    assert visible("x" * 30) == "x" * 24 + "…"


def test_a_tab_that_fails_says_so_and_keeps_the_tokens(
    bert: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from loupe.errors import EngineError

    def fails(*_args: object, **_how: object) -> None:
        raise EngineError("This cannot be counted.", "Try another.")

    monkeypatch.setattr("components.tokenizer.languages.costs_of_languages", fails)
    at = ask(bert, tab="languages")
    assert not at.exception
    (box,) = error_boxes(at)
    assert box.key == f"error_{keys.PAGE}_tab"
    assert pieces(at, keys.STRIP)
    open_question(at, "stages")
    assert error_boxes(at) == []
