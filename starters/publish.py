"""Turn a finished run's best checkpoint into a starter's folder.

    python -m starters.publish RUN_DIR OUT_DIR [--notes FILE]

The folder holds the weights as float16 (an adapter's too), the configuration, the tokenizer, the
run's run.yaml, and as README.md the run's model card, followed by the text of --notes. Nothing of
the training's state comes along. It is loaded again before it takes OUT_DIR's place, and each
weight is compared with the run's; a fault leaves OUT_DIR as it was.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from loupe.checkpoints.adapters import read_base
from loupe.checkpoints.loading import load
from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef
from loupe.checkpoints.resolve import resolve
from loupe.checkpoints.weights import is_adapter, weight_files
from loupe.errors import InvalidInput
from loupe.tasks.trainables import TRAINABLES
from loupe.training.run_folder import RunFolder
from loupe.training.spec import RunSpec

PROJECT = Path(__file__).resolve().parents[1]
# All that a checkpoint of a run is read from, beside its weights. What is not named here, such as
# the optimizer's state, stays behind.
FILES = (
    "config.json",
    "generation_config.json",
    "adapter_config.json",
    "base.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
    "spiece.model",
    "source.spm",
    "target.spm",
    "vocab.json",
    "merges.txt",
)
CONFIG, RUN, CARD = "config.json", "run.yaml", "README.md"


def publish(run: Path, out: Path, places: Places, notes: str = "") -> int:
    """Write the folder; its size in bytes. notes: Markdown that goes after the card.

    Raises InvalidInput where the run has not finished, where `out` holds something else than a
    published run, and where a weight is too large for float16; a LoupeError where what was written
    does not load.
    """
    folder = RunFolder(run)
    checkpoint = best_checkpoint(folder)
    if out.exists() and any(out.iterdir()) and not (out / RUN).is_file():
        raise InvalidInput(
            "“{path}” holds something else than a published run.",
            "Choose another folder.",
            path=str(out),
        )
    fresh = out.with_name(f".{out.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        _write(folder, checkpoint, fresh, notes)
        check(checkpoint, fresh, places)
        old = out.with_name(f".{out.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        if out.exists():
            out.rename(old)
        fresh.rename(out)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return size_bytes(out)


def best_checkpoint(folder: RunFolder) -> Path:
    """The checkpoint that the run itself judged the best. Raises InvalidInput where it goes on."""
    finished = folder.read_finished()
    if finished is None or finished["best_step"] not in folder.steps():
        raise InvalidInput(
            "The run “{name}” has not finished.",
            "Wait for its end, or start it again.",
            name=folder.id,
        )
    return folder.checkpoints / str(finished["best_step"])


def _write(folder: RunFolder, checkpoint: Path, out: Path, notes: str) -> None:
    for file in weight_files(checkpoint, folder.id):
        save_file(_halved(load_file(file)), out / file.name, metadata={"format": "pt"})
    for index in checkpoint.glob("*.safetensors.index.json"):
        shutil.copyfile(index, out / index.name)
    for name in FILES:
        if (checkpoint / name).is_file():
            shutil.copyfile(checkpoint / name, out / name)
    # What a plain from_pretrained turns the weights into: float16 is how they are stored, and
    # neither exact nor fast to compute with on a CPU.
    config = {**json.loads((out / CONFIG).read_text("utf-8")), "dtype": "float32"}
    config |= _direction(RunSpec.read(folder.spec))
    _write_text(out / CONFIG, json.dumps(config, indent=2, sort_keys=True))
    shutil.copyfile(folder.spec, out / RUN)
    _write_text(out / CARD, "\n\n".join(filter(None, (_text(folder.card), notes.strip()))))
    for path in out.iterdir():
        path.chmod(0o644)  # safetensors writes for the owner alone


def _direction(spec: RunSpec) -> dict[str, Any]:
    """What a translator's config says about its direction, as T5's does; its card names source and
    target, in this order.
    """
    if spec.task != "translation" or len(spec.card.language) != 2:
        return {}
    source, target = spec.card.language
    return {"task_specific_params": {f"translation_{source}_to_{target}": {}}}


def _halved(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    halved = {
        name: tensor.to(torch.float16) if tensor.is_floating_point() else tensor
        for name, tensor in tensors.items()
    }
    for name, tensor in halved.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise InvalidInput(
                "The weight {name} has values that float16 cannot hold.",
                "Train with a smaller learning rate or more weight decay.",
                name=name,
            )
    return halved


def check(checkpoint: Path, published: Path, places: Places) -> None:
    """Load a checkpoint and what was published of it, and compare all weights.

    Raises InvalidInput where one differs by more than float16 has to, and as `loading.load`. Of an
    adapter the weights are compared as stored: merged into the base they round differently.
    """
    model = load_checkpoint(published, places)
    if is_adapter(checkpoint):
        ours, theirs = (_stored(path) for path in (published, checkpoint))
    else:
        ours, theirs = model.state_dict(), load_checkpoint(checkpoint, places).state_dict()
    for name, tensor in theirs.items():
        if not torch.equal(ours[name].float(), _halved({name: tensor})[name].float()):
            raise InvalidInput("The weight {name} came back otherwise.", "—", name=name)


def _stored(folder: Path) -> dict[str, torch.Tensor]:
    return {k: v for file in weight_files(folder, folder.name) for k, v in load_file(file).items()}


def load_checkpoint(folder: Path, places: Places) -> Any:
    """A run's or a published checkpoint as Loupe loads it, in float32 on the CPU."""
    base = None
    if is_adapter(folder):
        auto_class = read_base(folder).auto_class
        base = resolve(CheckpointRef.parse(read_base(folder).ref), places).folder
    else:
        spec = folder if (folder / RUN).is_file() else folder.parents[1]
        auto_class = TRAINABLES[RunSpec.read(spec / RUN).task].auto_class
    model, _ = load(
        folder,
        auto_class,
        device=torch.device("cpu"),
        dtype=torch.float32,
        name=folder.name,
        base=base,
    )
    return model


def size_bytes(folder: Path) -> int:
    """Of all files in it."""
    return sum(path.stat().st_size for path in folder.iterdir())


def _text(path: Path) -> str:
    return path.read_text("utf-8").strip()


def _write_text(path: Path, text: str) -> None:
    path.write_text(text + "\n", "utf-8")


def main() -> None:
    """Read the arguments, publish, and print the sizes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("run", type=Path, help="folder of a finished run")
    parser.add_argument("out", type=Path, help="folder of the starter")
    parser.add_argument("--notes", type=Path, help="Markdown that goes after the card")
    args = parser.parse_args()
    places = Places.from_environment(os.environ, PROJECT)
    notes = _text(args.notes) if args.notes else ""
    total = publish(args.run.resolve(), args.out.resolve(), places, notes)
    for path in sorted(args.out.iterdir()):
        print(f"{path.stat().st_size:>12,}  {path.name}")
    print(f"{total:>12,}  bytes in all")


if __name__ == "__main__":
    main()
