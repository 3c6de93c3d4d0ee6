"""A run as a short file of Python, and as a command."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from loupe.data.spec import DataSpec, Role, Source
from loupe.training.own_script import command, own_script
from loupe.training.run_folder import RunFolder
from loupe.training.spec import Arguments, ModelSpec, RunSpec

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[3]


def make_spec(
    checkpoint: str = "starter:fill-mask-en", sample_inputs: tuple[str, ...] = ()
) -> RunSpec:
    return RunSpec(
        name="tiny-run",
        task="text-classification",
        model=ModelSpec(checkpoint=checkpoint),
        data=DataSpec(
            train=(Source(path="rows.csv", columns={Role.TEXT: "text", Role.LABEL: "label"}),),
            holdout=0.0,
        ),
        args=Arguments(max_steps=1, per_device_train_batch_size=4),
        max_length=8,
        sample_inputs=sample_inputs,
    )


def test_the_script_holds_the_same_run_whatever_is_in_it() -> None:
    odd = make_spec(sample_inputs=('a """ quote', "back\\slash \\n", "今天 $5 {x}", "'single'"))
    names: dict[str, object] = {"__name__": "not main"}
    exec(compile(own_script(odd), "script", "exec"), names)
    assert RunSpec.from_yaml(str(names["RUN"])) == odd


def test_the_script_trains(tmp_path: Path, tiny: Path) -> None:
    (tmp_path / "rows.csv").write_text("text,label\n" + "good day,a\nbad day,b\n" * 4, "utf-8")
    script = tmp_path / "script.py"
    script.write_text(own_script(make_spec(f"folder:{tiny / 'bert'}")), "utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": str(PROJECT),
        "LOUPE_ROOTS": os.pathsep.join([str(tmp_path), str(tiny)]),
        "LOUPE_HOME": str(tmp_path / "home"),
        "HF_HUB_OFFLINE": "1",
    }
    ended = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.stdout.splitlines()[-1:] == ["finished"], ended.stderr
    assert RunFolder(tmp_path / "tiny-run").steps() == (1,)


def test_the_command_is_one_of_a_shell() -> None:
    lines = command(make_spec()).splitlines()
    assert [shlex.split(line)[0] for line in lines] == ["mkdir", "mv", "python"]
    assert lines[-1] == "python -m loupe.training tiny-run"
    assert "run.yaml" in lines[1]
