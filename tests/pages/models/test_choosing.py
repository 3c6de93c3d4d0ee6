"""Which model to take is answered by the core's ranking, and each answer is a way on."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import resources, share_link
from components.models import keys
from components.models.choosing import wishes
from components.models.choosing.tab import SHOWN, candidates
from components.models.link import ModelsState
from components.models.views import VIEWS
from loupe.checkpoints.choosing import LicenceWish, Wish, rank
from loupe.checkpoints.measurements import write_measurement
from tests.pages.models.looking import PAGE, click, has, in_address, settled, shown, visit
from tests.pages.models.test_tabs import FOUND
from tests.pages.visitor import by_key, controls, markdown_in, nodes, open_page
from tests.tiny_models import make_tiny


def advised(at: AppTest) -> list[str]:
    """The names of the cards, from first to last."""
    found = []
    for place in range(1, SHOWN + 1):
        card = by_key(at, f"{keys.PAGE}_advice_{place}")
        if card is not None:
            head = markdown_in(card)[0].split("**")[1]
            found.append(head.split(". ", 1)[1].replace("\\", "").replace("\u2060", ""))
    return found


def test_the_form_opens_on_an_answer_that_is_the_rankings() -> None:
    at = visit(view="which")
    memory_gb = at.number_input(key=keys.WISH_MEMORY).value
    assert memory_gb is not None
    wish = Wish(
        task="text-classification",
        language="en",
        length_tokens=wishes.LENGTHS["paragraph"][1],
        memory_bytes=int(memory_gb * wishes.GB),
        labelled_rows=wishes.ROWS["hundreds"][1],
    )
    expected = [a.candidate.ref.label for a in rank(wish, candidates()).advices]
    assert advised(at) == expected[:SHOWN]
    assert len([key for key in controls(at) if key.startswith(f"{keys.PAGE}_wish")]) == 6
    assert memory_gb == pytest.approx(resources.pool().memory_budget_bytes / wishes.GB, abs=0.06)


def set_box(at: AppTest, key: str, value: Any) -> AppTest:
    at.selectbox(key=key).select(value).run()
    assert not at.exception, at.exception
    return at


def test_another_language_has_another_answer() -> None:
    at = set_box(visit(view="which"), keys.WISH_LANGUAGE, "zh")
    assert "bert-base-chinese" in advised(at)[0]
    assert has(at, "It learned other languages")
    assert not any("ModernBERT" in name for name in advised(at)[:2])


def test_a_translation_asks_for_both_languages() -> None:
    at = set_box(visit(view="which"), keys.WISH_TASK, "translation")
    at = set_box(set_box(at, keys.WISH_LANGUAGE, "zh"), keys.WISH_TARGET, "en")
    assert advised(at)[0] == "Helsinki-NLP/opus-mt-zh-en"
    assert len([key for key in controls(at) if key.startswith(f"{keys.PAGE}_wish")]) == 7


def test_too_little_memory_and_a_strict_licence_are_said() -> None:
    at = set_box(visit(view="which"), keys.WISH_TASK, "summarization")
    at.number_input(key=keys.WISH_MEMORY).set_value(0.5).run()
    assert has(at, "It does not fit")
    assert "pegasus" not in " ".join(advised(at)[:2])
    at = set_box(at, keys.WISH_LICENCE, LicenceWish.PERMISSIVE.value)
    assert has(at, "google/pegasus-xsum (unstated)")


def test_a_measurement_made_here_moves_the_answer() -> None:
    at = set_box(visit(view="which"), keys.WISH_TASK, "text-generation")
    assert not has(at, "tokens a second")
    write_measurement(resources.places().measurements, FOUND)
    at.run()
    assert has(at, "tokens a second here")
    assert not at.exception


def test_an_answer_leads_to_its_model() -> None:
    at = visit(view="which")
    first = advised(at)[0]
    at = click(at, "look_1")
    assert next(tab.label for tab in at.tabs if len(tab)) == VIEWS["there"]
    assert shown(at) == first
    assert in_address(at) == f"hub:{first}"


def test_the_form_keeps_what_was_chosen_while_a_model_is_looked_at() -> None:
    at = set_box(visit(view="which"), keys.WISH_LANGUAGE, "zh")
    at = click(at, "look_1")
    at.session_state[keys.VIEWS] = VIEWS["which"]
    at.run()
    assert at.selectbox(key=keys.WISH_LANGUAGE).value == "zh"


def test_a_link_opens_the_question_filled_in() -> None:
    state = ModelsState(view="which", task="fill-mask", language="zh", rows="none", licence="any")
    at = settled(open_page(PAGE, params=share_link.to_params(state)))
    assert not at.exception
    assert at.selectbox(key=keys.WISH_TASK).value == "fill-mask"
    assert at.selectbox(key=keys.WISH_LANGUAGE).value == "zh"
    assert advised(at)[0] == "google-bert/bert-base-chinese"
    at = set_box(at, keys.WISH_LANGUAGE, "en")
    assert at.selectbox(key=keys.WISH_LANGUAGE).value == "en", "the link is put into effect once"


def test_a_link_with_nonsense_opens_the_form_as_it_is() -> None:
    params = {"v": "1", "view": "no", "task": "<b>", "language": "xx", "rows": "-1", "model": ""}
    at = settled(open_page(PAGE, params=params))
    assert not at.exception
    assert shown(at) == "fill-mask-en"
    at.session_state[keys.VIEWS] = VIEWS["which"]
    at.run()
    assert at.selectbox(key=keys.WISH_TASK).value == "text-classification"


def test_a_licence_of_html_is_text(root: Any) -> None:
    folder = make_tiny("bert", root / "odd")
    licence = "<img src=x> **bold** [a](https://elsewhere.example)"
    (folder / "README.md").write_text(f'---\nlicense: "{licence}"\nlanguage: en\n---\n', "utf-8")
    at = set_box(visit(view="which"), keys.WISH_TASK, "fill-mask")
    assert not any("<img src=x>" in text for text in markdown_in(at.main))
    assert nodes(at.main)
