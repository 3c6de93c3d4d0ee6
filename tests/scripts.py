"""Runs a script that a page shows, and gives what it prints."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from pathlib import Path


def run_here(script: str) -> str:
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(script, "script", "exec"), {"__name__": "__main__"})
    return output.getvalue()


def run_alone(script: str, folder: Path) -> str:
    """In a process that cannot import Loupe."""
    file = folder / "script.py"
    file.write_text(script, encoding="utf-8")
    command = [sys.executable, "-I", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout
