"""What lies in starters/ is small, whole, and says what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from loupe.checkpoints.places import Places
from loupe.checkpoints.starters import list_starters
from loupe.checkpoints.weights import is_adapter, read_header, weight_files
from loupe.training.spec import RunSpec

STARTERS = Path(__file__).parents[3] / "starters"
FOLDERS = sorted(path.parent for path in STARTERS.glob("*/config.json"))
LIMITS_MB = {"fill-mask-en": 21, "generate-en": 13, "translate-en-fr": 11}
ADAPTERS_MB, ALL_MB = 3, 48
MB = 1_000_000


def size_mb(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.iterdir()) / MB


def test_they_are_light() -> None:
    sizes = {folder.name: size_mb(folder) for folder in FOLDERS}
    for name in sizes.keys() & LIMITS_MB.keys():
        assert sizes[name] <= LIMITS_MB[name], name
    assert sum(size for name, size in sizes.items() if name not in LIMITS_MB) <= ADAPTERS_MB
    assert sum(sizes.values()) <= ALL_MB


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_each_is_stored_in_half_precision_without_the_state_of_its_training(folder: Path) -> None:
    tensors = [t for file in weight_files(folder, folder.name) for t in read_header(file, "x")]
    assert {tensor.dtype for tensor in tensors} == {"F16"}
    assert not {"optimizer.pt", "scheduler.pt", "trainer_state.json"} & {
        file.name for file in folder.iterdir()
    }
    assert (folder / "base.json").is_file() == is_adapter(folder)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_each_card_says_licence_and_limits(folder: Path) -> None:
    card = (folder / "README.md").read_text("utf-8")
    assert "\nlicense: " in card
    assert "## What it cannot do" in card


@pytest.mark.parametrize(
    "folder", [f for f in FOLDERS if f.name != "fill-mask-en"], ids=lambda folder: folder.name
)
def test_each_run_says_whose_its_data_are_and_names_no_machine(folder: Path) -> None:
    spec = RunSpec.read(folder / "run.yaml")
    assert spec.name == folder.name
    for source in (*spec.data.train, *spec.data.validation):
        assert source.license
        assert source.attribution
        assert not Path(source.path).is_absolute()


def test_each_is_offered_for_the_task_of_its_run() -> None:
    places = Places((), STARTERS, Path(), Path())
    for starter in list_starters(places):
        run = STARTERS / starter.ref.id / "run.yaml"
        assert not run.is_file() or RunSpec.read(run).task == starter.task
