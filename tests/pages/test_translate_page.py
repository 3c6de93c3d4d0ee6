"""The page Translate and summarise, from the first screen to its tabs."""

from __future__ import annotations

import ast
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from components import i18n, resources, session
from components.translate import keys
from components.translate.modes import MODES, SUMMARISE, TRANSLATE, Mode
from components.translate.offers import default_checkpoint
from loupe.tasks import summarization, translation
from tests.pages.translators import (
    CONTROLS_MAX,
    PAGE,
    PASTED,
    TEXT,
    ask,
    click,
    label_of,
    open_question,
    pieces,
    said,
    shown,
    strip,
    table,
)
from tests.pages.visitor import (
    by_key,
    controls,
    error_boxes,
    figures,
    markdown_in,
    nodes,
    open_page,
    texts_in,
)

pytest_plugins = ("tests.pages.translate_fixtures",)
pytestmark = [
    pytest.mark.usefixtures("translate_roots"),
    # MarianTokenizer says so at every load, and then never calls it.
    pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses"),
]

# The first screen


@pytest.mark.usefixtures("with_starter")
def test_the_page_opens_on_a_worked_example_that_is_computed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    real = translation.predict

    def predict(loaded: Any, query: Any, on_token: Any = None) -> Any:
        asked.append(query.text)
        return real(loaded, replace(query, max_new_tokens=8), on_token)

    monkeypatch.setattr(translation, "predict", predict)
    at = open_page(PAGE)
    assert not at.exception
    assert error_boxes(at) == []
    assert at.text_area(key=keys.TEXT).value == "How are you?"
    assert asked == ["How are you?"]
    assert shown(at).source.text.endswith("How are you?")
    assert [p["text"] for p in pieces(at, keys.SOURCE)][-2:] == ["?", "</s>"]
    assert all("value" in piece for piece in pieces(at) if piece["kind"] == "text")
    assert figures(at), "the first tab is computed"
    assert at.query_params == {}


def test_without_its_starter_the_page_says_so_and_lives(
    marian: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = replace(resources.places(), starters=tmp_path / "no-starters")
    monkeypatch.setattr(resources, "places", lambda: nowhere)
    at = open_page(PAGE, session={keys.max_new_tokens(TRANSLATE): 12})
    assert not at.exception
    (box,) = error_boxes(at)
    assert any("translate-en-fr" in text for text in texts_in(box))
    assert at.text_area(key=keys.TEXT).value == TRANSLATE.text
    at.selectbox(key=keys.checkpoint(TRANSLATE)).select(marian).run()
    assert error_boxes(at) == []
    assert strip(at)


@pytest.mark.parametrize("name", ["marian", "mbart"])
def test_the_first_screen_has_at_most_six_controls(pairs_root: Path, name: str) -> None:
    at = ask(TRANSLATE, f"folder:{pairs_root / name}")
    folded = {
        *(keys.BEAMS, keys.MEASURE, keys.max_new_tokens(TRANSLATE)),
        *(keys.SOURCE_LANGUAGE, keys.TARGET_LANGUAGE),
    }
    answer = {keys.SOURCE, keys.OUTPUT, keys.tabs(TRANSLATE), keys.UNIT, keys.LAYER, keys.HEAD}
    asked = set(controls(at)) - folded - answer
    asked -= {key for key in asked if key.endswith("heatmap")}
    popovers = {keys.SETTINGS} | ({keys.LANGUAGES} if name == "mbart" else set())
    assert len(asked | popovers) <= CONTROLS_MAX, asked | popovers
    assert {keys.MODE, keys.TEXT, keys.ASK, keys.checkpoint(TRANSLATE)} <= asked


def test_the_settings_say_what_is_set(marian: str) -> None:
    longest = {keys.max_new_tokens(TRANSLATE): TRANSLATE.max_new_tokens}
    at = ask(TRANSLATE, marian, TEXT, **longest)
    assert label_of(at, keys.SETTINGS) == "Greedy"
    at.slider(key=keys.BEAMS).set_value(4).run()
    assert label_of(at, keys.SETTINGS) == "4 beams"
    assert shown(at).query.num_beams == 4
    at.number_input(key=keys.max_new_tokens(TRANSLATE)).set_value(9).run()
    assert label_of(at, keys.SETTINGS) == "4 beams, at most 9 tokens"
    assert len(shown(at).target.tokens) <= 9


def test_changing_the_mode_brings_its_example_but_keeps_a_text_of_ones_own(
    marian: str, t5: str
) -> None:
    at = ask(TRANSLATE, marian, TRANSLATE.text, **{keys.checkpoint(SUMMARISE): t5})
    at.segmented_control(key=keys.MODE).set_value(SUMMARISE.id).run()
    assert at.text_area(key=keys.TEXT).value == SUMMARISE.text
    at.text_area(key=keys.TEXT).input("My own words.").run()
    at.segmented_control(key=keys.MODE).set_value(TRANSLATE.id).run()
    assert not at.exception
    assert at.text_area(key=keys.TEXT).value == "My own words."
    assert at.selectbox(key=keys.checkpoint(TRANSLATE)).value == marian


# Directions


def test_one_of_several_directions_is_chosen(t5: str) -> None:
    at = ask(TRANSLATE, t5)
    box = at.selectbox(key=keys.DIRECTION)
    assert box.options == ["English to German", "English to French"]
    assert shown(at).source.text == f"translate English to German: {TEXT}"
    box.select("en|fr").run()
    assert not at.exception
    assert shown(at).source.text == f"translate English to French: {TEXT}"


def test_any_two_languages_are_chosen_where_a_checkpoint_knows_many(pairs_root: Path) -> None:
    at = ask(TRANSLATE, f"folder:{pairs_root / 'mbart'}")
    assert "English to French" in texts_in(at.main)
    at.selectbox(key=keys.SOURCE_LANGUAGE).select("zh_CN")
    at.selectbox(key=keys.TARGET_LANGUAGE).select("en_XX").run()
    assert "Chinese (simplified) to English" in texts_in(at.main)
    assert shown(at).source.tokens[0].token == "zh_CN"


def test_a_direction_of_another_checkpoint_is_not_kept(t5: str, marian: str) -> None:
    at = ask(TRANSLATE, t5)
    at.selectbox(key=keys.DIRECTION).select("en|fr").run()
    at.selectbox(key=keys.checkpoint(TRANSLATE)).select(marian).run()
    assert error_boxes(at) == []
    assert shown(at).direction.target == ">>fra<<"


def test_an_instruction_that_the_model_does_not_take_is_offered_to_be_taken_away(
    pairs_root: Path,
) -> None:
    at = ask(TRANSLATE, f"folder:{pairs_root / 'plain-t5'}", PASTED)
    assert any("takes no such instruction" in text for text in texts_in(at.main))
    at.button(key=f"{keys.PAGE}_strip").click().run()
    assert at.text_area(key=keys.TEXT).value == "How are you?"
    assert by_key(at, f"{keys.PAGE}_pasted") is None
    assert shown(at).source.text == "How are you?"


def test_an_instruction_that_the_model_takes_wins_and_the_page_says_so(t5: str) -> None:
    at = ask(TRANSLATE, t5, PASTED)
    assert by_key(at, f"{keys.PAGE}_pasted") is None
    assert shown(at).source.text == PASTED
    assert any("is followed: English to French" in text for text in texts_in(at.main))
    at.text_area(key=keys.TEXT).input(TEXT).run()
    assert "is followed" not in said(at)


# Branching


@pytest.mark.parametrize("name", ["marian", "t5"])
@pytest.mark.parametrize("mode", MODES.values(), ids=lambda mode: mode.id)
def test_another_token_is_chosen_and_the_rest_decoded_again(
    pairs_root: Path, name: str, mode: Mode
) -> None:
    at = ask(mode, f"folder:{pairs_root / name}")
    first = shown(at)
    assert strip(at, keys.ALTERNATIVES) is None
    spot = next(i for i, piece in enumerate(pieces(at)) if i > 0 and piece.get("clickable"))
    position = at.session_state[keys.DRAWN].positions[spot][0]
    click(at, keys.OUTPUT, spot)
    assert not at.exception
    offered = pieces(at, keys.ALTERNATIVES)
    assert [piece.get("selected", False) for piece in offered].count(True) == 1
    wanted = next(i for i, piece in enumerate(offered) if piece.get("clickable"))
    token_id = at.session_state[keys.DRAWN].token_ids[wanted]
    click(at, keys.ALTERNATIVES, wanted)

    assert not at.exception
    branch = shown(at)
    ids = [token.token_id for token in branch.target.tokens]
    assert ids[:position] == [token.token_id for token in first.target.tokens[:position]]
    assert ids[position] == token_id
    assert branch.log_prob == pytest.approx(sum(t.log_prob for t in branch.target.tokens))
    assert first.text in texts_in(at.main)

    at.button(key=keys.BACK).click().run()
    assert shown(at) == first
    assert by_key(at, keys.BACK) is None


def test_a_second_click_on_a_token_puts_its_alternatives_away(marian: str) -> None:
    at = click(ask(TRANSLATE, marian), keys.OUTPUT, 1)
    assert strip(at, keys.ALTERNATIVES)
    click(at, keys.OUTPUT, 1)
    assert strip(at, keys.ALTERNATIVES) is None


def test_another_text_leaves_the_chosen_beginning_behind(marian: str) -> None:
    at = click(ask(TRANSLATE, marian), keys.OUTPUT, 1)
    click(at, keys.ALTERNATIVES, 1)
    assert shown(at).query.prefix
    at.text_area(key=keys.TEXT).input("The dog runs.").run()
    assert not at.exception
    assert shown(at).query.prefix == ()
    assert by_key(at, keys.BACK) is None
    assert strip(at, keys.ALTERNATIVES) is None


def test_the_way_back_is_there_when_a_beginning_cannot_be_continued(marian: str) -> None:
    at = ask(TRANSLATE, marian)
    click(at, keys.OUTPUT, 3)
    click(at, keys.ALTERNATIVES, 1)
    before = at.session_state[keys.BRANCH]
    # As an old tab would hold it: more tokens than an output may have.
    long = replace(before.query, prefix=(3,) * before.query.max_new_tokens)
    at.session_state[keys.BRANCH] = replace(before, query=long)
    at.run()
    (box,) = error_boxes(at)
    assert any("ends after" in text for text in texts_in(box))
    at.button(key=keys.BACK).click().run()
    assert error_boxes(at) == []
    assert strip(at)


@pytest.mark.parametrize("measure", ["surprisal", "rank", "entropy"])
def test_the_tokens_are_coloured_by_what_is_chosen(marian: str, measure: str) -> None:
    at = ask(TRANSLATE, marian)
    before = [piece.get("value") for piece in pieces(at)]
    at.selectbox(key=keys.MEASURE).select(measure).run()
    assert not at.exception
    assert [piece.get("value") for piece in pieces(at)] != before
    node = by_key(at, keys.OUTPUT)
    assert node is not None
    assert measure in json.loads(node.proto.json)["legend"]["title"]


# Tabs


@pytest.mark.parametrize("mode", MODES.values(), ids=lambda mode: mode.id)
def test_every_tab_opens_and_only_the_open_one_is_drawn(t5: str, mode: Mode) -> None:
    at = ask(mode, t5)
    for tab in mode.tabs:
        open_question(at, mode, tab)
        assert not at.exception
        assert [opened.label for opened in at.tabs if len(opened)] == [mode.tabs[tab]]
        assert bool(figures(at)) is (tab == "attention")
        assert all(box.key == f"error_{keys.PAGE}_other" for box in error_boxes(at))


def test_layers_and_heads_are_looked_at_without_asking_the_model_again(
    marian: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Any] = []
    real = translation.look

    def look(loaded: Any, result: Any) -> Any:
        looks.append(result)
        return real(loaded, result)

    monkeypatch.setattr(translation, "look", look)
    at = ask(TRANSLATE, marian)
    (mean,) = figures(at)
    at.selectbox(key=keys.LAYER).select(2)
    at.selectbox(key=keys.HEAD).select(1).run()
    (one,) = figures(at)
    assert one["data"][0]["z"] != mean["data"][0]["z"]
    at.segmented_control(key=keys.UNIT).set_value("tokens").run()
    (tokens,) = figures(at)
    assert len(looks) == 1
    z = tokens["data"][0]["z"]
    assert len(z) == len(shown(at).target.tokens)
    assert [sum(row) for row in z] == pytest.approx([1.0] * len(z), abs=1e-4)


def test_a_translation_of_ones_own_is_scored_and_read_by_the_model(marian: str) -> None:
    at = open_question(ask(TRANSLATE, marian), TRANSLATE, "quality")
    at.text_area(key=keys.OTHER).input("The fox runs.").run()
    assert not at.exception
    assert any("chrF" in text and "BLEU" in text for text in texts_in(at.main))
    assert any("version:" in code.value and "tok:" in code.value for code in at.code)
    found = table(at, "preferred")
    captions = [p["caption"] for p in pieces(at, f"{keys.OTHER}_strip") if "caption" in p]
    assert list(found["preferred"]) == captions
    assert all(rank > 1 for rank in found["rank"])
    # The model's own translation is not disagreed with.
    at.text_area(key=keys.OTHER).input(shown(at).text).run()
    assert any("chrF 100.0" in text for text in texts_in(at.main))


def test_a_summary_is_measured_by_its_copying_and_by_rouge(
    t5: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = summarization.predict

    def predict(loaded: Any, query: Any, on_token: Any = None) -> Any:
        result = real(loaded, query, on_token)
        copying = replace(result.copying, copied=(1.0, 0.5, 0.0, None))
        return replace(result, copying=copying)

    monkeypatch.setattr(summarization, "predict", predict)
    at = ask(SUMMARISE, t5)
    assert list(table(at, "share")["share"]) == ["100 %", "50 %", "0 %", "–"]
    assert shown(at).source.text.startswith("summarize: ")
    open_question(at, SUMMARISE, "quality")
    at.text_area(key=keys.OTHER).input("The cat sleeps on the mat.").run()
    assert list(table(at, "score")["score"]) == ["ROUGE-1", "ROUGE-2", "ROUGE-L"]
    assert any("rouge-score:" in code.value for code in at.code)


def test_no_summariser_is_bundled_and_the_catalogue_is_offered_in_place() -> None:
    at = open_page(PAGE, session={keys.MODE: SUMMARISE.id})
    assert not at.exception
    assert error_boxes(at) == []
    assert any("No summariser is bundled" in text for text in texts_in(at.main))
    names = list(table(at, "good_at")["name"])
    assert len(names) >= 3
    assert not any("opus-mt" in name for name in names), "these translate only"
    assert at.selectbox(key=keys.checkpoint(SUMMARISE)).value == str(default_checkpoint(SUMMARISE))
    assert by_key(at, f"{keys.checkpoint(SUMMARISE)}_download") is not None
    assert at.text_area(key=keys.TEXT).value == SUMMARISE.text


@pytest.mark.parametrize("mode", MODES.values(), ids=lambda mode: mode.id)
def test_code_exports_and_check_are_about_what_is_shown(t5: str, mode: Mode) -> None:
    at = open_question(ask(mode, t5), mode, "code")
    (script,) = (code.value for code in at.code if "import torch" in code.value)
    ast.parse(script)
    assert repr(shown(at).source.text) in script
    open_question(at, mode, "keep")
    assert shown(at).text in [code.value for code in at.code]
    downloads = {d.key: d for d in at.get("download_button")}
    assert {f"{keys.PAGE}_csv", f"{keys.PAGE}_json"} <= downloads.keys()
    open_question(at, mode, "check")
    at.button(key=f"{keys.PAGE}_check").click().run()
    assert "The two ways agree." in said(at)


def test_several_sentences_are_said_to_belong_into_a_document(t5: str) -> None:
    at = ask(TRANSLATE, t5, "The cat sleeps. The dog runs. It is late.")
    assert "translates them one by one" in said(at)
    at.text_area(key=keys.TEXT).input("The cat sleeps.").run()
    assert "translates them one by one" not in said(at)


def test_what_fits_of_a_long_text_is_summarised_at_a_click(pairs_root: Path) -> None:
    long = "The cat sleeps on the mat. " * 300
    at = ask(SUMMARISE, f"folder:{pairs_root / 'marian'}", long)
    assert len(error_boxes(at)) == 1
    at.button(key=f"{keys.PAGE}_shorten").click().run()
    assert error_boxes(at) == []
    kept = str(at.text_area(key=keys.TEXT).value)
    assert long.startswith(kept)
    assert len(kept) > 40


# The interface's words


@pytest.mark.parametrize("mode", MODES.values(), ids=lambda mode: mode.id)
def test_no_word_of_the_page_is_written_past_the_translation(t5: str, mode: Mode) -> None:
    at = ask(mode, t5, **{session.LANGUAGE: i18n.PSEUDO})
    click(at, keys.OUTPUT, 1)
    click(at, keys.ALTERNATIVES, 1)
    for tab in mode.tabs:
        at.session_state[keys.tabs(mode)] = i18n.translate(mode.tabs[tab], i18n.PSEUDO)
        at.run()
        if tab in ("document", "quality"):
            box = keys.OTHER if tab == "quality" else keys.DOCUMENT_TEXT
            at.text_area(key=box).input("The fox.").run()
        assert not at.exception
        labels = [
            label
            for node in nodes(at.main)
            if (label := getattr(node, "label", "")) and isinstance(label, str)
        ]
        plain = [t for t in (*labels, *markdown_in(at.main)) if "⟦" not in t]
        assert plain == [], tab
        for node in nodes(at.main):
            if node.type == "plotly_chart":
                figure = json.loads(node.proto.spec)["data"][0]
                assert "⟦" in figure["hovertext"][0][0]
                assert "⟦" in figure["colorbar"]["title"]["text"]


def test_tables_read_back_as_they_are_shown(t5: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The CSV that is offered holds every token of the output."""
    kept: dict[str, Any] = {}
    import streamlit as st

    real = st.download_button

    def download_button(label: str, data: Any, **options: Any) -> Any:
        kept[options["key"]] = data
        return real(label, data, **options)

    monkeypatch.setattr(st, "download_button", download_button)
    at = open_question(ask(TRANSLATE, t5), TRANSLATE, "keep")
    rows = pd.read_csv(io.BytesIO(kept[f"{keys.PAGE}_csv"]), encoding="utf-8-sig")
    assert (rows["row"] == "token").sum() == len(shown(at).target.tokens)
    assert json.loads(kept[f"{keys.PAGE}_json"])["target"]["text"] == shown(at).text
