"""From a form to a run: only what was checked can be started, and a double click is one run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.fine_tune import keys
from loupe.errors import Cancelled, EngineError
from loupe.runs.errors import NoSuchRun
from loupe.runs.state import Status
from loupe.runs.store import RunStore
from loupe.training.preflight import Example, Finding
from loupe.training.presets import QUICK_S
from loupe.training.spec import RunSpec
from tests.pages.fine_tune.conftest import GOOD, Preflights
from tests.pages.fine_tune.forms import (
    CHECK,
    PAGE,
    START,
    box,
    captions,
    check,
    may_check,
    may_start,
    messages,
    notes_at,
    put,
    spec_of,
    visit_file,
)
from tests.pages.inspect_dataset.inspectors import settled
from tests.pages.visitor import by_key, error_boxes, open_page, texts_in

RUNS = "pages/runs.py"
TOO_LONG = Finding(
    "warn",
    "max_length",
    "{share} of the texts lose an end.",
    "Raise it to {length}.",
    {"share": "<b>half</b>", "length": 128},
    changes={"max_length": 128},
)
NO_MEMORY = Finding("stop", "", "A batch does not fit.", "Halve it.", {})


@pytest.fixture
def form(root: Path, preflights: Preflights, store: RunStore) -> AppTest:
    assert (preflights.asked, store.list()) == ([], ())
    return visit_file(messages(root))


def start(at: AppTest) -> AppTest:
    return at.button(key=START).click().run()


def made(store: RunStore) -> list[str]:
    return [run.id for run in store.list()]


def test_nothing_starts_unchecked(form: AppTest, store: RunStore) -> None:
    assert may_check(form)
    assert not may_start(form)
    assert made(store) == []


def test_what_was_checked_starts(form: AppTest, preflights: Preflights, store: RunStore) -> None:
    at = check(form)
    assert [(spec, fit) for spec, fit in preflights.asked] == [(spec_of(at), QUICK_S)]
    assert [(metric.label, metric.value) for metric in at.metric] == [
        ("Time in all", "2:05 min"),
        ("Memory", "1.00 GiB"),
        ("A step", "0.25 s"),
        ("Weights that learn", "10.4 M"),
    ]
    spec = spec_of(at)
    start(at)
    (run_id,) = made(store)
    assert RunSpec.read(store.folder(run_id).spec) == spec
    state = store.state(run_id)
    assert (state.status, state.executor) == (Status.QUEUED, "process")
    report = store.report(run_id)
    assert report is not None
    assert report["eta_s"] == GOOD.eta_s
    assert at.query_params.get("run") == run_id


def test_a_double_click_is_one_run(form: AppTest, store: RunStore) -> None:
    at = check(form)
    at.button(key=START).click()
    clicked = at._tree.get_widget_states()
    # A browser sends the button that was clicked, and no other.
    for state in [one for one in clicked.widgets if one.WhichOneof("value") == "trigger_value"]:
        if not state.trigger_value:
            clicked.widgets.remove(state)
    at._run(clicked)
    assert at.query_params.get("run") == "messages-text-classification"
    # The second click was on its way when the first was heard: it names the same button.
    at.switch_page(PAGE)
    at._run(clicked)
    assert made(store) == ["messages-text-classification"]
    at.switch_page(PAGE)
    again = settled(at.run())
    assert again.button(key=START).label == "Start it once more"
    assert made(store) == ["messages-text-classification"]
    start(again)
    assert len(made(store)) == 2, "who comes back and asks for another has another"


def test_two_clicks_with_one_token_are_one_run(form: AppTest, store: RunStore) -> None:
    at = check(form)
    token = at.session_state[keys.TOKEN]
    spec = spec_of(at)
    start(at)
    assert store.submit(spec, token=token) == made(store)[0]
    assert len(made(store)) == 1


def test_a_changed_form_has_to_be_checked_again(
    form: AppTest, preflights: Preflights, store: RunStore
) -> None:
    at = check(form)
    assert may_start(at)
    put(at, "args.weight_decay", 0.2)
    assert not may_start(at)
    assert any("have changed since this check" in text for text in captions(at))
    put(at, "args.weight_decay", 0.01)
    assert may_start(at), "back to what was checked"
    put(at, "args.weight_decay", 0.2)
    check(at)
    assert may_start(at)
    assert len(preflights.asked) == 2
    assert made(store) == []


def test_a_check_that_stops_says_why_and_starts_nothing(
    form: AppTest, preflights: Preflights, store: RunStore
) -> None:
    preflights.answer = lambda _spec: replace(GOOD, findings=(NO_MEMORY,))
    at = check(form)
    assert not may_start(at)
    assert may_check(at), "there may be more memory another time"
    assert notes_at(at, "report") == ["A batch does not fit. Halve it."]
    assert not notes_at(at, "")
    assert any(text.startswith("It cannot start like this.") for text in texts_in(at.main))
    assert made(store) == []


def test_a_warning_is_applied_by_a_click(form: AppTest, preflights: Preflights) -> None:
    preflights.answer = lambda _spec: replace(GOOD, findings=(TOO_LONG,))
    at = check(form)
    assert may_start(at), "a warning does not stand in the way"
    said = "<b>half</b> of the texts lose an end. Raise it to 128."
    assert notes_at(at, "max_length") == [said], "beside its box"
    assert notes_at(at, "report") == [said], "and with the numbers"
    assert not any("half" in str(node.value) for node in at.markdown)
    settled(at.button(key=f"{keys.PAGE}_apply_report_0").click().run())
    assert spec_of(at).max_length == 128
    assert not may_start(at)


def test_a_quick_look_is_shortened_until_it_ends_in_time(
    form: AppTest, preflights: Preflights, store: RunStore
) -> None:
    preflights.answer = lambda spec: replace(
        GOOD,
        eta_s=900.0,
        fit_time_s=QUICK_S,
        fitted={} if spec.args.max_steps > 0 else {"args.max_steps": 40},
        fitted_eta_s=118.0,
    )
    at = check(form)
    assert spec_of(at).args.max_steps == 40
    assert may_start(at)
    assert at.metric[0].value == "1:58 min"
    assert "All of it would take 15:00 min, so it was shortened." in texts_in(at.main)
    # The next check measures the whole run again.
    check(at)
    assert [spec.args.max_steps for spec, _fit in preflights.asked] == [-1, -1]
    start(at)
    (run_id,) = made(store)
    assert RunSpec.read(store.folder(run_id).spec).args.max_steps == 40


def test_a_solid_run_is_not_shortened(form: AppTest, preflights: Preflights) -> None:
    settled(form.selectbox(key=keys.PRESET).set_value("solid").run())
    at = check(form)
    assert [fit for _spec, fit in preflights.asked] == [None]
    assert spec_of(at).args.max_steps == -1


def test_a_cancelled_check_leaves_the_form_as_it_is(form: AppTest, preflights: Preflights) -> None:
    def cancelled(_spec: RunSpec) -> Any:
        raise Cancelled("The check was cancelled.", "Start it again when you like.")

    preflights.answer = cancelled
    at = check(form)
    assert may_check(at)
    assert not may_start(at)
    assert not error_boxes(at)


def test_a_check_that_breaks_down_is_said(form: AppTest, preflights: Preflights) -> None:
    def broken(_spec: RunSpec) -> Any:
        raise EngineError("The trial ended without a word.", "Try again.")

    preflights.answer = broken
    at = check(form)
    assert [node.key for node in error_boxes(at)] == [f"error_{keys.CHECKING}"]
    assert may_check(at)
    assert not may_start(at)


def test_numbers_and_examples_are_shown_on_request(form: AppTest, preflights: Preflights) -> None:
    shown = (Example(("[CLS]", "<i>a</i>", "[MASK]"), (False, False, True), ("ham",)),)
    preflights.answer = lambda _spec: replace(GOOD, shown=shown, labels={"ham": 12, "spam": 12})
    at = check(form)
    assert by_key(at, f"{keys.PAGE}_numbers_table") is not None
    assert by_key(at, f"{keys.PAGE}_examples_table") is not None
    assert not any("<i>" in str(node.value) for node in at.markdown)


def test_a_price_says_what_it_costs(form: AppTest) -> None:
    settled(form.number_input(key=keys.PRICE).set_value(7.2).run())
    at = check(form)
    # 125 s at 7.2 an hour.
    assert "At 7.2 an hour it costs 0.25." in texts_in(at.main)


def test_the_thread_executor_is_handed_on(form: AppTest, store: RunStore) -> None:
    settled(form.segmented_control(key=keys.EXECUTOR).set_value("thread").run())
    at = check(form)
    start(at)
    assert store.state(made(store)[0]).executor == "thread"


def test_again_with_changes_fills_the_form_from_the_run(form: AppTest, store: RunStore) -> None:
    put(form, "args.learning_rate", 0.00077)
    put(form, "sample_inputs", "first\nsecond")
    at = check(form)
    spec = spec_of(at)
    start(at)
    (run_id,) = made(store)
    again = settled(open_page(PAGE, params={"like": run_id}, session={keys.CODE: "yaml"}))
    assert not again.exception
    assert spec_of(again) == spec
    assert again.selectbox(key=keys.PRESET).value == "like"
    put(again, "args.learning_rate", 0.0005)
    assert "changed; was 0.00077" in captions(again)
    # The address still names the run: what is typed is not put back.
    assert box(again, "args.learning_rate").value == 0.0005


def test_a_run_that_is_not_there_is_said(store: RunStore) -> None:
    with pytest.raises(NoSuchRun):
        store.folder("none")
    at = settled(open_page(PAGE, params={"like": "none"}))
    assert f"error_{keys.PAGE}_like" in [node.key for node in error_boxes(at)]
    assert by_key(at, CHECK) is not None, "the form is there all the same"
    assert not notes_at(at, "name")
