"""From a dataset of the hub to sources that are opened like any file, and back to the file.

In a `run.yaml` a file of the hub is `path: hub:OWNER/NAME@COMMIT/path/in/repository.parquet`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from loupe.checkpoints.hub import repo_folder
from loupe.checkpoints.ref import is_hub_id, shown
from loupe.data.hub.dataset import HubDataset
from loupe.data.hub.download import files_to_fetch
from loupe.data.hub.listing import is_safe_path
from loupe.data.hub.ref import HUB_PREFIX
from loupe.data.spec import Format, Source
from loupe.errors import DatasetNotHere, InvalidInput, OutsideRoots

_FILE = re.compile(rf"{HUB_PREFIX}(?P<id>[^@\s]+)@(?P<commit>[0-9a-f]{{40}})/(?P<path>.+)")
# Endings that the hub knows, and that do not say themselves which format it is.
_FORMATS: dict[str, Format] = {
    ".geoparquet": "parquet",
    ".gpq": "parquet",
    ".conllu": "conll",
    ".ndjson": "jsonl",
}


def sources_of(
    dataset: HubDataset,
    cache: Path,
    *,
    config: str | None = None,
    splits: Sequence[str] = (),
) -> list[tuple[str, Source]]:
    """One source a file, in order, each with its split's name; a split in shards comes repeatedly.

    Raises InvalidInput for a config or split that is not there, DatasetNotHere where files are
    still to be downloaded.
    """
    chosen = dataset.config(config)
    found: list[tuple[str, Source]] = []
    for split in dataset.splits(config, splits):
        if split.missing_files:
            raise _not_here(dataset, split.missing_files, split.name)
        missing = files_to_fetch(dataset, cache, config=chosen.name, splits=(split.name,))
        if missing:
            raise _not_here(dataset, len(missing), split.name)
        for file in split.files:
            named = _FORMATS.get(Path(file.path).suffix.lower())
            found.append(
                (
                    split.name,
                    Source.model_validate(
                        {
                            **({"format": named} if named else {}),
                            **chosen.reading,
                            "path": f"{HUB_PREFIX}{dataset.id}@{dataset.commit}/{file.path}",
                            "license": dataset.license,
                            "attribution": f"{dataset.id}, {dataset.page}",
                        }
                    ),
                )
            )
    return found


def resolve_hub_file(path: str, *, cache: Path) -> Path:
    """The file in the hub's cache that a source's `path` means.

    Its name keeps its ending: the cache's own files have none, and are linked to.
    Raises InvalidInput for a path of another form, DatasetNotHere where it was not downloaded,
    OutsideRoots for a link that leads out of the dataset's folder in the cache.
    """
    match = _FILE.fullmatch(path)
    if match is None or not is_hub_id(match["id"]) or not is_safe_path(match["path"]):
        raise InvalidInput(
            "“{path}” does not name a file of the model hub.",
            "Write hub:OWNER/NAME@COMMIT/PATH, with the whole commit of 40 digits.",
            path=shown(path),
        )
    storage = repo_folder(cache, match["id"], "dataset")
    file = storage / "snapshots" / match["commit"] / match["path"]
    if not file.is_file():
        raise DatasetNotHere(
            "The file “{file}” of the dataset “{id}” is not on this machine (commit {commit}).",
            "Open “{id}” at this commit by “Inspect a dataset” and download it, or copy "
            "{folder_name} from another machine's cache to {folder}.",
            file=match["path"],
            id=match["id"],
            commit=match["commit"],
            folder_name=storage.name,
            folder=storage.absolute(),
        )
    if not file.resolve().is_relative_to(storage.resolve()):
        raise OutsideRoots(
            "“{path}” leads out of the model hub's cache.",
            "Remove {folder} and download the dataset again.",
            path=shown(path),
            folder=storage.absolute(),
        )
    return file


def _not_here(dataset: HubDataset, count: int, split: str) -> DatasetNotHere:
    return DatasetNotHere(
        "{count} files of the split “{split}” of “{id}” are not on this machine.",
        "Download them first.",
        count=count,
        split=split,
        id=dataset.id,
    )
