"""The page Translate and summarise, from the first screen to its last tab."""

from __future__ import annotations

import ast
import io
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from components import i18n, resources, session, share_link
from components.translate import keys, link
from components.translate.modes import MODES, SUMMARISE, TRANSLATE, Mode
from components.translate.offers import default_checkpoint
from components.translate.upload import MAX_MB
from loupe.engine import State
from loupe.tasks import summarization, translation
from tests.pages.visitor import (
    by_key,
    controls,
    error_boxes,
    figures,
    markdown_in,
    nodes,
    open_page,
    params_of,
    texts_in,
)
from tests.tiny_models import edit_config, make_tiny

# MarianTokenizer says so at every load, and then never calls it.
pytestmark = pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses")

PAGE = "pages/translate.py"
CONTROLS_MAX = 6
TEXT = "The cat sleeps."
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"
REMOTE_IMAGE = "![pixel](https://elsewhere.example/pixel.png)"
PASTED = "translate English to French: How are you?"
T5_TASKS = {
    "summarization": {"prefix": "summarize: "},
    "translation_en_to_de": {"prefix": "translate English to German: "},
    "translation_en_to_fr": {"prefix": "translate English to French: "},
}


@pytest.fixture(scope="session")
def pairs_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiny random encoder-decoders that no test changes. plain-t5 names no tasks."""
    root = tmp_path_factory.mktemp("pairs")
    for kind in ("marian", "t5", "mbart"):
        make_tiny(kind, root / kind)
    make_tiny("t5", root / "plain-t5")
    edit_config(root / "t5", task_specific_params=T5_TASKS)
    return root


@pytest.fixture(autouse=True)
def more_roots(
    own_server: None,  # noqa: ARG001  # it sets the variable first
    tiny_root: Path,
    pairs_root: Path,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOUPE_ROOTS", os.pathsep.join(map(str, (tiny_root, pairs_root, root))))


@pytest.fixture
def marian(pairs_root: Path) -> str:
    return f"folder:{pairs_root / 'marian'}"


@pytest.fixture
def t5(pairs_root: Path) -> str:
    return f"folder:{pairs_root / 't5'}"


def ask(mode: Mode, checkpoint: str, text: str = TEXT, **values: Any) -> AppTest:
    """A new visitor on the page in one mode, with this checkpoint and text; short outputs."""
    return open_page(
        PAGE,
        session={
            keys.MODE: mode.id,
            keys.checkpoint(mode): checkpoint,
            keys.TEXT: text,
            keys.max_new_tokens(mode): 12,
            **values,
        },
        context={"url": "http://localhost:8501/translate"},
    )


def strip(at: AppTest, key: str = keys.OUTPUT) -> list[dict[str, Any]] | None:
    node = by_key(at, key)
    return None if node is None else list(json.loads(node.proto.json)["pieces"])


def pieces(at: AppTest, key: str = keys.OUTPUT) -> list[dict[str, Any]]:
    found = strip(at, key)
    assert found is not None, "no strip is drawn"
    return found


def label_of(at: AppTest, key: str) -> str:
    node = by_key(at, key)
    assert node is not None
    return str(node.proto.popover.label)


def click(at: AppTest, key: str, index: int) -> AppTest:
    """Click a piece: the message its browser code sends, and the run it causes."""
    node = by_key(at, key)
    assert node is not None
    states = at._tree.get_widget_states()
    payload = json.dumps([{"event": "clicked", "value": {"index": index, "click": 1}}])
    states.widgets.append(
        WidgetState(id=_make_trigger_id(node.proto.id, "events"), json_trigger_value=payload)
    )
    return at._run(states)


def shown(at: AppTest) -> Any:
    """The result whose tokens stand on the screen."""
    return at.session_state[keys.DRAWN].result


def open_question(at: AppTest, mode: Mode, tab: str) -> AppTest:
    at.session_state[keys.tabs(mode)] = mode.tabs[tab]
    return at.run()


def said(at: AppTest) -> str:
    return "\n".join([*texts_in(at.main), *markdown_in(at.main)])


def table(at: AppTest, column: str) -> Any:
    """The table with this column."""
    found = [frame.value for frame in at.dataframe if column in frame.value]
    assert len(found) == 1, f"{len(found)} tables have a column {column}"
    return found[0]


@pytest.fixture
def with_starter(pairs_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's own starter, of random weights."""
    starters = tmp_path / "starters"
    starters.mkdir()
    shutil.copytree(pairs_root / "marian", starters / "translate-en-fr")
    there = replace(resources.places(), starters=starters)
    monkeypatch.setattr(resources, "places", lambda: there)


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


# Documents


@pytest.fixture
def at_document(marian: str) -> AppTest:
    return open_question(ask(TRANSLATE, marian), TRANSLATE, "document")


def test_a_document_becomes_a_table_with_every_sentence(at_document: AppTest) -> None:
    at = at_document
    assert len(at.dataframe) == 0
    at.text_area(key=keys.DOCUMENT_TEXT).input("The cat sleeps. It is late.\n\nThe dog runs.").run()
    at.button(key=f"{keys.DOCUMENT}_start").click().run()
    at.session_state[keys.DOCUMENT].ticket.result(30)
    at.run()
    assert not at.exception
    found = table(at, "line")
    assert list(found["source"]) == ["The cat sleeps.", "It is late.", "The dog runs."]
    assert list(found["line"]) == [1, 1, 3]
    assert any("3 sentences" in text for text in texts_in(at.main))
    assert by_key(at, f"{keys.DOCUMENT}_csv") is not None
    # Outputs of random weights rarely end by themselves: what lacks its end says so.
    unfinished = at.session_state[keys.DOCUMENT].ticket.result(0).unfinished
    assert list(found["note"] != "").count(True) == len(unfinished)


def test_a_document_is_cancelled_and_the_model_is_free_again(
    at_document: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(_loaded: Any, _query: Any, ticket: Any) -> Any:
        ticket.report(3, 10, "sentences")
        while not ticket.cancelled.wait(0.01):
            yield ()

    monkeypatch.setattr(translation, "document_in_turns", slow)
    at = at_document
    at.text_area(key=keys.DOCUMENT_TEXT).input("One. Two.").run()
    at.button(key=f"{keys.DOCUMENT}_start").click().run()
    ticket = at.session_state[keys.DOCUMENT].ticket
    while ticket.progress is None:
        pass
    at.run()
    assert at.button(key=f"{keys.DOCUMENT}_start").disabled
    (bar,) = at.main.get("progress")
    assert "3 of 10 sentences" in bar.proto.text
    assert " left" in bar.proto.text
    at.button(key=f"{keys.DOCUMENT}_cancel").click().run()
    assert ticket.state is State.CANCELLED
    at.run()
    assert "Cancelled." in said(at)
    assert error_boxes(at) == []
    assert not at.button(key=f"{keys.DOCUMENT}_start").disabled
    at.text_area(key=keys.TEXT).input("The dog runs.").run()
    assert strip(at)


def test_a_column_of_a_table_is_translated_row_by_row(at_document: AppTest) -> None:
    at = at_document
    data = b'id;text\n1;The cat\n2;\n3;"The\ndog; runs"\n'
    at.file_uploader(key=keys.DOCUMENT_FILE).upload("rows.csv", data).run()
    assert not at.exception
    assert at.selectbox(key=keys.DOCUMENT_COLUMN).value == "text"
    assert any("(cells: 1)" in text for text in markdown_in(at.main))
    at.button(key=f"{keys.DOCUMENT}_start").click().run()
    at.session_state[keys.DOCUMENT].ticket.result(30)
    at.run()
    found = table(at, "line")
    assert list(found["source"]) == ["The cat", "The dog; runs"]
    assert list(found["line"]) == [1, 3]


# Links


def test_a_share_link_opens_the_page_in_the_same_state(t5: str) -> None:
    at = ask(TRANSLATE, t5, "The dog runs.", **{keys.BEAMS: 2})
    at.selectbox(key=keys.DIRECTION).select("en|fr").run()
    open_question(at, TRANSLATE, "keep")
    (url,) = (code.value for code in at.code if code.value.startswith("http"))
    params = params_of(str(url))
    again = open_page(PAGE, params=params)
    assert error_boxes(again) == []
    assert shown(again) == shown(at)
    assert dict(again.query_params)
    again.text_area(key=keys.TEXT).input(TEXT).run()
    assert again.query_params == {}
    assert shown(again).query.text == TEXT


def test_a_link_opens_the_branch_and_leads_back_to_the_first_answer(marian: str) -> None:
    at = ask(TRANSLATE, marian)
    first = shown(at)
    click(at, keys.OUTPUT, 2)
    click(at, keys.ALTERNATIVES, 1)
    open_question(at, TRANSLATE, "keep")
    (url,) = (code.value for code in at.code if code.value.startswith("http"))
    again = open_page(PAGE, params=params_of(str(url)))
    assert error_boxes(again) == []
    assert shown(again).target == shown(at).target
    again.button(key=keys.BACK).click().run()
    assert shown(again).target == first.target


def test_a_link_with_a_beginning_of_unknown_tokens_says_so_and_leads_back(marian: str) -> None:
    state = link.TranslateState(text=TEXT, model=marian, begin="5,999999", tokens="12")
    at = open_page(PAGE, params=share_link.to_params(state))
    assert not at.exception
    assert len(error_boxes(at)) == 1
    at.button(key=keys.BACK).click().run()
    assert error_boxes(at) == []
    assert shown(at).query.prefix == ()


@pytest.mark.parametrize(
    "bad",
    [
        {"v": "9"},
        {"begin": "1,x"},
        {"begin": "-1"},
        {"begin": "1," * 5000},
        {"begin": "9" * 5000},
        {"mode": "dance"},
        {"tab": "nowhere"},
        {"beams": "99", "tokens": "٣"},
        {"beams": "0", "tokens": "-1"},
        {"beams": "9" * 5000, "dtype": "float3"},
    ],
    ids=lambda bad: "-".join(bad),
)
def test_a_link_with_parameters_of_no_sense_opens_the_page(
    marian: str, bad: Mapping[str, str]
) -> None:
    state = link.TranslateState(text=TEXT, model=marian)
    at = open_page(PAGE, params={**share_link.to_params(state), **bad})
    assert not at.exception
    if "v" not in bad:
        assert error_boxes(at) == []
        assert shown(at).query.text == TEXT
        assert shown(at).query.num_beams == 1


# Bad input


@dataclass(frozen=True)
class Case:
    """One thing that goes wrong, or looks so. checkpoint: a name below one of the roots.

    box: the end of the error's key; None where there is an answer. says: part of its text.
    tab, upload: what is opened then, and the file that is given there.
    """

    id: str
    text: str = TEXT
    checkpoint: str = "marian"
    mode: Mode = TRANSLATE
    box: str | None = keys.PAGE
    says: str = ""
    tab: str = ""
    other: str = ""
    upload: tuple[str, bytes] | None = None
    params: Mapping[str, str] = field(default_factory=dict)


HUGE = "word " * 200_000
CASES = [
    Case("empty", "", says="no text yet"),
    Case("blank", " \n\t ", says="no text yet"),
    Case("empty summary", "", "t5", SUMMARISE, says="no text yet"),
    Case("a megabyte", HUGE, says="at most 50,000"),
    Case("a megabyte to summarise", HUGE, "t5", SUMMARISE, says="at most 50,000"),
    Case("beyond the context", "The cat sleeps. " * 400, says="reads at most"),
    Case("html", SCRIPT, box=None),
    Case("markdown", f"# big **bold** :red[x] $x^2$ {REMOTE_IMAGE}", box=None),
    Case("emoji", "👩‍👩‍👧 🎉 \u200b", box=None),
    Case("chinese and arabic", "我喜欢猫。 مرحبا بالعالم", box=None),
    Case("a masked LM", checkpoint="bert", says="no trained head"),
    Case("a causal LM", checkpoint="gpt2", says="no trained head"),
    Case("a classifier", checkpoint="sentiment", mode=SUMMARISE, says="no trained head"),
    Case("a missing folder", checkpoint="nowhere", box="access", says="no folder"),
    Case(
        "a direction that is not offered",
        checkpoint="t5",
        params={"direction": "en|tlh"},
        box="direction",
        says="en → tlh",
    ),
    Case(
        "a language that is not known",
        checkpoint="mbart",
        params={"direction": "en_XX|xx_YY"},
        box="direction",
        says="xx_YY",
    ),
    Case("an empty reference", tab="quality", other="  ", box="other", says="no reference"),
    Case("a huge reference", tab="quality", other=HUGE, box="other", says="at most 50,000"),
    Case(
        "half a character in a file",
        tab="document",
        upload=("a.txt", "all right\nhalf \ud83d".encode("utf-8", "surrogatepass")),
        box="file",
        says="not written in UTF-8 (line 2)",
    ),
    Case("an empty file", tab="document", upload=("a.txt", b""), box="file", says="empty"),
    Case(
        "a file in latin-1",
        tab="document",
        upload=("a.txt", "ça va\nété".encode("latin-1")),
        box="file",
        says="not written in UTF-8 (line 1)",
    ),
    Case(
        "a picture named as text",
        tab="document",
        upload=("a.txt", b"\x00\x01PNG"),
        box="file",
        says="bytes that no text has",
    ),
    Case(
        "a file that is too large",
        tab="document",
        upload=("a.txt", b"a" * (MAX_MB * 1_000_000 + 1)),
        box="file",
        says="at most 3 MB",
    ),
    Case(
        "a ragged table",
        tab="document",
        upload=("a.csv", b"id,text\n1,a\n2,b,c\n"),
        box="file",
        says="Row 3 of a.csv has 3 cells",
    ),
    Case(
        "an open quotation mark",
        tab="document",
        upload=("a.csv", b'id,text\n1,"a\n'),
        box="file",
        says="cannot be read as a table",
    ),
    Case(
        "a table of names only",
        tab="document",
        upload=("a.csv", b"id,text\n"),
        box="file",
        says="no rows",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_bad_input_gets_one_clear_box_or_an_answer_and_leaves_the_page_alive(
    case: Case, tiny_root: Path, pairs_root: Path
) -> None:
    roots = (pairs_root, tiny_root)
    found = next((r / case.checkpoint for r in roots if (r / case.checkpoint).is_dir()), None)
    checkpoint = f"folder:{found or pairs_root / case.checkpoint}"
    if case.params:
        state = link.TranslateState(text=case.text, model=checkpoint, tokens="12")
        at = open_page(PAGE, params={**share_link.to_params(state), **case.params})
    else:
        at = ask(case.mode, checkpoint, case.text)
    if case.tab:
        open_question(at, case.mode, case.tab)
    if case.other:
        at.session_state[keys.OTHER] = case.other
        at.run()
    if case.upload is not None:
        at.file_uploader(key=keys.DOCUMENT_FILE).upload(*case.upload).run()
        assert at.button(key=f"{keys.DOCUMENT}_start").disabled

    assert not at.exception
    assert at.text_area(key=keys.TEXT).value == case.text
    drawn = "\n".join(markdown_in(at._tree))
    assert "Traceback" not in drawn
    assert SCRIPT not in drawn
    assert REMOTE_IMAGE not in drawn
    if case.box is None:
        assert error_boxes(at) == []
        assert pieces(at)
    else:
        (box,) = error_boxes(at)
        assert str(box.key).endswith(case.box)
        message, remedy = texts_in(box)[:2]
        assert case.says in message
        assert remedy.strip()
        assert "{" not in message + remedy

    at.text_area(key=keys.TEXT).input("The dog runs.")
    at.selectbox(key=keys.checkpoint(case.mode)).select(f"folder:{pairs_root / 't5'}").run()
    assert not at.exception
    assert strip(at)


def test_a_text_that_is_too_long_is_offered_as_a_document(marian: str) -> None:
    long = "The cat sleeps. " * 400
    at = ask(TRANSLATE, marian, long)
    at.button(key=f"{keys.PAGE}_as_document").click().run()
    assert at.text_area(key=keys.DOCUMENT_TEXT).value == long
    at.button(key=f"{keys.DOCUMENT}_start").click().run()
    result = at.session_state[keys.DOCUMENT].ticket.result(30)
    assert len(result.rows) == 400
    at.run()
    assert not at.exception
    assert len(table(at, "line")) == 400


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
