"""The pre-flight's process: started, followed, cancelled, killed."""

from __future__ import annotations

import json
import os
import stat
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from loupe.errors import Cancelled
from loupe.training.preflight import Stage, launch, quick_findings, run_preflight
from loupe.training.preflight.asked import REPORT, SPEC, STAGES
from loupe.training.preflight.report import PreflightReport


def children_of(folder: Path) -> list[psutil.Process]:
    mine = psutil.Process().children(recursive=True)
    return [child for child in mine if str(folder) in " ".join(child.cmdline())]


@pytest.mark.slow
def test_a_run_is_tried_in_a_process_of_its_own(kitchen, tmp_path):
    folder = tmp_path / "preflight"
    stages: list[Stage] = []
    report = run_preflight(
        kitchen.run(), kitchen.places, folder, models_bytes=7, progress=stages.append
    )
    assert [str(f) for f in report.findings if f.severity == "stop"] == []
    assert report.step_s is not None
    assert report.models_bytes == 7
    assert report.eta_s is not None
    assert report.start_s is not None
    assert report.eta_s > report.start_s > 0
    assert PreflightReport.read(folder / REPORT) == report
    # Who looks now and then may miss a quick one; the process has written all.
    written = [json.loads(line)["stage"] for line in (folder / STAGES).read_text().splitlines()]
    assert Stage.LONGEST in written
    assert stages
    assert stages == sorted(stages, key=list(Stage).index)
    assert not kitchen.places.runs.exists()
    assert children_of(folder) == []


def test_what_is_wrong_at_a_glance_is_not_tried(kitchen, tmp_path, monkeypatch):
    monkeypatch.setattr(launch, "_started", None)  # would fail
    spec = kitchen.run(args={"learning_rate": 0.5})
    report = run_preflight(spec, kitchen.places, tmp_path / "preflight", models_bytes=0)
    assert report.findings == quick_findings(spec, kitchen.places)
    assert report.verdict == "stop"
    assert not (tmp_path / "preflight").exists()


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """A program in the place of Python: does what it is told, in no time."""

    def make(body: str) -> None:
        path = tmp_path / "stand-in"
        head = f"#!{sys.executable}\nimport json, os, signal, sys, time\nfrom pathlib import Path\n"
        tail = "folder = Path(sys.argv[-1])\n"
        path.write_text(head + tail + textwrap.dedent(body), "utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setattr("loupe.training.preflight.launch.sys.executable", str(path))

    return make


def test_a_cancelled_one_is_killed_with_all_that_it_started(kitchen, tmp_path, stand_in):
    stand_in("os.fork()\n(folder / str(os.getpid())).touch()\ntime.sleep(600)\n")
    folder = tmp_path / "preflight"
    pids: list[int] = []

    def cancelled() -> bool:
        pids[:] = [int(path.name) for path in folder.iterdir() if path.name.isdecimal()]
        return len(pids) == 2

    with pytest.raises(Cancelled):
        run_preflight(kitchen.run(), kitchen.places, folder, models_bytes=0, cancelled=cancelled)
    gone_by = time.monotonic() + 10
    while any(_lives(pid) for pid in pids) and time.monotonic() < gone_by:
        time.sleep(0.01)
    assert not any(_lives(pid) for pid in pids)
    assert not (folder / REPORT).exists()


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_one_that_the_system_kills_over_a_batch_is_tried_with_a_smaller_one(
    kitchen, tmp_path, stand_in
):
    stand_in(
        """
        asked = json.loads((folder / "question.json").read_text())
        with (folder / "asked").open("a") as file:
            file.write(f"{asked['batch_max']} ")
        (folder / "preflight.jsonl").write_text(
            json.dumps({"event": "stage", "stage": "one step at the longest batch"}) + "\\n"
        )
        if asked["batch_max"] != 1:
            os.kill(os.getpid(), signal.SIGKILL)
        report = {"schema_version": 1, "findings": [], "shown": [], "new_modules": [], "batch": 1}
        (folder / "preflight.json").write_text(json.dumps(report))
        """
    )
    folder = tmp_path / "preflight"
    report = run_preflight(kitchen.run(), kitchen.places, folder, models_bytes=0)
    assert (folder / "asked").read_text() == "None 2 1 "
    assert report.batch == 1


@pytest.mark.parametrize(
    ("body", "words", "tries"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "want of memory", 1),
        ("print('red', file=sys.stderr)\nsys.exit(3)", "exit code 3", 1),
    ],
)
def test_one_that_dies_is_told(body, words, tries, kitchen, tmp_path, stand_in):
    stand_in(f"(folder / 'tries').open('a').write('x')\n{body}\n")
    folder = tmp_path / "preflight"
    report = run_preflight(kitchen.run(), kitchen.places, folder, models_bytes=0)
    (found,) = [f for f in report.findings if f.severity == "stop"]
    assert words in str(found)
    assert (folder / "tries").read_text() == "x" * tries
    if "red" in body:
        assert "red" in (found.detail or "")


def test_an_old_report_is_not_taken_for_a_new_one(kitchen, tmp_path, stand_in):
    stand_in("sys.exit(3)")
    folder = tmp_path / "preflight"
    folder.mkdir()
    PreflightReport(step_s=1.0).write(folder / REPORT)
    (folder / STAGES).write_text("old\n", "utf-8")
    report = run_preflight(kitchen.run(), kitchen.places, folder, models_bytes=0)
    assert report.step_s is None
    assert report.verdict == "stop"


def test_it_gets_the_run_and_the_servers_folders(kitchen, tmp_path, stand_in):
    stand_in(
        "keys = ('LOUPE_HOME', 'LOUPE_ROOTS', 'HF_HUB_CACHE')\n"
        "(folder / 'env').write_text(json.dumps({k: os.environ[k] for k in keys}))\n"
        "(folder / 'session').write_text(str(os.getsid(0) == os.getpid()))\n"
    )
    folder, spec = tmp_path / "preflight", kitchen.run()
    run_preflight(spec, kitchen.places, folder, models_bytes=0)
    environment = json.loads((folder / "env").read_text("utf-8"))
    assert environment["LOUPE_HOME"] == str(kitchen.places.state)
    assert environment["LOUPE_ROOTS"].split(os.pathsep) == [str(r) for r in kitchen.places.roots]
    assert (folder / "session").read_text() == "True"
    assert type(spec).read(folder / SPEC) == spec
