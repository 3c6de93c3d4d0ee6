"""`python -m loupe.training RUN_DIR` as the server starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from loupe.data.spec import DataSpec, Role, Source
from loupe.training.__main__ import BUSY, FAILED, FINISHED, STOPPED, USAGE, main
from loupe.training.events import read_events
from loupe.training.run_folder import RunFolder
from tests.tiny_models import SENTENCES

PROJECT = Path(__file__).parents[3]
DEADLINE_S = 60


@pytest.fixture
def start(tiny, tmp_path):
    environment = {
        **os.environ,
        "LOUPE_ROOTS": f"{tiny}{os.pathsep}{tmp_path}",
        "LOUPE_HOME": str(tmp_path),
        "HF_DATASETS_CACHE": str(tmp_path / "datasets"),
    }

    def start(folder: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "loupe.training", str(folder)],
            cwd=PROJECT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    return start


def wait_for(folder: RunFolder, event: str, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline and process.poll() is None:
        for found in read_events(folder.events)[0]:
            if found["event"] == event:
                return found
        time.sleep(0.05)
    raise AssertionError(f"no event {event}: {folder.log.read_text('utf-8')[-2000:]}")


@pytest.mark.slow
def test_sigterm_saves_and_a_second_start_goes_on_to_the_end(make_spec, write_run, start, tmp_path):
    texts = tmp_path / "texts.txt"
    texts.write_text("\n".join(SENTENCES * 5), "utf-8")
    spec = make_spec(args={"max_steps": 400, "eval_steps": 400, "save_steps": 400})
    source = Source(path=str(texts), columns={Role.TEXT: 0})
    spec = spec.model_copy(update={"data": DataSpec(train=(source,), holdout=0.2)})
    folder = RunFolder(write_run(spec))
    first = start(folder.path)
    wait_for(folder, "loss", first)
    # Held still, so that it is in the middle of its steps however long the second one takes.
    first.send_signal(signal.SIGSTOP)
    second = start(folder.path)
    second.communicate(timeout=DEADLINE_S)
    assert second.returncode == BUSY
    first.send_signal(signal.SIGTERM)
    first.send_signal(signal.SIGCONT)
    output, _ = first.communicate(timeout=DEADLINE_S)
    assert first.returncode == STOPPED, folder.log.read_text("utf-8")[-2000:]
    assert output == b"", "all of it is in log.txt"
    (step,) = folder.steps()
    assert 0 < step < 400
    assert folder.read_finished() is None
    again = start(folder.path)
    assert again.communicate(timeout=DEADLINE_S)[0] == b""
    assert again.returncode == FINISHED, folder.log.read_text("utf-8")[-2000:]
    resumed = [e["step"] for e in read_events(folder.events)[0] if e["event"] == "resumed"]
    assert resumed == [step]
    assert "train_loss" in folder.log.read_text("utf-8")


def test_a_wrong_run_yaml_is_told_by_one_event_and_the_exit_code(tmp_path, start):
    folder = RunFolder(tmp_path / "runs" / "wrong")
    folder.path.mkdir(parents=True)
    folder.spec.write_text("schema_version: 1\ntask: guess\n", "utf-8")
    process = start(folder.path)
    process.communicate(timeout=DEADLINE_S)
    assert process.returncode == FAILED
    (event,) = read_events(folder.events)[0]
    assert event["event"] == "failed"
    assert event["remedy"]
    assert "Traceback" not in folder.log.read_text("utf-8")


@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["/nonexistent/run"]])
def test_without_a_folder_it_says_how_it_is_used(arguments, capsys):
    assert main(arguments) == USAGE
    assert "usage" in capsys.readouterr().err
