"""Every claim of the Guide is drawn with its figure, and every button opens what it promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import resources, share_link
from components.classify import keys as classify_keys
from components.classify.modes import MODES as CLASSIFY_MODES
from components.dataset import keys as dataset_keys
from components.fill_mask import keys as fill_mask_keys
from components.fill_mask import link as fill_mask_link
from components.fine_tune import keys as fine_tune_keys
from components.generate import keys as generate_keys
from components.guide import keys
from components.guide.chapters import CHAPTERS
from components.guide.claims import Chapter, Claim, Way
from components.guide.evidence import pair
from components.guide.link import GuideState
from components.inspect import keys as inspect_keys
from components.inspect.tabs import TABS as INSPECT_TABS
from components.models import keys as models_keys
from components.models.views import VIEWS as MODEL_VIEWS
from components.shell import (
    CLASSIFY,
    FILL_MASK,
    FINE_TUNE,
    GENERATE,
    GUIDE,
    INSPECT,
    MODELS,
    RUNS,
    TOKENIZER,
    TRANSLATE,
)
from components.tokenizer import defaults as tokenizer_defaults
from components.tokenizer import keys as tokenizer_keys
from components.translate import keys as translate_keys
from components.translate.modes import MODES as TRANSLATE_MODES
from loupe.errors import InvalidInput
from loupe.runs.state import Status
from loupe.runs.store import RunStore
from loupe.training.spec import RunSpec
from tests.pages.inspect_dataset.inspectors import settled
from tests.pages.visitor import by_key, error_boxes, nodes, open_page, params_of

ALL = [(chapter, claim) for chapter in CHAPTERS.values() for claim in chapter.claims]


def open_chapter(chapter: Chapter) -> AppTest:
    at = open_page(GUIDE.path, params=share_link.to_params(GuideState(chapter=chapter.id)))
    return settled(at)


def links_of(at: AppTest, claim: Claim) -> list[Any]:
    ways = by_key(at, f"{keys.PAGE}_{claim.id}_ways")
    assert ways is not None, f"{claim.id} is not drawn"
    return [node.proto for node in nodes(ways) if node.type == "page_link"]


@pytest.mark.parametrize("chapter", CHAPTERS.values(), ids=lambda chapter: chapter.id)
def test_a_chapter_draws_its_claims_and_no_others(chapter: Chapter) -> None:
    at = open_chapter(chapter)
    assert not at.exception
    assert error_boxes(at) == []
    for claim in chapter.claims:
        (box,) = [n for n in nodes(at.main) if getattr(n, "key", None) == f"guide_{claim.id}"]
        drawn = {node.type for node in nodes(box)}
        if claim.evidence is not None:
            # A figure, a table, or a text that a model has written.
            assert drawn & {"plotly_chart", "dataframe", "text", "code"}, claim.id
        found = [(link.page, params_of(f"?{link.query_string}")) for link in links_of(at, claim)]
        wanted = [
            (way.page.id, share_link.to_params(way.state) if way.state is not None else {})
            for way in claim.ways
        ]
        assert found[: len(wanted)] == wanted
    others = [claim.id for other, claim in ALL if other is not chapter]
    assert not [name for name in others if by_key(at, f"{keys.PAGE}_{name}_ways") is not None]


def test_claims_have_names_of_their_own_and_a_way_each() -> None:
    assert len({claim.id for _chapter, claim in ALL}) == len(ALL)
    assert all(claim.ways for _chapter, claim in ALL)
    assert all(claim.title.endswith(".") for _chapter, claim in ALL)
    assert list(CHAPTERS) == ["families", "good", "bad", "choose", "fine_tune", "hard"]


def _fill_mask(at: AppTest, state: Any) -> None:
    assert at.text_area(key=fill_mask_keys.TEXT).value == state.text
    assert at.session_state[fill_mask_keys.TABS] == fill_mask_link.TABS[state.tab or "gap"]


def _generate(at: AppTest, state: Any) -> None:
    assert at.text_area(key=generate_keys.PROMPT).value == state.text
    if state.settings:
        assert f"how={at.session_state[generate_keys.HOW]}" == state.settings


def _translate(at: AppTest, state: Any) -> None:
    mode = TRANSLATE_MODES[state.mode or "translate"]
    assert at.session_state[translate_keys.MODE] == mode.id
    assert at.session_state[translate_keys.TEXT] == (state.text or mode.text)
    if state.tab:
        assert at.session_state[translate_keys.tabs(mode)] == mode.tabs[state.tab]


def _classify(at: AppTest, state: Any) -> None:
    mode = CLASSIFY_MODES[state.mode]
    assert at.segmented_control(key=classify_keys.MODE).value == mode.id
    assert at.text_area(key=classify_keys.TEXT).value == state.text
    if state.tab:
        assert at.session_state[classify_keys.tabs(mode)] == mode.tabs[state.tab]


def _tokenizer(at: AppTest, state: Any) -> None:
    assert at.session_state[tokenizer_keys.TEXT] == state.text
    assert at.session_state[tokenizer_keys.TABS] == tokenizer_defaults.TABS[state.tab]


def _inspect(at: AppTest, state: Any) -> None:
    assert at.selectbox(key=dataset_keys.SAMPLE).value == state.data
    assert at.session_state[inspect_keys.TABS] == INSPECT_TABS[state.tab]


def _fine_tune(at: AppTest, state: Any) -> None:
    assert at.selectbox(key=dataset_keys.SAMPLE).value == state.sample
    if state.task:
        assert at.selectbox(key=fine_tune_keys.TASK).value == state.task
    if state.preset:
        assert at.selectbox(key=fine_tune_keys.PRESET).value == state.preset
    assert not at.button(key=f"{fine_tune_keys.PAGE}_check").disabled, "nothing stands in the way"


def _models(at: AppTest, state: Any) -> None:
    assert at.session_state[models_keys.VIEWS] == MODEL_VIEWS[state.view or "there"]
    if state.model:
        assert at.query_params["model"] in (state.model, [state.model])


PROMISES: dict[str, Callable[[AppTest, Any], None]] = {
    FILL_MASK.id: _fill_mask,
    GENERATE.id: _generate,
    TRANSLATE.id: _translate,
    CLASSIFY.id: _classify,
    TOKENIZER.id: _tokenizer,
    INSPECT.id: _inspect,
    FINE_TUNE.id: _fine_tune,
    MODELS.id: _models,
    RUNS.id: lambda _at, _state: None,
}


@pytest.mark.parametrize("chapter", CHAPTERS.values(), ids=lambda chapter: chapter.id)
def test_every_button_opens_what_it_promises(chapter: Chapter) -> None:
    ways: dict[Way, None] = dict.fromkeys(way for claim in chapter.claims for way in claim.ways)
    for way in ways:
        params = {} if way.state is None else share_link.to_params(way.state)
        at = settled(open_page(way.page.path, params=params))
        assert not at.exception, way
        assert error_boxes(at) == [], way
        assert at.title[0].value == way.page.label
        PROMISES[way.page.id](at, way.state)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> RunStore:
    """Runs that nothing trains."""
    store = RunStore(resources.places())
    monkeypatch.setattr(resources, "runs", lambda: store)
    return store


def test_one_button_trains_the_pair_again_and_twice_is_two_pairs(store: RunStore) -> None:
    at = open_chapter(CHAPTERS["good"])
    assert store.list() == ()
    for pairs in (1, 2):
        at.button(key="guide_few_rows_shown_again").click().run()
        assert not at.exception
        assert len(store.list()) == 2 * pairs
    specs = [RunSpec.read(store.folder(one.id).spec) for one in store.list()]
    assert {spec.name.removesuffix("-2") for spec in specs} == {pair.PRETRAINED, pair.SCRATCH}
    assert {one.status for one in store.list()} == {Status.QUEUED}
    for name in (pair.PRETRAINED, pair.SCRATCH):
        made = RunSpec.read(store.folder(name).spec)
        assert made == pair.spec_of(name), "what was committed is trained"
    (watch,) = (
        node.proto.query_string
        for node in nodes(at.main)
        if node.type == "page_link" and node.proto.page == RUNS.id
    )
    assert all(run_id in watch for run_id in (f"{pair.PRETRAINED}-2", f"{pair.SCRATCH}-2"))


def test_a_pair_that_was_half_submitted_is_completed_by_the_next_click(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = open_chapter(CHAPTERS["good"])
    submit = store.submit

    def refuse_the_second(spec: RunSpec, **how: Any) -> str:
        if spec.name == pair.SCRATCH:
            raise InvalidInput("The disk is full.", "Make room.")
        return submit(spec, **how)

    monkeypatch.setattr(store, "submit", refuse_the_second)
    at.button(key="guide_few_rows_shown_again").click().run()
    assert "disk is full" in str(
        [node.value for node in at.main.text] + [m.value for m in at.markdown]
    )
    monkeypatch.setattr(store, "submit", submit)
    at.button(key="guide_few_rows_shown_again").click().run()
    assert sorted(one.id for one in store.list()) == sorted((pair.PRETRAINED, pair.SCRATCH))
