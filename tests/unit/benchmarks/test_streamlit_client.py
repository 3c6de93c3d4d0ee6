"""What the client of the rerun benchmark says, and what it reads in the server's answers."""

from __future__ import annotations

import json

import pytest
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.streamlit_client import (
    MessageCache,
    PageFailed,
    Received,
    Run,
    bar_counts,
    drawn_elements,
    initial_state,
    rerun_message,
    slider_state,
    text_state,
    widget_id,
)

SLIDER_ID = "$$ID-0f-fill_mask_shown"


def slider(*, default: float = 3, value: float | None = None) -> Element:
    element = Element()
    element.slider.id = SLIDER_ID
    element.slider.default.append(default)
    if value is not None:
        element.slider.value.append(value)
        element.slider.set_value = True
    return element


def chart(*bars: int) -> Element:
    """One bar trace for each number, and a line, which has no bars."""
    traces = [{"type": "bar", "text": ["a"] * count, "x": {"bdata": "AA"}} for count in bars]
    element = Element()
    element.plotly_chart.spec = json.dumps({"data": [*traces, {"type": "scatter"}]})
    return element


def text(body: str) -> Element:
    element = Element()
    element.text.body = body
    return element


def delta(element: Element, *, hash_: str = "", cacheable: bool = False) -> ForwardMsg:
    message = ForwardMsg(hash=hash_)
    message.delta.new_element.CopyFrom(element)
    message.metadata.cacheable = cacheable
    return message


def started(run_id: str, page_hash: str = "main") -> bytes:
    message = ForwardMsg()
    message.new_session.page_script_hash = page_hash
    message.new_session.config.max_cached_message_age = 2
    message.metadata.run.script_run_id = run_id
    return bytes(message.SerializeToString())


def finished(
    run_id: str,
    status: ForwardMsg.ScriptFinishedStatus.ValueType = ForwardMsg.FINISHED_SUCCESSFULLY,
) -> bytes:
    message = ForwardMsg(script_finished=status)
    message.metadata.run.script_run_id = run_id
    return bytes(message.SerializeToString())


def received(*messages: bytes) -> Received:
    run = Received()
    for message in messages:
        run.add(message)
    return run


def run_of(*elements: Element) -> Run:
    return Run(elapsed_s=0.1, elements=elements, size_bytes=0)


def test_the_first_message_names_the_page_by_its_address() -> None:
    message = rerun_message(
        page_hash="", page_name="fill_mask", url="http://h/fill_mask", widgets=()
    )
    assert message.WhichOneof("type") == "rerun_script"
    assert message.rerun_script.page_name == "fill_mask"
    assert message.rerun_script.page_script_hash == ""
    assert message.rerun_script.context_info.url == "http://h/fill_mask"
    assert not message.rerun_script.fragment_id  # a full rerun


def test_later_messages_name_the_page_by_its_hash_and_carry_every_widget() -> None:
    message = rerun_message(
        page_hash="abc",
        page_name="fill_mask",
        url="http://h/fill_mask",
        widgets=[slider_state(SLIDER_ID, 7), text_state("t", "Hello.")],
        held_hashes=["h1"],
    )
    state = message.rerun_script
    assert (state.page_script_hash, state.page_name) == ("abc", "")
    assert list(state.cached_message_hashes) == ["h1"]
    number, line = state.widget_states.widgets
    assert list(number.double_array_value.data) == [7.0]
    assert line.string_value == "Hello."


def test_a_widget_reports_what_the_script_set_and_its_default_only_otherwise() -> None:
    assert initial_state(slider(default=3)) == slider_state(SLIDER_ID, 3)
    assert initial_state(slider(default=3, value=10)) == slider_state(SLIDER_ID, 10)


def test_a_selectbox_reports_its_options_label() -> None:
    element = Element()
    element.selectbox.id = "device"
    element.selectbox.options.extend(["automatic", "CPU"])
    element.selectbox.default = 1
    assert initial_state(element) == text_state("device", "CPU")


def test_what_is_no_widget_reports_nothing() -> None:
    assert initial_state(text("slider")) is None
    assert initial_state(chart(3)) is None


def test_a_widget_is_found_by_its_whole_key() -> None:
    run = run_of(text("fill_mask_shown"), slider())
    assert widget_id(run, "fill_mask_shown") == SLIDER_ID
    with pytest.raises(PageFailed, match="'shown'"):
        widget_id(run, "shown")


def test_bars_are_counted_per_chart_and_other_traces_are_not() -> None:
    assert bar_counts(run_of(chart(11), text("x"), chart(3, 4))) == [11, 7]
    assert bar_counts(run_of(text("x"))) == []


def test_a_run_ends_with_its_own_finish_and_no_other() -> None:
    messages = [
        delta(text("tail of the run before")).SerializeToString(),
        finished("before"),
        started("mine"),
        delta(text("a")).SerializeToString(),
        finished("other"),
    ]
    assert not received(*messages).has_finished
    ended = received(*messages, finished("mine"))
    assert ended.has_finished
    assert [element.text.body for element in drawn_elements(ended.messages)] == ["a"]


def test_a_page_that_reruns_itself_counts_as_its_last_drawing() -> None:
    messages = [
        started("first"),
        delta(text("gone")).SerializeToString(),
        finished("first", ForwardMsg.FINISHED_EARLY_FOR_RERUN),
    ]
    assert not received(*messages).has_finished
    messages += [started("second"), delta(text("stays")).SerializeToString(), finished("second")]
    ended = received(*messages)
    assert ended.has_finished
    assert [element.text.body for element in drawn_elements(ended.messages)] == ["stays"]


def test_the_page_is_the_one_that_navigation_names() -> None:
    message = ForwardMsg()
    message.navigation.page_script_hash = "fill mask"
    run = received(started("mine", page_hash="start page"), message.SerializeToString())
    assert run.page_hash == "fill mask"


def test_a_page_that_is_missing_or_does_not_compile_is_no_run() -> None:
    with pytest.raises(PageFailed, match="compile"):
        received(started("mine"), finished("mine", ForwardMsg.FINISHED_WITH_COMPILE_ERROR))
    message = ForwardMsg()
    message.page_not_found.page_name = "nowhere"
    with pytest.raises(PageFailed, match="nowhere"):
        received(started("mine"), message.SerializeToString())


def test_an_exception_on_the_page_is_raised() -> None:
    element = Element()
    element.exception.type = "ValueError"
    element.exception.message = "no"
    with pytest.raises(PageFailed, match="ValueError: no"):
        run_of(text("a"), element).raise_failures()
    run_of(text("a")).raise_failures()


def test_a_reference_stands_for_the_message_that_is_held() -> None:
    cache = MessageCache()
    large = delta(chart(50), hash_="large", cacheable=True)
    small = delta(text("a"), hash_="small")
    assert cache.resolve([large, small], max_age_runs=2) == [large, small]
    assert cache.hashes() == ["large"]
    assert cache.resolve([ForwardMsg(ref_hash="large")], max_age_runs=2) == [large]
    with pytest.raises(PageFailed, match="does not hold"):
        cache.resolve([ForwardMsg(ref_hash="small")], max_age_runs=2)


def test_a_message_is_held_for_as_many_runs_as_the_server_says() -> None:
    cache = MessageCache()
    cache.resolve([delta(chart(50), hash_="large", cacheable=True)], max_age_runs=2)
    cache.resolve([], max_age_runs=2)
    assert cache.hashes() == ["large"]
    cache.resolve([], max_age_runs=2)
    assert cache.hashes() == []
