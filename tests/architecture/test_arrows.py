"""The core runs where no user interface is installed; the arrows themselves are import-linter's."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import loupe

_BLOCKED = """
import importlib, sys

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"streamlit", "plotly", "components", "pages"}:
            raise ImportError(f"the core must not import {name}")

sys.meta_path.insert(0, Block())
for name in sys.argv[1:]:
    importlib.import_module(name)
print("imported", len(sys.argv) - 1)
"""


def core_modules() -> list[str]:
    found = pkgutil.walk_packages(loupe.__path__, "loupe.")
    return [module.name for module in found if not module.name.endswith("__main__")]


def test_every_core_module_imports_without_a_user_interface() -> None:
    modules = core_modules()
    assert len(modules) > 20
    done = subprocess.run(
        [sys.executable, "-c", _BLOCKED, *modules], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"imported {len(modules)}" in done.stdout


def test_the_block_itself_blocks() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _BLOCKED, "components.colours"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "the core must not import" in done.stderr
