"""The list and the queue, which every browser sees alike."""

from __future__ import annotations

from collections.abc import Callable

from components import resources
from components.runs import keys
from loupe.runs.state import Status
from tests.pages.runs.made_runs import NOW_S, MadeRun
from tests.pages.runs.watching import PAGE, by_key, has, items, links, visit
from tests.pages.visitor import error_boxes, open_page, texts_in

Make = Callable[..., MadeRun]


def test_without_a_run_the_page_says_where_to_begin_one() -> None:
    at = visit()
    assert has(at, "No run yet")
    assert any(page.endswith("fine_tune") for page, _query in links(at))
    assert by_key(at, keys.LIST) is None
    assert not at.tabs


def test_each_run_stands_in_the_list_with_what_came_of_it(make: Make) -> None:
    make("done").finished().state(Status.FINISHED, ended_s=NOW_S + 60)
    make("broken").started().state(Status.FAILED)
    make("next").state(Status.QUEUED)
    drawn = items(visit())
    assert drawn["done"]["said"] == "finished"
    assert "accuracy 0.5000 → 0.8000" in drawn["done"]["facts"]
    assert drawn["done"]["share"] is None, "a finished run needs no bar"
    assert drawn["broken"]["said"] == "failed"
    assert drawn["next"]["said"] == "waiting"
    assert not any("→" in fact for fact in drawn["next"]["facts"])


def test_what_trains_is_shown_first_and_stands_in_the_address(make: Make) -> None:
    make("old").finished().state(Status.FINISHED, submitted_s=NOW_S + 9)
    make("now").trained(100).running()
    at = visit()
    assert at.query_params[keys.RUN] == "now"
    assert items(at)["now"]["is_chosen"]
    assert not items(at)["old"]["is_chosen"]
    assert items(at)["now"]["share"] == 0.25


def test_the_run_in_the_address_is_the_one_that_is_shown(make: Make) -> None:
    make("old").finished().state(Status.FINISHED)
    make("now").trained(100).running()
    at = visit("old")
    assert items(at)["old"]["is_chosen"]
    assert at.query_params[keys.RUN] == "old"
    assert has(at, "Finished: 400 steps")


def test_a_run_that_is_not_there_is_said_and_the_list_stays(make: Make) -> None:
    make("old").finished().state(Status.FINISHED)
    at = visit("../../etc")
    (box,) = error_boxes(at)
    assert "no run" in " ".join(texts_in(box))
    assert list(items(at)) == ["old"]
    assert not at.tabs


def test_two_browsers_see_the_same(make: Make) -> None:
    make("one").trained(100).running()
    make("two").state(Status.QUEUED, order=1.0)
    first, second = visit("one"), visit("one")
    assert items(first) == items(second)
    resources.runs().cancel("two")
    assert items(first.run())["two"]["said"] == "cancelled"
    assert items(second.run())["two"]["said"] == "cancelled"


def test_the_queue_has_the_order_in_which_runs_will_train(make: Make) -> None:
    make("first").state(Status.QUEUED, order=1.0)
    make("second").state(Status.QUEUED, order=2.0)
    at = visit("first")
    assert has(at, "1. first")
    assert has(at, "2. second")
    at.button(key="runs_up_second").click().run()
    assert [run.id for run in resources.runs().queue()] == ["second", "first"]
    assert has(at, "1. second")
    assert not has(at, "1. first")
    assert at.button(key="runs_up_second").disabled
    at.button(key="runs_cancel_second").click().run()
    assert [run.id for run in resources.runs().queue()] == ["first"]
    assert by_key(at, "runs_up_first") is None, "one alone has no other place"


def test_filters_come_with_many_runs_and_leave_what_fits(make: Make) -> None:
    for number in range(7):
        make(f"run-{number}").finished().state(Status.FINISHED)
    assert by_key(visit(), keys.FIND) is None
    make("masks", task="fill-mask").state(Status.CANCELLED)
    at = visit("masks")
    at.text_input(key=keys.FIND).input("RUN-3").run()
    assert list(items(at)) == ["run-3"]
    at.text_input(key=keys.FIND).input("").run()
    at.selectbox(key=keys.TASK).set_value("fill-mask").run()
    assert list(items(at)) == ["masks"]
    at.selectbox(key=keys.STATUS).set_value("finished").run()
    assert items(at) == {}
    assert has(at, "No run is like that")


def test_every_page_names_the_run_that_trains(make: Make) -> None:
    make("now").trained(100).running()
    at = open_page("app.py")
    (link,) = [
        node for node in at.sidebar if node.type == "page_link" and "Training" in node.proto.label
    ]
    assert "25 %" in link.proto.label
    assert link.proto.query_string == "run=now"


def test_the_page_needs_nothing_of_the_session(make: Make) -> None:
    make("one").trained(100).running()
    at = open_page(PAGE, params={"run": "one"})
    assert not at.exception
    assert has(at, "step 100 of 400")
