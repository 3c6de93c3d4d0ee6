"""The tabs of a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.quality.place import Place
from components.runs import keys
from components.runs.page import TABS
from components.runs.printed import LINES, last_lines
from loupe.data.outcomes import (
    Classes,
    ClassRow,
    Entities,
    EntityScore,
    LabelRow,
    Labels,
    TaggedRow,
    TextRow,
    Texts,
)
from loupe.runs.decision import Decision, read_decision
from loupe.runs.state import Status
from loupe.training.preflight.report import Finding, PreflightReport
from tests.pages.runs.made_runs import HOSTILE, MadeRun, two_classes
from tests.pages.runs.watching import by_key, has, links, table, visit
from tests.pages.visitor import figures, markdown_in, offered_files, params_of

Make = Callable[..., MadeRun]
PLACE = Place(keys.PAGE, "one")
THRESHOLD = f"{PLACE.key('threshold')}_1"

ROWS = two_classes(
    [
        ("free prize", 1, 0.9),
        (f"win now {HOSTILE}", 1, 0.4),
        ("see you at eight", 0, 0.1),
        ("call me", 0, 0.7),
    ]
)


def curve_names(at: Any) -> list[str]:
    return [trace.get("name") for figure in figures(at) for trace in figure["data"]]


def test_the_curves_of_a_run_are_drawn(make: Make) -> None:
    run = make().trained(100).running()
    run.machine(1, 1_790_000_001.0).machine(2, 1_790_000_002.0)
    at = visit("one", tab="going")
    names = curve_names(at)
    assert {"training loss", "held-out loss", "learning rate", "gradient norm"} <= set(names)
    assert "memory of the process" in names
    assert "memory of the GPU" not in names, "there is none"
    (loss, *_others) = figures(at)
    held_out = next(trace for trace in loss["data"] if trace.get("name") == "held-out loss")
    assert held_out["x"] == [0, 100]
    assert held_out["y"] == [0.7, 0.4]


def test_the_axis_and_the_smoothing_change_the_curve(make: Make) -> None:
    make().trained(100).running()
    at = visit("one", tab="going")
    at.session_state[keys.AXIS] = "tokens"
    at.slider(key=keys.SMOOTHING).set_value(0.0).run()
    (loss, *_others) = figures(at)
    raw, smooth, *_held_out = loss["data"]
    assert smooth["x"] == [250, 500, 750, 1000]
    assert smooth["y"] == raw["y"]
    at.slider(key=keys.SMOOTHING).set_value(0.9).run()
    raw, smooth, *_held_out = figures(at)[0]["data"]
    assert smooth["y"] != raw["y"]


def test_metrics_of_single_classes_are_there_on_request_only(make: Make) -> None:
    make().trained(100).running()
    at = visit("one", tab="going")
    assert "accuracy" in curve_names(at)
    assert "f1_negative" not in curve_names(at)
    at.multiselect(key=f"{keys.METRICS}_one").set_value(["accuracy", "f1_negative"]).run()
    assert {"accuracy", "f1_negative"} <= set(curve_names(at))


def test_the_same_inputs_stand_beside_each_other(make: Make) -> None:
    run = make().started()
    run.samples(0, "before", ("negative", 0.6), HOSTILE).samples(9, "after", ("positive", 0.9))
    run.state(Status.FINISHED)
    at = visit("one", tab="saying")
    assert table(at, "runs_samples_one") == [[HOSTILE, "negative 60.0 %", "positive 90.0 %"]]
    assert not any(HOSTILE in text for text in markdown_in(at.main))


def test_of_many_moments_one_in_between_is_chosen(make: Make) -> None:
    run = make().started().samples(0, "before", ("a", 0.1))
    for step in range(1, 8):
        run.samples(step, "during", ("b", step / 10))
    run.samples(7, "after", ("c", 0.9)).state(Status.FINISHED)
    at = visit("one", tab="saying")
    assert table(at, "runs_samples_one") == [["a text", "a 10.0 %", "b 10.0 %", "c 90.0 %"]]
    at.select_slider(key=f"{keys.STEP}_one").set_value(5).run()
    assert table(at, "runs_samples_one") == [["a text", "a 10.0 %", "b 50.0 %", "c 90.0 %"]]


def test_metrics_stand_before_and_after(make: Make) -> None:
    make().finished().state(Status.FINISHED)
    at = visit("one", tab="quality")
    shown = at.dataframe[0].value
    assert list(shown["metric"]) == ["loss_nats", "accuracy"], "single classes have a table below"
    assert list(shown["before"]) == ["0.7000", "0.5000"]
    assert list(shown["after"]) == ["0.3500", "0.8000"]
    assert has(at, "was not written down")


def test_a_square_of_the_confusion_matrix_opens_its_rows(make: Make) -> None:
    make().finished().judged(ROWS).state(Status.FINISHED)
    at = visit("one", tab="quality")
    assert by_key(at, "runs_cell_rows_one") is None
    at.session_state[PLACE.key("confusion")] = {
        "selection": {"points": [{"point_index": 1}], "point_indices": [1]}
    }
    at.selectbox(key=PLACE.key("cell")).set_value((0, 1)).run()
    assert table(at, "runs_cell_rows_one") == [["call me", "70.0 %"]]
    at.selectbox(key=PLACE.key("cell")).set_value((1, 0)).run()
    assert table(at, "runs_cell_rows_one") == [[f"win now {HOSTILE}", "60.0 %"]]
    assert not any(HOSTILE in text for text in markdown_in(at.main))


def test_a_square_that_another_threshold_fills_shows_its_rows(make: Make) -> None:
    make().finished().judged(ROWS).state(Status.FINISHED)
    at = visit("one", tab="quality")
    at.selectbox(key=PLACE.key("cell")).set_value((1, 1)).run()
    assert len(table(at, "runs_cell_rows_one")) == 1
    at.slider(key=THRESHOLD).set_value(0.35).run()
    assert len(table(at, "runs_cell_rows_one")) == 2
    at.slider(key=THRESHOLD).set_value(0.95).run()
    assert by_key(at, "runs_cell_rows_one") is None, "nothing is left in it"


def test_the_surest_mistakes_come_first(make: Make) -> None:
    make().finished().judged(ROWS).state(Status.FINISHED)
    at = visit("one", tab="quality")
    assert has(at, "2 of 4 rows are wrong")
    assert table(at, "runs_mistakes_one") == [
        ["call me", "ham", "spam", "70.0 %"],
        [f"win now {HOSTILE}", "spam", "ham", "60.0 %"],
    ]


def test_a_threshold_is_tried_and_kept_for_every_browser(make: Make) -> None:
    run = make().finished().judged(ROWS).state(Status.FINISHED)
    at = visit("one", tab="quality")
    assert has(at, "“spam” from 0.500 on", "F1 0.500")
    assert read_decision(run.folder.decision) is None
    at.slider(key=THRESHOLD).set_value(0.35).run()
    assert has(at, "“spam” from 0.350 on", "recall 100.0 %", "3 rows get it")
    assert read_decision(run.folder.decision) is None, "to try is not to keep"
    at.button(key="runs_keep_threshold").click().run()
    assert read_decision(run.folder.decision) == Decision("spam", 0.35)
    other = visit("one", tab="quality")
    assert other.slider(key=THRESHOLD).value == 0.35
    assert has(other, "Kept: “spam” from 0.350 on")
    other.button(key="runs_drop_threshold").click().run()
    assert read_decision(run.folder.decision) is None
    assert has(other, "“spam” from 0.500 on")


def test_the_best_threshold_is_one_click_away(make: Make) -> None:
    run = make().finished().judged(ROWS).state(Status.FINISHED)
    at = visit("one", tab="quality")
    at.button(key="runs_best_threshold").click().run()
    at.button(key="runs_keep_threshold").click().run()
    kept = read_decision(run.folder.decision)
    assert kept is not None
    assert 0.1 < kept.threshold < 0.4
    assert has(at, "F1 0.800")


def test_three_classes_have_no_threshold(make: Make) -> None:
    three = Classes(("a", "b", "c"), (ClassRow("x", 0, (0.2, 0.5, 0.3)),))
    make().finished().judged(three).state(Status.FINISHED)
    at = visit("one", tab="quality")
    assert not at.slider
    assert table(at, "runs_mistakes_one") == [["x", "a", "b", "50.0 %"]]


def test_labels_that_do_not_exclude_each_other(make: Make) -> None:
    labels = Labels(("red", "round"), (LabelRow("a ball", (1, 1), (0.9, 0.2)),))
    make().finished().judged(labels).state(Status.FINISHED)
    at = visit("one", tab="quality")
    assert table(at, "runs_mistakes_one") == [["a ball", "red, round", "red", "80.0 %"]]
    assert by_key(at, PLACE.key("confusion")) is None


def test_entities_by_type_and_by_sentence(make: Make) -> None:
    truth, given = ("B-PER", "O", "B-PER", "I-PER"), ("B-PER", "O", "O", "O")
    row = TaggedRow(("Ada", "met", "Bo", "Li"), truth, given)
    outcome = Entities((EntityScore("PER", 1.0, 0.5, 2 / 3, 2),), (row,))
    make().finished().judged(outcome).state(Status.FINISHED)
    at = visit("one", tab="quality")
    assert table(at, "runs_sentences_one") == [
        ["Ada met Bo Li", "Ada → PER · Bo Li → PER", "Ada → PER", "2"]
    ]
    assert list(at.dataframe[1].value["support"]) == [2]


def test_outputs_stand_with_the_farthest_first(make: Make) -> None:
    rows = (TextRow("one", ("un",), "un"), TextRow("two", ("deux", "2"), HOSTILE))
    make().finished().judged(Texts(rows)).state(Status.FINISHED)
    at = visit("one", tab="quality")
    shown = table(at, "runs_texts_one")
    assert [row[:3] for row in shown] == [["two", "deux | 2", HOSTILE], ["one", "un", "un"]]
    at.toggle(key="runs_best_first").set_value(True).run()
    assert [row[0] for row in table(at, "runs_texts_one")] == ["one", "two"]
    assert not any(HOSTILE in text for text in markdown_in(at.main))


def test_a_language_model_has_no_wrong_rows(make: Make) -> None:
    make(task="fill-mask").finished().state(Status.FINISHED)
    at = visit("one", tab="quality")
    assert has(at, "judged by its loss")
    assert not has(at, "was not written down")


def test_each_saved_step_leads_to_its_page_beside_its_base(make: Make) -> None:
    make().finished().checkpoint(200).checkpoint(400).state(Status.FINISHED)
    at = visit("one", tab="trying")
    found = [params_of(f"?{query}") for page, query in links(at) if page.endswith("classify")]
    assert [params["model"] for params in found] == [
        "run:one@400",
        "run:one@400",
        "run:one@200",
        "run:one@200",
    ]
    alone, beside = found[0], found[1]
    assert "other" not in alone
    assert beside["other"] == "starter:fill-mask-en"
    assert beside["tab"] == "other"
    assert alone["text"] == "a text"


def test_a_run_from_scratch_has_nothing_beside_it(make: Make) -> None:
    make(checkpoint=None).finished().state(Status.FINISHED)
    found = [query for page, query in links(visit("one", tab="trying")) if "classify" in page]
    assert len(found) == 1
    assert "other=" not in found[0]


def test_before_the_first_checkpoint_there_is_nothing_to_try(make: Make) -> None:
    make().started().running()
    at = visit("one", tab="trying")
    assert has(at, "No checkpoint is saved yet")
    assert not any("classify" in page for page, _query in links(at))


def test_settings_are_shown_as_they_were_asked(make: Make) -> None:
    run = make(data=f"{HOSTILE}.csv").finished().state(Status.FINISHED)
    at = visit("one", tab="asked")
    assert run.folder.spec.read_text("utf-8").splitlines()[1] == "data:"
    assert any("learning_rate: 5.0e-05" in code.value for code in at.code)
    assert has(at, "It was begun without one")
    at.session_state["runs_form"] = "command"
    at.run()
    assert any("-m loupe.training" in code.value for code in at.code)
    at.session_state["runs_form"] = "python"
    at.run()
    assert has(at, "There is no plain script for")
    assert not any(HOSTILE in text for text in markdown_in(at.main))


def test_what_the_check_found_is_kept(make: Make) -> None:
    run = make().finished().state(Status.FINISHED)
    params = {"share": "9 %", "row": HOSTILE}
    finding = Finding("warn", "max_length", "{share} are cut, as in {row}.", "Longer.", params)
    PreflightReport(
        findings=(finding,), parameters=1_234_567, eta_s=130.0, unknown_share=0.02
    ).write(run.folder.path / "preflight.json")
    at = visit("one", tab="asked")
    (shown,) = [frame.value for frame in at.dataframe]
    numbers = dict(zip(shown["name"], shown["value"], strict=True))
    assert numbers["parameters"] == "1,234,567"
    assert numbers["whole time, foretold"] == "2:10"
    assert numbers["share of unknown tokens"] == "2.00 %"
    assert "memory at its peak" not in numbers, "the check did not come so far"
    assert has(at, f"9 % are cut, as in {HOSTILE}. Longer.")
    assert not any(HOSTILE in text for text in markdown_in(at.main))


def test_the_end_of_a_long_log_is_shown_and_all_of_it_kept(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make().finished().state(Status.FINISHED)
    lines = [f"{number} 步骤 {HOSTILE}" for number in range(5_000)]
    run.folder.log.write_text("\n".join(lines) + "\n", "utf-8")
    held = offered_files(monkeypatch)
    at = visit("one", tab="printed")
    (code,) = at.code
    assert code.value.split("\n") == lines[-LINES[0] :]
    assert held["runs_log"]() == run.folder.log.read_bytes()
    assert not any(HOSTILE in text for text in markdown_in(at.main))


def test_a_run_that_printed_nothing_says_so(make: Make) -> None:
    make().finished().state(Status.FINISHED)
    at = visit("one", tab="printed")
    assert has(at, "Nothing was printed yet")
    assert not at.code


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\nc\n", ["b", "c"]),
        ("a\nb\nnot ended", ["b", "not ended"]),
        ("one\r\ntwo\r\n", ["one", "two"]),
        ("0 %\r50 %\r100 %\nnext\n", ["100 %", "next"]),
        ("a\n\n\n", ["", ""]),
    ],
)
def test_last_lines(tmp_path: Path, text: str, shown: list[str]) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes(text.encode())
    assert last_lines(path, 2) == shown


def test_a_log_that_is_no_utf8_is_shown_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes(b"caf\xe9\nend\n")
    assert last_lines(path, 5) == ["caf\ufffd", "end"]


def test_the_card_is_kept_as_plain_text(make: Make) -> None:
    run = make().finished().state(Status.FINISHED)
    at = visit("one", tab="keep")
    assert any(HOSTILE in code.value for code in at.code)
    assert any(code.value == str(run.folder.path) for code in at.code)
    assert not any(HOSTILE in text for text in markdown_in(at.main))
    assert by_key(at, "runs_zip_one_400_make") is not None


def test_a_check_of_another_version_is_not_read(make: Make) -> None:
    run = make().finished().state(Status.FINISHED)
    (run.folder.path / "preflight.json").write_text('{"schema_version": 99}', "utf-8")
    at = visit("one", tab="asked")
    assert has(at, "of another version")
    assert not at.dataframe


@pytest.mark.parametrize("tab", list(TABS))
def test_every_tab_opens_for_a_run_that_has_only_been_asked_for(make: Make, tab: str) -> None:
    make().state(Status.QUEUED)
    at = visit("one", tab=tab)
    assert has(at, "Waiting: place 1")
    assert not figures(at)
