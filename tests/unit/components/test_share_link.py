"""A page's state as a link and back."""

from dataclasses import fields
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from components.share_link import (
    ClassifyState,
    FillMaskState,
    from_params,
    read_params,
    spans_from_text,
    spans_to_text,
    to_params,
    to_url,
)

patient = settings(deadline=None)

# A surrogate cannot be in an address: it has no UTF-8.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
states = st.builds(FillMaskState, **{field.name: texts for field in fields(FillMaskState)})
spans = st.tuples(st.integers(0, 500), st.integers(1, 200)).map(lambda s: (s[0], s[0] + s[1]))


@patient
@given(states)
def test_a_state_comes_back_from_its_parameters(state: FillMaskState) -> None:
    assert from_params(to_params(state)) == state


@patient
@given(states)
@example(FillMaskState(text="a&b=c+d e%20f#g?h;i/“j”\n我😀"))
def test_a_state_comes_back_from_its_address(state: FillMaskState) -> None:
    url = to_url("http://localhost:8501/fill_mask?old=1", state)
    assert url.startswith("http://localhost:8501/fill_mask?v=1")
    assert "old" not in {name for name, _ in parse_qsl(urlsplit(url).query)}
    assert not any(character.isspace() for character in url)
    assert from_params(dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))) == state


def test_empty_values_are_not_in_the_link() -> None:
    assert to_params(FillMaskState(text="a")) == {"v": "1", "text": "a"}


@pytest.mark.parametrize("version", [None, "", "0", "2", "1.0", " 1", "one"])
def test_a_link_of_another_version_is_no_state(version: str | None) -> None:
    params = {"text": "a"} if version is None else {"v": version, "text": "a"}
    assert from_params(params) is None


def test_a_link_of_version_1_still_opens() -> None:
    """What was written into a chat in the first release. Never edit it: add one beside it."""
    params = {
        "v": "1",
        "text": "The [MASK] sat.",
        "model": "hub:owner/name@main",
        "hide": "0-3",
        "words": "cat, dog",
        "other": "starter:fill-mask-en",
        "tab": "words",
        "top": "12",
    }
    state = from_params(params)
    assert state == FillMaskState(
        text="The [MASK] sat.",
        model="hub:owner/name@main",
        hide="0-3",
        words="cat, dog",
        other="starter:fill-mask-en",
        tab="words",
        top="12",
    )


@patient
@given(st.builds(ClassifyState, **{field.name: texts for field in fields(ClassifyState)}))
def test_a_state_of_classify_and_tag_comes_back_from_its_address(state: ClassifyState) -> None:
    url = to_url("http://localhost:8501/classify", state)
    params = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    assert read_params(params, ClassifyState) == state


def test_a_link_to_classify_and_tag_of_version_1_still_opens() -> None:
    """What was written into a chat in the first release. Never edit it: add one beside it."""
    params = {
        "v": "1",
        "mode": "tag",
        "text": "Anna lives in Paris.",
        "pair": "Who?",
        "model": "hub:owner/name@main",
        "tab": "words",
        "dtype": "bfloat16",
    }
    assert read_params(params, ClassifyState) == ClassifyState(
        mode="tag",
        text="Anna lives in Paris.",
        pair="Who?",
        model="hub:owner/name@main",
        tab="words",
        dtype="bfloat16",
    )
    assert read_params({**params, "v": "2"}, ClassifyState) is None


def test_parameters_of_others_are_left_alone() -> None:
    assert from_params({"v": "1", "text": "a", "utm_source": "x"}) == FillMaskState(text="a")


@patient
@given(st.lists(spans, max_size=8).map(tuple))
def test_spans_come_back_from_their_text(written: tuple[tuple[int, int], ...]) -> None:
    assert spans_from_text(spans_to_text(written), length=700) == written


@patient
@given(st.text(max_size=60), st.integers(0, 50))
@example("0-5,7-9", 8)
@example("²-³,٣-٥", 50)
@example("-1-4", 50)
@example("9" * 5_000 + "-" + "9" * 5_001, 50)
@example("0-" + "9" * 5_000, 50)
def test_whatever_stands_in_a_link_gives_spans_within_the_text(text: str, length: int) -> None:
    for start, end in spans_from_text(text, length):
        assert 0 <= start < end <= length


def test_spans_that_lie_outside_are_dropped_and_the_others_stay() -> None:
    assert spans_from_text("0-3,3-3,5-4,2-99,4-6,x", length=10) == ((0, 3), (4, 6))
    assert spans_from_text("", length=10) == ()
