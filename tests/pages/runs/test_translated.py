"""Every word of the page Runs can be translated; see tests.pages.test_translation."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import i18n, session
from components.quality.place import Place
from components.runs import keys
from components.runs.page import TABS
from loupe.data.outcomes import Entities, EntityScore, TaggedRow, TextRow, Texts
from loupe.runs.state import Status, Stop
from loupe.training.preflight.report import PreflightReport
from tests.pages.runs.made_runs import HOSTILE, MadeRun, two_classes
from tests.pages.runs.watching import PAGE
from tests.pages.test_translation import assert_translated, dotted
from tests.pages.visitor import open_page

Make = Callable[..., MadeRun]

# What stands in the run's files, and names of the field.
THEIRS = (
    *("one", "two", "starter:fill-mask-en", "sentiment-train", "sample:sentiment-train"),
    *("accuracy", "loss_nats", "f1_negative", "negative", "positive", "a text", "cpu", "float32"),
    *("ham", "spam", "free prize", "call me", "PER", "Ada met Bo", "Ada", "Bo", "un", "deux"),
    *("F1", "chrF", "run.yaml", "Python", "predict.py", "FLOPs", "classify", "args.learning_rate"),
    *("kB", "YAML", HOSTILE),
)


@pytest.fixture(params=["dotted"])
def translated(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "dotted":
        monkeypatch.setattr(i18n, "translate", dotted)
    return str(request.param)


def visit(params: dict[str, str], tab: str = "going", **values: Any) -> AppTest:
    return open_page(
        PAGE,
        params=params,
        session={
            session.LANGUAGE: i18n.PSEUDO,
            keys.TABS: i18n.translate(TABS[tab], i18n.PSEUDO),
            **values,
        },
    )


@pytest.mark.parametrize("tab", list(TABS))
def test_every_tab_is_translated(make: Make, translated: str, tab: str) -> None:
    run = make().finished().machine(1, 1_790_000_001.0).machine(2, 1_790_000_002.0)
    run.judged(two_classes([("free prize", 1, 0.9), ("call me", 0, 0.7)]))
    run.state(Status.FINISHED)
    run.folder.log.write_text("printed\n", "utf-8")
    PreflightReport(parameters=5, eta_s=60.0).write(run.folder.path / "preflight.json")
    at = visit({"run": "one"}, tab, **{Place(keys.PAGE, "one").key("cell"): (0, 1)})
    assert_translated(at, translated, *THEIRS)


@pytest.mark.parametrize(
    "outcome",
    [
        Entities(
            (EntityScore("PER", 1.0, 0.5, 0.7, 2),),
            (TaggedRow(("Ada", "met", "Bo"), ("B-PER", "O", "B-PER"), ("O", "O", "O")),),
        ),
        Texts((TextRow("un", ("deux",), "deux"),)),
    ],
    ids=["entities", "texts"],
)
def test_rows_of_every_kind_are_translated(make: Make, translated: str, outcome: Any) -> None:
    make().finished().judged(outcome).state(Status.FINISHED)
    assert_translated(visit({"run": "one"}, "quality"), translated, *THEIRS)


@pytest.mark.parametrize("status", list(Status))
def test_every_status_is_translated(make: Make, translated: str, status: Status) -> None:
    run = make().trained(100)
    if status is Status.RUNNING:
        run.machine(120, time.time()).running(stop=Stop("now", time.time()), put_out=("two",))
    else:
        run.state(status)
    make("two").state(Status.QUEUED)
    assert_translated(visit({"run": "one"}), translated, *THEIRS)


def test_the_comparison_is_translated(make: Make, translated: str) -> None:
    make().finished().state(Status.FINISHED)
    make("two", args={"learning_rate": 0.001}).finished().state(Status.FINISHED)
    assert_translated(visit({"compare": "one,two"}), translated, *THEIRS)
