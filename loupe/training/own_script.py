"""A run as a short Python file, and as a command, for runs that no plain script says."""

from __future__ import annotations

from shlex import quote
from string import Template

from loupe.training.spec import RunSpec

_SCRIPT = Template('''\
"""$name: $task, trained by Loupe. Run it in the folder that Loupe lies in."""

import os
from pathlib import Path

from loupe.checkpoints.places import Places
from loupe.training.job import run

RUN = """\\
$text"""

if __name__ == "__main__":
    folder = Path($folder)
    folder.mkdir(exist_ok=True)
    (folder / "run.yaml").write_text(RUN, "utf-8")
    # Started again it goes on from its last checkpoint; events.jsonl there says how far it is.
    print(run(folder, Places.from_environment(os.environ, Path.cwd())).value)
''')


def own_script(spec: RunSpec) -> str:
    """Trains the same run.yaml, in a folder that is called like the run."""
    text = spec.to_yaml().replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return _SCRIPT.substitute(name=spec.name, task=spec.task, folder=repr(spec.name), text=text)


def command(spec: RunSpec) -> str:
    """Lines of a shell; run.yaml lies in the working folder."""
    name = quote(spec.name)
    return f"mkdir {name}\nmv run.yaml {name}/\npython -m loupe.training {name}\n"
