"""The page Generate, from the first screen to its last tab."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import resources
from components.generate import keys, running
from components.generate import strip as drawn_strip
from components.generate.link import GenerateState
from components.generate.modes import CHAT, CONTINUE, DEFAULT_PROMPT, MODES, PRESETS, SCORE
from components.generate.settings import BEAMS, DEFAULTS, GREEDY, SAMPLE
from components.share_link import to_params
from loupe.engine import State
from loupe.engine.decoding import RowBatch
from loupe.tasks import text_generation
from loupe.tasks.text_generation import Finish
from tests.pages.generators import until_it_ends
from tests.pages.visitor import (
    by_key,
    click_piece,
    controls,
    error_boxes,
    markdown_in,
    open_page,
    params_of,
    pieces,
    strip,
    texts_in,
)
from tests.tiny_models import make_tiny

PAGE = "pages/generate.py"
PROMPT = "The cat sleeps"
CONTROLS_MAX = 6
WAIT_S = 30.0
TEMPLATE = (
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)


@pytest.fixture
def gpt2(tiny_root: Path) -> str:
    return f"folder:{tiny_root / 'gpt2'}"


@pytest.fixture
def chat(root: Path) -> str:
    folder = make_tiny("llama", root / "chat")
    (folder / "chat_template.jinja").write_text(TEMPLATE, "utf-8")
    return f"folder:{folder}"


def visit(checkpoint: str, **session: Any) -> AppTest:
    """A new visitor with an answer; greedy, ten tokens, unless told otherwise."""
    values: dict[str, Any] = {
        keys.CHECKPOINT: checkpoint,
        keys.PROMPT: PROMPT,
        keys.HOW: GREEDY,
        keys.MAX_NEW_TOKENS: 10,
    }
    for name, value in session.items():
        values[getattr(keys, name)] = value
    return until_it_ends(open_page(PAGE, session=values))


def press(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click().run()
    return until_it_ends(at)


def asked(at: AppTest) -> running.Asked:
    history: running.History = at.session_state[keys.STATE]
    return history.now


def result_of(at: AppTest) -> text_generation.GenerationResult:
    result = asked(at).result
    assert result is not None
    return result


def written(at: AppTest) -> list[int]:
    """The places of the strip's chips that the model wrote."""
    return [i for i, piece in enumerate(pieces(at, keys.STRIP)) if piece.get("written")]


def choose_instead(at: AppTest, position: int, row: int) -> AppTest:
    """Click a row of the list of a token that was clicked before."""
    number = at.session_state[keys.STATE].number
    tokens = result_of(at).samples[0].trace.tokens
    before = hash(tuple(token.token_id for token in tokens[:position]))
    chosen = {"selection": {"rows": [row], "columns": [], "cells": []}}
    at.session_state[f"{keys.INSTEAD}_{number}_{position}_{before}"] = chosen
    return until_it_ends(at.run())


# The first screen


def test_the_page_opens_on_a_worked_example_that_is_computed() -> None:
    at = until_it_ends(open_page(PAGE))
    assert not at.exception
    assert error_boxes(at) == []
    assert at.text_area(key=keys.PROMPT).value == DEFAULT_PROMPT
    result = result_of(at)
    assert result.query.prompt == DEFAULT_PROMPT
    assert str(asked(at).key.ref) == "starter:generate-en"
    assert len(written(at)) > 2
    assert at.query_params == {}


def test_the_first_screen_has_few_controls(gpt2: str) -> None:
    drawn = set(controls(visit(gpt2)))
    asking = {keys.CHECKPOINT, keys.MODE, keys.PROMPT, keys.ASK, keys.PRESET}
    answer = {keys.MEASURE, keys.STRIP, keys.tabs(CONTINUE)}
    # What is left is in the panel of settings, which is closed.
    assert drawn - asking - answer <= set(DEFAULTS)
    assert asking | answer <= drawn
    assert len(asking) + 1 <= CONTROLS_MAX


def test_prompt_and_continuation_are_drawn_with_what_the_model_thought(gpt2: str) -> None:
    at = visit(gpt2)
    sample = result_of(at).samples[0]
    drawn = pieces(at, keys.STRIP)
    given = [piece for piece in drawn if not piece.get("written")]
    assert " ".join(piece["text"] for piece in given).replace(" ", "") == PROMPT.replace(" ", "")
    assert not any(piece.get("clickable") for piece in given)
    assert all(piece["clickable"] for piece in drawn if piece.get("written"))
    last = drawn[-1]
    record = sample.trace.tokens[-1]
    assert record.log_prob is not None
    if not last.get("count"):
        assert last["value"] == pytest.approx(math.exp(record.log_prob), abs=1e-6)


@pytest.mark.parametrize("measure", ["rank", "surprisal", "entropy"])
def test_the_colours_follow_what_is_chosen(gpt2: str, measure: str) -> None:
    at = visit(gpt2)
    before = [piece.get("value") for piece in pieces(at, keys.STRIP)]
    legend = strip(at, keys.STRIP)
    at.button_group(key=keys.MEASURE).set_value(measure).run()
    after = [piece.get("value") for piece in pieces(at, keys.STRIP)]
    assert before != after
    assert all(value is None or 0 <= value <= 1 for value in after)
    assert legend is not None
    assert (strip(at, keys.STRIP) or {})["legend"] != legend["legend"]


# Choosing


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        ({"HOW": GREEDY}, {"num_beams": 1, "num_samples": 1, "seed": 0}),
        ({"HOW": BEAMS, "NUM_BEAMS": 3}, {"num_beams": 3, "stop": ()}),
        ({"HOW": SAMPLE, "NUM_SAMPLES": 2, "SEED": 5}, {"num_samples": 2, "seed": 5}),
        ({"STOP_STRINGS": "a\n\n b"}, {"stop": ("a", " b")}),
    ],
)
def test_the_settings_make_the_query(
    gpt2: str, session: dict[str, Any], expected: dict[str, Any]
) -> None:
    at = visit(gpt2, **session)
    assert error_boxes(at) == []
    query = result_of(at).query
    assert {name: getattr(query, name) for name in expected} == expected
    assert query.sampling.do_sample is (session.get("HOW") == SAMPLE)


def test_several_texts_are_shown_one_at_a_time(gpt2: str) -> None:
    at = visit(gpt2, HOW=SAMPLE, NUM_SAMPLES=3, TEMPERATURE=1.0)
    samples = result_of(at).samples
    assert len({sample.text for sample in samples}) > 1
    first = [pieces(at, keys.STRIP)[i]["text"] for i in written(at)]
    at.button_group(key=keys.SAMPLE).set_value(2).run()
    drawn = [pieces(at, keys.STRIP)[i]["text"] for i in written(at)]
    # Tokens that share a character stand together, and a sign without a glyph as its code point.
    expected = [
        text if any(c.isprintable() for c in text) else f"U+{ord(text):04X}"
        for text in (next(same).text for _, same in groupby(samples[2].output, lambda r: r.group))
    ]
    assert drawn == expected
    assert drawn != first


def test_a_new_text_is_asked_for_by_the_button(gpt2: str) -> None:
    at = visit(gpt2)
    at.text_area(key=keys.PROMPT).set_value("Language models").run()
    assert result_of(at).query.prompt == PROMPT
    assert any("has changed" in caption.value for caption in at.caption)
    press(at, keys.ASK)
    assert result_of(at).query.prompt == "Language models"
    assert not any("has changed" in caption.value for caption in at.caption)


def test_another_checkpoint_answers_at_once(gpt2: str, chat: str) -> None:
    at = visit(gpt2)
    at.selectbox(key=keys.CHECKPOINT).set_value(chat).run()
    until_it_ends(at)
    assert str(asked(at).key.ref) == chat
    assert result_of(at).query.prompt == PROMPT


def test_an_example_fills_the_box(gpt2: str) -> None:
    at = visit(gpt2)
    at.selectbox(key=keys.PRESET).select("list").run()
    assert at.text_area(key=keys.PROMPT).value == PRESETS["list"].text
    assert at.selectbox(key=keys.PRESET).value is None


def test_a_long_prompt_stands_apart_and_clicks_still_meet_their_token(
    gpt2: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawn_strip, "GIVEN_IN_VIEW", 3)
    at = visit(gpt2)
    sample = result_of(at).samples[0]
    given = pieces(at, f"{keys.STRIP}_prompt")
    assert len(given) > drawn_strip.GIVEN_IN_VIEW
    assert not any(piece.get("clickable") or piece.get("written") for piece in given)
    assert written(at) == list(range(len(pieces(at, keys.STRIP)))), "only what the model wrote"
    click_piece(at, 3, keys.STRIP)
    position = at.session_state[keys.SELECTED]
    assert sample.trace.tokens[position].text.strip() == pieces(at, keys.STRIP)[3]["text"].strip()
    assert position >= sample.prompt_tokens


# Branching


def test_a_token_is_clicked_and_another_chosen_and_taken_back(gpt2: str) -> None:
    at = visit(gpt2)
    before = result_of(at)
    sample = before.samples[0]
    position = sample.prompt_tokens + 1
    place = next(i for i in written(at) if _position(at, i) == position)
    click_piece(at, place, keys.STRIP)
    assert at.session_state[keys.SELECTED] == position
    record = sample.trace.tokens[position]
    row = next(i for i, e in enumerate(record.top) if e.token_id != record.token_id)
    choose_instead(at, position, row)
    branch = result_of(at)
    assert branch.samples[0].trace.parent == sample.trace.digest()
    assert branch.query.chosen == (
        sample.trace.tokens[position - 1].token_id,
        record.top[row].token_id,
    )
    assert branch.samples[0].output[1].token_id == record.top[row].token_id
    assert branch.timing is not None
    assert branch.timing.reused_tokens == position
    assert any("not read again" in caption.value for caption in at.caption)
    press(at, f"{keys.PAGE}_back")
    assert result_of(at) == before
    assert by_key(at, f"{keys.PAGE}_back") is None


def _position(at: AppTest, place: int) -> int:
    positions: tuple[tuple[int, ...], ...] = at.session_state[keys.STRIP + "_drawn"]
    return positions[place][0]


# While it is written


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model takes its turns only one by one, so that a page sees the text grow."""
    real = RowBatch.step

    def step(*args: Any) -> Any:
        time.sleep(0.1)
        return real(*args)

    monkeypatch.setattr(RowBatch, "step", step)


def grown(checkpoint: str) -> AppTest:
    """A visitor whose text is being written."""
    return open_page(
        PAGE,
        session={
            keys.CHECKPOINT: checkpoint,
            keys.PROMPT: PROMPT,
            keys.HOW: SAMPLE,
            keys.TEMPERATURE: 100.0,
            keys.TOP_P: 1.0,
            keys.MAX_NEW_TOKENS: 4000,
        },
    )


@pytest.mark.usefixtures("slow")
def test_the_text_is_shown_while_it_grows_and_stop_keeps_it(gpt2: str) -> None:
    at = grown(gpt2)
    ticket = asked(at).ticket
    assert ticket is not None
    deadline = time.monotonic() + WAIT_S
    while running.partial(ticket) is None or strip(at, keys.STRIP) is None:
        assert time.monotonic() < deadline
        at.run()
    assert (strip(at, keys.STRIP) or {})["locked"]
    assert any("tokens/s" in text for text in markdown_in(at.main))
    at.button(key=keys.STOP).click().run()
    assert by_key(at, keys.STOP) is None
    assert ticket.state is State.CANCELLED
    sample = result_of(at).samples[0]
    assert sample.finish is Finish.STOPPED
    assert sample.output
    assert written(at)
    assert any("Stopped before its end" in caption.value for caption in at.caption)
    pool = resources.pool()
    assert pool.submit(asked(at).key, lambda *_: "free").result(WAIT_S) == "free"
    assert not any(summary.in_use for summary in pool.loaded()), "no orphan goes on"


@pytest.mark.usefixtures("slow")
def test_asking_anew_ends_the_text_before(gpt2: str) -> None:
    at = grown(gpt2)
    ticket = asked(at).ticket
    assert ticket is not None
    at.number_input(key=keys.MAX_NEW_TOKENS).set_value(3).run()
    press(at, keys.ASK)
    assert ticket.state is State.CANCELLED
    assert len(result_of(at).samples[0].output) <= 3


# Other modes


def test_a_text_is_scored(gpt2: str) -> None:
    at = visit(gpt2, MODE=SCORE.id, SCORED="The cat sleeps on the mat.")
    assert error_boxes(at) == []
    assert [metric.label for metric in at.metric] == [
        "Perplexity",
        "Bits a character",
        "Tokens scored",
    ]
    drawn = pieces(at, keys.STRIP)
    assert not any(piece.get("clickable") for piece in drawn)
    assert len(at.dataframe) == 1


def test_a_dialogue_goes_on(chat: str) -> None:
    at = visit(chat, MODE=CHAT.id, SYSTEM="Be.", MESSAGE="Hello", MAX_NEW_TOKENS=2)
    assert by_key(at, keys.STRIP) is None, "it begins when the person says something"
    press(at, keys.ASK)
    result = result_of(at)
    assert result.model_text == "<system>Be.<user>Hello<assistant>"
    answer = result.samples[0].text
    at.button(key=f"{keys.TURNS}_keep").click().run()
    assert at.text_area(key=keys.MESSAGE).value == ""
    at.text_area(key=keys.MESSAGE).set_value("Now?").run()
    press(at, keys.ASK)
    expected = f"<system>Be.<user>Hello<assistant>{answer}<user>Now?<assistant>"
    assert result_of(at).model_text == expected
    at.button(key=f"{keys.TURNS}_clear").click().run()
    assert keys.TURNS not in at.session_state


# The tabs


def tab(at: AppTest, question: str, mode: Any = CONTINUE) -> AppTest:
    at.session_state[keys.tabs(mode)] = question
    return at.run()


def test_two_models_answer_the_same_question(gpt2: str, chat: str) -> None:
    at = visit(gpt2, OTHER=chat)
    tab(at, "Another model?")
    theirs = pieces(at, keys.OTHER_STRIP)
    assert any(piece.get("written") for piece in theirs)
    assert not any(piece.get("clickable") for piece in theirs)
    ours = result_of(at).samples[0]
    shown = [metric.value for metric in at.metric]
    log_probs = [r.log_prob for r in ours.trace.tokens[: ours.prompt_tokens] if r.log_prob]
    first = ours.trace.tokens[0].span
    assert first is not None
    expected = -sum(log_probs) / math.log(2) / (len(PROMPT) - first[1])
    assert shown[0] == f"{expected:.2f}"
    assert len(shown) == 2


def test_a_second_model_that_cannot_answer_takes_nothing_away(gpt2: str, bert: str) -> None:
    at = tab(visit(gpt2, OTHER=bert), "Another model?")
    assert len(error_boxes(at)) == 1
    assert written(at)


def test_the_numbers_are_checked(gpt2: str) -> None:
    at = tab(visit(gpt2), "Is it right?")
    press(at, f"{keys.PAGE}_check")
    assert any("The two ways agree" in text for text in markdown_in(at.main))


@pytest.mark.parametrize("mode", [CONTINUE, SCORE], ids=lambda mode: mode.id)
def test_the_script_is_printed(gpt2: str, mode: Any) -> None:
    at = tab(visit(gpt2, MODE=mode.id), "In Python?", mode)
    (code,) = at.code
    assert "AutoModelForCausalLM.from_pretrained" in code.value
    compile(code.value, "script", "exec")


def test_a_link_opens_the_page_as_it_is(gpt2: str) -> None:
    at = tab(visit(gpt2, HOW=SAMPLE, SEED=9, TEMPERATURE=0.5, STOP_STRINGS="x"), "Save or share?")
    (url,) = (code.value for code in at.code if code.value.startswith("http"))
    other = until_it_ends(open_page(PAGE, params=params_of(url)))
    assert error_boxes(other) == []
    assert result_of(other) == result_of(at)
    assert asked(other).query.seed == 9


# Bad input


@dataclass(frozen=True)
class Bad:
    """session: what is set. says: part of the error's text."""

    session: dict[str, Any]
    says: str
    make: Callable[[Path], str] | None = None


def _emptied(root: Path) -> str:
    folder = root / "nothing"
    folder.mkdir()
    return f"folder:{folder}"


BAD = {
    "white space to score": Bad({"MODE": "score", "SCORED": "  "}, "no text"),
    "one token to score": Bad({"MODE": "score", "SCORED": ""}, "no text"),
    "a megabyte to continue": Bad({"PROMPT": "a" * 1_000_000}, "characters"),
    "a megabyte to score": Bad({"MODE": "score", "SCORED": "a" * 1_000_000}, "characters"),
    "beyond the context": Bad({"PROMPT": "the cat sleeps " * 60}, "reads at most 64"),
    "top-k above the vocabulary": Bad({"HOW": SAMPLE, "TOP_K": 100_000}, "vocabulary has"),
    "too many stop strings": Bad({"STOP_STRINGS": "\n".join("abcdefghij")}, "stop is 10"),
    "a masked language model": Bad({}, "", lambda root: f"folder:{make_tiny('bert', root / 'b')}"),
    "a translation model": Bad({}, "", lambda root: f"folder:{make_tiny('t5', root / 't')}"),
    "an empty folder": Bad({}, "", _emptied),
    "a folder that is not there": Bad({"CHECKPOINT": "folder:/nowhere/at/all"}, ""),
    "no name of a checkpoint": Bad({"CHECKPOINT": "a b c"}, ""),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_done_is_said_and_nothing_is_lost(case: str, gpt2: str, root: Path) -> None:
    bad = BAD[case]
    session = dict(bad.session)
    checkpoint = bad.make(root) if bad.make else session.pop("CHECKPOINT", gpt2)
    at = visit(checkpoint, **session)
    assert not at.exception
    (box,) = error_boxes(at)
    assert bad.says in " ".join(texts_in(box))
    assert len(texts_in(box)) >= 2, "what is wrong, and what to do"
    name = "SCORED" if session.get("MODE") == "score" else "PROMPT"
    assert at.text_area(key=getattr(keys, name)).value == session.get(name, PROMPT)


def test_a_dialogue_needs_a_template_and_a_message(gpt2: str, chat: str) -> None:
    at = press(visit(gpt2, MODE=CHAT.id), keys.ASK)
    (box,) = error_boxes(at)
    assert "no chat template" in " ".join(texts_in(box))
    at = press(visit(chat, MODE=CHAT.id, MESSAGE="  "), keys.ASK)
    (box,) = error_boxes(at)
    assert "no message" in " ".join(texts_in(box))


@pytest.mark.parametrize(
    "state",
    [
        GenerateState(mode="nonsense"),
        GenerateState(settings="temperature=0,top_p=7,seed=-1,how=magic,num_beams=1e9,=,x"),
        GenerateState(settings="temperature=nan,max_new_tokens=inf,top_k=" + "9" * 5000),
        GenerateState(tab="nowhere", dtype="float8"),
        GenerateState(mode="chat", tab="check"),
    ],
)
def test_a_link_that_says_nonsense_opens_the_page(state: GenerateState) -> None:
    at = until_it_ends(open_page(PAGE, params=to_params(state)))
    assert not at.exception
    assert error_boxes(at) == []
    assert {key: at.session_state[key] for key in DEFAULTS} == DEFAULTS


@pytest.mark.parametrize(
    "prompt",
    [
        "<script>alert(1)</script><img src=x onerror=alert(2)>",
        "![pixel](https://elsewhere.example/pixel.png) **bold** $x$ :material/home:",
        "我喜欢喝茶 👩‍👩‍👧 مرحبا",
        "a\u202eb\x00c",
        "",
    ],
)
def test_text_is_never_markup(gpt2: str, prompt: str) -> None:
    at = visit(gpt2, PROMPT=prompt, HOW=SAMPLE, TEMPERATURE=3.0)
    assert not at.exception
    assert error_boxes(at) == []
    if prompt:
        assert not any(prompt in text for text in markdown_in(at.main))
    output = result_of(at).samples[0]
    for record in output.output:
        if len(record.text) > 3:
            assert not any(record.text in text for text in markdown_in(at.main))
    json.loads(json.dumps(pieces(at, keys.STRIP)))


def test_every_mode_has_its_tabs() -> None:
    assert list(MODES) == ["continue", "chat", "score"]
    assert all("code" in mode.tabs for mode in MODES.values())
