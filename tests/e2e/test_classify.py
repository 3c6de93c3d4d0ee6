"""Classify and tag as a person meets it: a real server, a real browser, real clicks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, settle, start_server, stop_server
from tests.tiny_models import make_tiny

pytestmark = pytest.mark.browser

Opener = Callable[..., Page]
MARKED = ".st-key-classify_entities"
SENTENCE = "Marie Curie was born in Warsaw."
LABEL = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiny random checkpoints, so that these tests depend on no starter's opinions."""
    root = tmp_path_factory.mktemp("models")
    texts, tokens = "AutoModelForSequenceClassification", "AutoModelForTokenClassification"
    make_tiny("bert", root / "labels", auto_class=texts, labels=("negative", "positive"))
    make_tiny("bert", root / "many", auto_class=texts, labels=[f"intent {i}" for i in range(77)])
    make_tiny("bert", root / "nli", auto_class=texts, labels=("contradiction", "entailment"))
    make_tiny(
        "bert",
        root / "tags",
        auto_class=tokens,
        labels=("O", "B-PER", "I-PER", "B-LOC", f"B-{LABEL}"),
    )
    return root


@pytest.fixture(scope="module")
def own_server(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start_server(tmp_path_factory.mktemp("home"), LOUPE_ROOTS=str(models))
    yield running
    stop_server(running)


@pytest.fixture
def visit(own_server: Server, models: Path, open_page: Opener) -> Callable[..., Page]:
    """Open the page by a link that names one of the tiny checkpoints."""

    def visit(name: str, text: str = SENTENCE, *, mode: str = "classify", **how: object) -> Page:
        params = {"v": "1", "mode": mode, "model": f"folder:{models / name}", "text": text}
        return open_page(f"{own_server.url}/classify?{urlencode(params)}", **how)

    return visit


def expect_text(page: Page, text: str) -> None:
    expect(page.get_by_label("Text", exact=True)).to_have_value(text)


def no_error(page: Page) -> None:
    assert page.locator('[class*="st-key-error_"]').count() == 0


@pytest.mark.parametrize("mode", ["classify", "tag"])
def test_it_opens_with_a_computed_example(server: Server, open_page: Opener, mode: str) -> None:
    page = open_page(f"{server.url}/classify")
    if mode == "tag":
        page.get_by_role("radio", name="Tag its words").click()
        settle(page)
        expect(page.locator(f"{MARKED} mark").first).to_be_visible()
    else:
        expect(page.locator(".st-key-classify_bars .bartext").first).to_be_visible()
    no_error(page)


def test_all_labels_are_drawn_and_a_new_text_changes_them(visit: Callable[..., Page]) -> None:
    page = visit("labels")
    texts = page.locator(".st-key-classify_bars .bartext")
    expect(texts).to_have_count(2)
    before = texts.all_text_contents()
    page.get_by_label("Text", exact=True).fill("Something else.")
    page.get_by_role("button", name="Classify", exact=True).click()
    settle(page)
    expect(texts).not_to_have_text(before)
    expect(texts).to_have_count(2)
    no_error(page)
    # What was typed is not in the address.
    assert "?" not in page.url


def test_many_labels_scroll_in_a_box_of_their_own(visit: Callable[..., Page]) -> None:
    page = visit("many")
    expect(page.locator(".st-key-classify_bars .bartext")).to_have_count(77)
    box = page.locator(".st-key-classify_bars_box")
    scrolled, shown = box.evaluate(
        """e => { while (e && e.scrollHeight <= e.clientHeight + 1) e = e.parentElement;
        return [e.scrollHeight, e.clientHeight]; }"""
    )
    assert shown < 600 < scrolled


def test_a_second_text_is_read_too(visit: Callable[..., Page]) -> None:
    page = visit("labels")
    texts = page.locator(".st-key-classify_bars .bartext")
    expect(texts).to_have_count(2)
    before = texts.all_text_contents()
    page.get_by_text("Second text").click()
    page.get_by_role("textbox", name="A text to compare").fill("Somebody was born.")
    page.get_by_role("button", name="Classify", exact=True).click()
    settle(page)
    expect(texts).not_to_have_text(before)
    expect(texts).to_have_count(2)


def test_the_text_stands_whole_with_labels_beside_its_entities(
    visit: Callable[..., Page],
) -> None:
    page = visit("tags", mode="tag")
    expect(page.locator(f"{MARKED} mark").first).to_be_visible()
    labels = page.locator(f"{MARKED} mark .label")
    expect(labels.first).to_be_visible()
    assert set(labels.all_inner_texts()) <= {"PER", "LOC", LABEL}
    whole = page.locator(f"{MARKED} .text").evaluate(
        "e => { const c = e.cloneNode(true); c.querySelectorAll('.label').forEach(l => l.remove());"
        " return c.textContent; }"
    )
    assert whole.replace("\u2060", "") == SENTENCE
    # A label is on the line of the end of what it names.
    for mark in page.locator(f"{MARKED} mark").all():
        label = mark.locator(".label").bounding_box()
        rects = mark.evaluate("e => [...e.getClientRects()].map(r => [r.top, r.bottom])")
        assert label is not None
        assert rects[-1][0] <= label["y"] <= rects[-1][1]


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=alert(1)> is here.",
        "![x](http://127.0.0.1:9/x.png) **bold** :red[no]",
        "巴黎是首都。👨‍👩‍👧‍👦",
        "one\n\ntwo \u202eabc\u202c",
    ],
    ids=["html", "markdown", "chinese-emoji", "lines-and-directions"],
)
@pytest.mark.parametrize("mode", ["classify", "tag"])
def test_any_text_is_drawn_as_text(visit: Callable[..., Page], text: str, mode: str) -> None:
    page = visit("tags" if mode == "tag" else "labels", "Nothing yet.", mode=mode)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda _dialog: asked.append("a dialog opened"))
    page.get_by_label("Text", exact=True).fill(text)
    page.locator(".st-key-classify_ask button").click()
    settle(page)
    no_error(page)
    assert page.locator(f"{MARKED} img").count() == 0
    assert not [u for u in asked if u == "a dialog opened" or ":9/" in u]
    expect_text(page, text)


def test_each_line_takes_its_own_direction(visit: Callable[..., Page]) -> None:
    page = visit("tags", "التقت أنجيلا\nAnna", mode="tag")
    lines = page.locator(f"{MARKED} .line")
    expect(lines).to_have_count(2)
    expect(lines.first).to_have_attribute("dir", "rtl")
    expect(lines.last).to_have_attribute("dir", "ltr")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize(("name", "mode"), [("many", "classify"), ("tags", "tag")])
def test_nothing_runs_out_of_the_page(
    visit: Callable[..., Page], name: str, mode: str, width: int, scheme: str
) -> None:
    page = visit(name, mode=mode, width=width, scheme=scheme)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 1
    if mode == "tag":
        drawn = page.locator(f"{MARKED} .entities")
        expect(drawn).to_have_attribute("data-theme", scheme)


def test_changing_the_mode_keeps_the_text(visit: Callable[..., Page]) -> None:
    page = visit("labels", "My own words.")
    page.get_by_role("radio", name="Tag its words").click()
    settle(page)
    expect_text(page, "My own words.")
    page.get_by_role("radio", name="Classify the text").click()
    settle(page)
    expect_text(page, "My own words.")
    expect(page.locator(".st-key-classify_bars .bartext")).to_have_count(2)


def test_a_chosen_row_shows_all_labels_of_its_word(visit: Callable[..., Page]) -> None:
    page = visit("tags", mode="tag")
    page.get_by_role("tab", name="How sure is each word?").click()
    settle(page)
    expect(page.get_by_text("the least sure one")).to_be_visible()
    table = page.get_by_test_id("stDataFrame")
    box = table.bounding_box()
    assert box is not None
    # The box to choose the second row: the grid is a canvas, so it is clicked by its place.
    table.click(position={"x": 16, "y": 35 * 2 + 18})
    settle(page)
    expect(page.get_by_text("All labels of word 2, “Curie”:")).to_be_visible()
    expect(page.locator(".st-key-classify_words_bars .bartext")).to_have_count(5)


@pytest.mark.parametrize(
    ("name", "mode", "first"), [("labels", "classify", "positive"), ("tags", "tag", "entity")]
)
def test_every_tab_answers_its_question(
    visit: Callable[..., Page], name: str, mode: str, first: str
) -> None:
    page = visit(name, mode=mode)
    page.get_by_role("tab", name="In Python?").click()
    settle(page)
    expect(page.get_by_text("from_pretrained").first).to_be_visible()
    page.get_by_role("tab", name="Save or share?").click()
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Table (CSV)").click()
    assert first in download.value.path().read_text("utf-8-sig")
    link = page.locator('[data-testid="stCode"]').inner_text().strip()
    assert "/classify?" in link
    page.get_by_role("tab", name="Is it right?").click()
    settle(page)
    page.get_by_role("button", name="Check the numbers").click()
    settle(page)
    expect(page.get_by_text("The two ways agree.")).to_be_visible()
    no_error(page)


def test_the_beginning_of_a_long_text_is_kept_at_a_click(visit: Callable[..., Page]) -> None:
    page = visit("tags", "The cat sleeps. " * 40, mode="tag")
    expect(page.get_by_text("reads at most")).to_be_visible()
    page.get_by_role("button", name="Keep the beginning, as much as fits").click()
    settle(page)
    no_error(page)
    expect(page.locator(f"{MARKED} .text")).to_be_visible()
    expect(page.get_by_label("Text", exact=True)).to_have_value(re.compile(r"^.{1,639}$", re.S))


def test_many_texts_are_read_shown_and_taken_away(visit: Callable[..., Page]) -> None:
    page = visit("labels")
    page.get_by_role("tab", name="Many texts?").click()
    settle(page)
    page.get_by_label("Texts, one a line").fill("The cat sleeps.\n\n=1+1\n我喜欢喝茶")
    # At once: what was typed last is read, not what stood there before.
    page.get_by_role("button", name="Classify the texts").click()
    settle(page)
    expect(page.get_by_text("3 texts · ")).to_be_visible()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Table (CSV)").click()
    lines = download.value.path().read_text("utf-8-sig").splitlines()
    assert [line.split(",")[1] for line in lines] == [
        "text",
        "The cat sleeps.",
        "'=1+1",
        "我喜欢喝茶",
    ]
    no_error(page)


def test_a_checkpoint_is_judged_and_a_square_opens_its_rows(visit: Callable[..., Page]) -> None:
    page = visit("labels")
    page.get_by_role("tab", name="How good is it?").click()
    settle(page)
    judge = page.get_by_role("button", name="Judge the checkpoint")
    expect(judge).to_be_enabled()
    judge.click()
    expect(page.get_by_text("rows are wrong; the surest mistakes first")).to_be_visible()
    settle(page)
    no_error(page)
    squares = page.locator("[class*=st-key-classify_confusion]")
    squares.scroll_into_view_if_needed()
    box = squares.bounding_box()
    assert box is not None
    rows = page.locator("[class*=st-key-classify_cell_rows]")
    assert rows.count() == 0
    for share in (0.35, 0.8):  # one of the two classes is given to somebody
        page.mouse.click(box["x"] + share * box["width"], box["y"] + 0.5 * box["height"])
        settle(page)
    expect(rows).to_be_visible()
    main = page.get_by_test_id("stMain")
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 1


def test_labels_of_ones_own_are_weighed_and_how_they_are_asked_can_be_changed(
    visit: Callable[..., Page],
) -> None:
    page = visit("nli", "It rained all day.", mode="zero-shot")
    texts = page.locator(".st-key-classify_own_bars .bartext")
    expect(texts).to_have_count(4)
    page.get_by_label("Labels, one a line").fill("weather\n<img src=x onerror=alert(1)>\nالطقس")
    page.get_by_role("button", name="Classify", exact=True).click()
    expect(texts).to_have_count(3)
    page.get_by_role("tab", name="What was the model asked?").click()
    settle(page)
    page.get_by_role("textbox", name="Sentence").fill("nothing to fill in")
    page.keyboard.press("Enter")
    expect(page.get_by_text("does not say where the label belongs")).to_be_visible()
    page.get_by_role("textbox", name="Sentence").fill("It is about {}.")
    page.keyboard.press("Enter")
    settle(page)
    expect(page.get_by_text("does not say where the label belongs")).to_have_count(0)
    no_error(page)
