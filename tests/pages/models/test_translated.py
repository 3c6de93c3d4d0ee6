"""Every word of the page Models can be translated; see tests.pages.test_translation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import i18n, resources, session
from components.models import keys, one
from components.models.choosing import tab as choosing_tab
from components.models.one import TABS
from components.models.views import VIEWS
from loupe.checkpoints.measurements import write_measurement
from loupe.checkpoints.ref import CheckpointRef
from loupe.engine import ModelKey
from loupe.engine.processor import cpu_name
from loupe.runs.state import Status
from tests.pages.models.looking import PAGE, STARTER, settled
from tests.pages.models.names import modules
from tests.pages.models.test_bad_input import CASES, Case, World, world
from tests.pages.models.test_tabs import FOUND
from tests.pages.runs.made_runs import MadeRun
from tests.pages.test_translation import assert_translated, dotted
from tests.pages.visitor import open_page

__all__ = ["world"]  # a fixture

# Names of the field, of architectures, files and units.
THEIRS = (
    *("kB", "GB", "SHA", "README.md", "config.json", "bert", "roberta", "BertForMaskedLM", "none"),
    *("BertForSequenceClassification", "RobertaForMaskedLM", "mine", "someone/tiny-roberta"),
    *("negative", "positive", "other", "mit", "starter:fill-mask-en", "cpu", "pickle"),
    *("LlamaForCausalLM", "llama", "multilingual", "unstated", cpu_name(), *cpu_name().split()),
    *(
        "https://",
        "hub:someone/tiny-roberta",
        "vocab.txt",
        "model.safetensors",
        "GGUF",
        "model.gguf",
    ),
)


@pytest.fixture(params=["marked", "dotted"])
def translated(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "dotted":
        monkeypatch.setattr(i18n, "translate", dotted)
    return str(request.param)


@pytest.fixture(autouse=True)
def names_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the signs that keep Markdown out, a name is known as such."""
    for module in (one, choosing_tab):
        monkeypatch.setattr(module, "plain_label", lambda text: text)


def visit(model: str, tab: str = "build", view: str = "there", **values: Any) -> AppTest:
    at = open_page(
        PAGE,
        params={keys.MODEL: model},
        session={
            session.LANGUAGE: i18n.PSEUDO,
            keys.VIEWS: i18n.translate(VIEWS[view], i18n.PSEUDO),
            keys.TABS: i18n.translate(TABS[tab], i18n.PSEUDO),
            f"{keys.TABS}_broken": i18n.translate(TABS[tab], i18n.PSEUDO),
            **values,
        },
    )
    return settled(at)


def theirs(tiny_root: Path, *more: str) -> list[str]:
    """What is not ours to translate: names of models and folders, licences, languages."""
    folders = [str(tiny_root / path.name) for path in tiny_root.iterdir()]
    starters = [f"starter:{name}" for name in resources.places().starter_names()]
    known = [*THEIRS, *folders, *(f"folder:{name}" for name in folders), *starters, *more]
    for entry in resources.inventory().entries:
        known += [entry.ref.label, entry.licence or "", *entry.languages]
    return known


@pytest.mark.parametrize(
    ("model", "tab"),
    [
        *(("hub:someone/tiny-roberta", tab) for tab in TABS),
        ("starter:sentiment-en", "build"),
        ("starter:sentiment-en", "deleting"),
    ],
)
@pytest.mark.usefixtures("cached")
def test_every_tab_is_translated(model: str, tab: str, translated: str, tiny_root: Path) -> None:
    at = visit(model, tab)
    assert_translated(at, translated, *theirs(tiny_root, *modules(model)))


def test_what_is_loaded_and_measured_is_translated(translated: str, tiny_root: Path) -> None:
    ref = CheckpointRef.parse("starter:generate-en")
    key = ModelKey(ref, "AutoModelForCausalLM")
    resources.pool().submit(key, lambda *_: None).result(60)
    write_measurement(resources.places().measurements, FOUND)
    assert_translated(visit(str(ref), "running"), translated, *theirs(tiny_root))


def test_a_run_and_what_was_done_are_translated(
    translated: str, make: Callable[..., MadeRun], tiny_root: Path
) -> None:
    make("mine").finished().state(Status.FINISHED)
    make("other").trained(100).state(Status.RUNNING)
    at = visit("run:mine@400", "deleting")
    assert_translated(at, translated, *theirs(tiny_root))
    at.button(key=f"{keys.PAGE}_delete").click().run()
    assert_translated(settled(at), translated, *theirs(tiny_root, *modules(STARTER)))


def test_a_filter_that_nothing_passes_is_translated(translated: str, tiny_root: Path) -> None:
    at = visit(STARTER, **{keys.FIND: "nothing has this"})
    assert_translated(at, translated, *theirs(tiny_root, *modules(STARTER)))


@pytest.mark.parametrize(
    "asked",
    [
        {keys.WISH_TASK: "text-classification", keys.WISH_ROWS: "few"},
        {keys.WISH_TASK: "fill-mask", keys.WISH_LANGUAGE: "zh", keys.WISH_ROWS: "many"},
        {keys.WISH_TASK: "translation", keys.WISH_LANGUAGE: "ro", keys.WISH_TARGET: "en"},
        {keys.WISH_TASK: "summarization", keys.WISH_LICENCE: "permissive", keys.WISH_MEMORY: 0.3},
        {keys.WISH_TASK: "text-generation", keys.WISH_LENGTH: "document"},
    ],
    ids=lambda asked: asked[keys.WISH_TASK],
)
def test_the_ranking_and_its_reasons_are_translated(
    asked: dict[str, Any], translated: str, tiny_root: Path
) -> None:
    write_measurement(resources.places().measurements, FOUND)
    at = visit(STARTER, view="which", **asked)
    assert_translated(at, translated, *theirs(tiny_root, "ro", "en", "zh"))


# One of each kind of place where something is said.
FAULTS = [
    case
    for case in CASES
    if case.id in ("no name", "unknown run", "no folder", "cut weights", "impossible sizes")
]


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: case.id)
def test_every_error_is_translated(
    case: Case, world: World, tiny_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(i18n, "translate", dotted)
    made = case.make(world)
    ref = made.partition(":")[2] or made
    at = visit(made, case.tab)
    assert_translated(at, "dotted", *theirs(tiny_root, made, ref, Path(ref).name))
