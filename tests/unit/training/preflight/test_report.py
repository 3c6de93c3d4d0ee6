import json

import pytest

from loupe.errors import InvalidInput, Phrase
from loupe.training.preflight.report import (
    SCHEMA_VERSION,
    Example,
    Finding,
    PreflightReport,
    in_order,
    stop,
    warn,
)

FAULT = InvalidInput("{count} rows are {what}.", "Drop them.", count=3, what="empty")


def test_a_report_comes_back_from_disk_as_it_was(tmp_path):
    report = PreflightReport(
        findings=(stop("data.holdout", FAULT, {"data.holdout": 0.1}),),
        labels={"b": 3, "a": 1},
        new_modules=("classifier",),
        step_s=0.5,
        peak_bytes=10**10,
        fitted={"args.max_steps": 7},
        shown=(Example(("a", "b"), (True, False), ("c",)),),
    )
    report.write(tmp_path / "preflight.json")
    again = PreflightReport.read(tmp_path / "preflight.json")
    assert again == report
    assert list(again.labels) == ["b", "a"]
    assert json.loads((tmp_path / "preflight.json").read_text("utf-8"))["schema_version"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["preflight.json"]


def test_a_report_of_another_version_is_refused():
    data = {**PreflightReport().to_dict(), "schema_version": SCHEMA_VERSION + 1}
    with pytest.raises(ValueError, match="version"):
        PreflightReport.from_dict(data)


def test_fields_of_a_later_loupe_are_passed_over():
    data = {**PreflightReport(step_s=1.0).to_dict(), "colour": "red"}
    assert PreflightReport.from_dict(data).step_s == 1.0


@pytest.mark.parametrize(
    ("severities", "verdict"),
    [([], "go"), (["note"], "go"), (["note", "warn"], "warn"), (["warn", "stop", "note"], "stop")],
)
def test_the_worst_finding_is_the_verdict(severities, verdict):
    findings = tuple(Finding(s, "", "message", "remedy") for s in severities)
    assert PreflightReport(findings).verdict == verdict


def test_stops_come_first_and_nothing_is_said_twice():
    first, second = warn("a", FAULT), stop("b", FAULT)
    assert in_order([first, second, warn("a", FAULT)]) == (second, first)
    other = warn("a", InvalidInput("{count} rows are {what}.", "Drop them.", count=4, what="x"))
    assert in_order([first, other]) == (first, other)


def test_phrases_within_a_finding_are_written_out():
    fault = InvalidInput("It does {task}.", "Wait.", task=Phrase("filling masks"))
    written = stop("", fault).to_dict()
    assert str(Finding.from_dict(json.loads(json.dumps(written)))) == "It does filling masks. Wait."
