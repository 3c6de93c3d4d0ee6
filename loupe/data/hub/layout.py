"""From what a repository holds to configs, splits and files, as `datasets` would see them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from datasets.data_files import DataFilesList, sanitize_patterns
from datasets.load import infer_module_for_data_files_list
from datasets.packaged_modules import _MODULE_TO_EXTENSIONS
from datasets.utils.metadata import MetadataConfigs

from loupe.data.hub.card import BadCard, read_metadata
from loupe.data.hub.dataset import HubConfig, HubDataset, HubSplit
from loupe.data.hub.listing import README, DataFile, Listing
from loupe.data.hub.patterns import OutsideRepository, PatternSearch
from loupe.data.hub.reading import reading_of
from loupe.data.hub.ref import PARQUET_REVISION, DatasetRef
from loupe.errors import LoupeError, Phrase, UnsupportedDataset

DEFAULT_CONFIG = "default"
# The modules of `datasets` whose files hold rows of text; the others read pictures, sounds, genes.
_READ_MODULES = {"csv", "json", "parquet", "arrow", "text", "conll"}
_ZIP = ".zip"
_SHARD = re.compile(r"(.*)-(\d{5})-of-(\d{5})\b.*")
# The copy that the hub makes. “partial-”: it stopped at so many gigabytes.
_CONVERTED = re.compile(r"([^/]+)/(partial-)?([^/]+)/\d{4,}\.parquet")


def lay_out(
    listing: Listing,
    ref: DatasetRef,
    endpoint: str,
    *,
    from_cache: bool = False,
    why_cache: Phrase | None = None,
) -> HubDataset:
    """What can be chosen from one commit of a dataset.

    Raises UnsupportedDataset: a loading script, no readable files, a card that makes no sense; its
    params hold `offer`, the reference of the hub's Parquet copy, where there is one.
    """
    try:
        metadata = read_metadata(listing)
        named = _named_configs(metadata)
        default = named.get_default_config_name()
    except (BadCard, ValueError, TypeError, AttributeError) as error:
        raise _refuse(
            listing,
            "The README of “{id}” describes its files in a way that cannot be read.",
            "Choose another revision, whose README is right.",
            detail=str(error),
        ) from error
    has_patterns = any(params.get("data_files") is not None for params in named.values())
    if not has_patterns and _has_script(listing):
        raise _refuse(
            listing,
            "“{id}” is read by a script of its own, and loading scripts are gone: Loupe runs "
            "nobody's code.",
            "Look for a copy of it in Parquet, under another owner or as the revision {revision}.",
        )
    configs = _find_configs(listing, named, ref.revision)
    readme = next((file for file in listing.files if file.path == README), None)
    return HubDataset(
        ref=DatasetRef(listing.id, ref.revision),
        commit=listing.commit,
        configs=configs,
        page=f"{endpoint}/datasets/{listing.id}",
        readme=readme,
        default_config=configs[0].name
        if len(configs) == 1
        else default
        if default in {config.name for config in configs}
        else None,
        gated=listing.gated,
        license=_license(metadata),
        from_cache=from_cache,
        why_cache=why_cache,
    )


def _named_configs(metadata: Mapping[str, Any]) -> MetadataConfigs:
    """The card's configs, checked as `datasets` does."""
    configs = metadata.get(MetadataConfigs.FIELD_NAME)
    if isinstance(configs, list):
        # Types of columns are read from the files; a card's are not needed, and may be wrong.
        configs = [{k: v for k, v in config.items() if k != "features"} for config in configs]
    named = MetadataConfigs.from_dataset_card_data({MetadataConfigs.FIELD_NAME: configs})
    return MetadataConfigs({str(name): params for name, params in named.items()})


def _has_script(listing: Listing) -> bool:
    name = listing.id.rpartition("/")[2]
    return any(file.path == f"{name}.py" for file in listing.files)


def _find_configs(
    listing: Listing, named: MetadataConfigs, revision: str | None
) -> tuple[HubConfig, ...]:
    if not named and revision == PARQUET_REVISION and (converted := _converted(listing)):
        return converted
    search = PatternSearch({file.path: file.size for file in listing.files})
    found: list[HubConfig] = []
    trouble: LoupeError | None = None
    for name, params in (named or {DEFAULT_CONFIG: {}}).items():
        try:
            found.append(_find_config(listing, search, name, params))
        except UnsupportedDataset as error:
            # One bad config must not hide the others.
            trouble = trouble or error
    if not found:
        assert trouble is not None
        raise trouble
    return tuple(found)


def _find_config(
    listing: Listing, search: PatternSearch, name: str, params: Mapping[str, Any]
) -> HubConfig:
    folder, data_files = str(params.get("data_dir") or ""), params.get("data_files")
    try:
        patterns = (
            sanitize_patterns(data_files)
            if data_files is not None
            else search.usual_patterns(folder)
        )
        paths = {
            str(split): _find_files(listing, search, [str(p) for p in wanted], folder)
            for split, wanted in patterns.items()
        }
    except OutsideRepository as error:
        raise _refuse(
            listing,
            "The README of “{id}” names files that are not its own, for the config “{config}”: "
            "{pattern}.",
            "Choose another config, or another dataset.",
            config=name,
            pattern=repr(str(error)[:200]),
        ) from error
    except FileNotFoundError as error:
        raise _no_files(listing, name, str(error)) from error
    except (ValueError, TypeError, re.error) as error:
        raise _refuse(
            listing,
            "The README of “{id}” describes the files of the config “{config}” in a way that "
            "cannot be read.",
            "Choose another config or another revision.",
            config=name,
            detail=str(error),
        ) from error
    module = _module_of(listing, name, [path for found in paths.values() for path in found])
    by_path = {file.path: file for file in listing.files}
    splits = tuple(
        _make_split(listing, split, [by_path[path] for path in _of_module(found, module)])
        for split, found in paths.items()
    )
    splits = tuple(split for split in splits if split.files)
    if not splits:
        raise _no_files(listing, name, "")
    return HubConfig(name, splits, reading_of(module, params))


def _find_files(
    listing: Listing, search: PatternSearch, patterns: Sequence[str], folder: str
) -> list[str]:
    try:
        return search.find(patterns, folder)
    except FileNotFoundError:
        if listing.whole:
            raise
        # In the cache lies what was asked for, and nothing else.
        found = [_find_if_there(search, pattern, folder) for pattern in patterns]
        return list(dict.fromkeys(path for paths in found for path in paths))


def _find_if_there(search: PatternSearch, pattern: str, folder: str) -> list[str]:
    try:
        return search.find([pattern], folder)
    except FileNotFoundError:
        return []


def _module_of(listing: Listing, config: str, paths: Sequence[str]) -> str | None:
    """The module of `datasets` that would read these files; None for archives alone.

    Raises UnsupportedDataset where it is none that reads text.
    """
    if not paths:
        raise _no_files(listing, config, "")
    # Without the ending of an archive: what is in it is seen only when it is here.
    names = [path.removesuffix(_ZIP) for path in paths]
    module, _ = infer_module_for_data_files_list(DataFilesList(names, []))
    if module is None and any(path.endswith(_ZIP) for path in paths):
        return None
    if module not in _READ_MODULES:
        raise _no_files(listing, config, module or "")
    return str(module)


def _of_module(paths: Sequence[str], module: str | None) -> list[str]:
    if module is None:
        return [path for path in paths if path.endswith(_ZIP)]
    # A licence in .txt beside tables in .csv is no data.
    endings = [ending for ending in _MODULE_TO_EXTENSIONS[module] if ending != _ZIP]
    return list(DataFilesList(list(paths), []).filter(extensions=endings))


def _make_split(listing: Listing, name: str, files: Sequence[DataFile]) -> HubSplit:
    return HubSplit(name, tuple(files), 0 if listing.whole else _missing(files))


def _missing(files: Sequence[DataFile]) -> int:
    """How many shards their names say there are more: “train-00000-of-00003.parquet” is alone."""
    sets: dict[tuple[str, int], int] = {}
    for file in files:
        if match := _SHARD.fullmatch(file.path):
            key = match[1], int(match[3])
            sets[key] = sets.get(key, 0) + 1
    return sum(max(0, count - here) for (_, count), here in sets.items())


def _converted(listing: Listing) -> tuple[HubConfig, ...]:
    found: dict[str, dict[tuple[str, bool], list[DataFile]]] = {}
    for file in listing.files:
        if match := _CONVERTED.fullmatch(file.path):
            split = match[3], match[2] is not None
            found.setdefault(match[1], {}).setdefault(split, []).append(file)
    return tuple(
        HubConfig(
            config,
            tuple(
                HubSplit(name, tuple(files), partial=partial)
                for (name, partial), files in splits.items()
            ),
        )
        for config, splits in found.items()
    )


def _license(metadata: Mapping[str, Any]) -> str:
    said = metadata.get("license")
    names = said if isinstance(said, list) else [said]
    return ", ".join(str(name) for name in names if isinstance(name, str))


def _no_files(listing: Listing, config: str, detail: str) -> UnsupportedDataset:
    if listing.whole:
        return _refuse(
            listing,
            "The config “{config}” of “{id}” has no files that Loupe reads as rows of text.",
            "Choose a dataset of csv, tsv, json, jsonl, parquet, arrow, txt or CoNLL files.",
            config=config,
            detail=detail or None,
        )
    return _refuse(
        listing,
        "Of the config “{config}” of “{id}” no data is on this machine.",
        "Download it when the hub can be reached.",
        config=config,
        detail=detail or None,
    )


def _refuse(
    listing: Listing, message: str, remedy: str, *, detail: str | None = None, **params: object
) -> UnsupportedDataset:
    offer = None
    if PARQUET_REVISION in listing.convert_revisions:
        offer = str(DatasetRef(listing.id, PARQUET_REVISION))
        remedy = "Open the copy that the hub made of it in Parquet: {offer}."
    return UnsupportedDataset(
        message,
        remedy,
        detail=detail,
        id=listing.id,
        offer=offer,
        revision=PARQUET_REVISION,
        **params,
    )
