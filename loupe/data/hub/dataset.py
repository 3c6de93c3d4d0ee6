"""A dataset of the hub as a person chooses from it: configs, splits, and the files of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from loupe.data.hub.listing import DataFile
from loupe.data.hub.ref import DatasetRef
from loupe.errors import InvalidInput, Phrase


@dataclass(frozen=True, slots=True)
class HubSplit:
    """One split of one config, in as many files as its author cut it into.

    missing_files: how many more there are than the cache knows of; only of a dataset of which
    nothing but the cache is known. partial: the hub stopped its Parquet copy before the end.
    """

    name: str
    files: tuple[DataFile, ...]
    missing_files: int = 0
    partial: bool = False

    @property
    def bytes_total(self) -> int:
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class HubConfig:
    """One of a dataset's tables, or versions.

    reading: how the card says its files are read; fields of `Reading`.
    """

    name: str
    splits: tuple[HubSplit, ...]
    reading: Mapping[str, object] = field(default_factory=dict)

    @property
    def bytes_total(self) -> int:
        return sum(split.bytes_total for split in self.splits)


@dataclass(frozen=True, slots=True)
class HubDataset:
    """What one commit of a dataset holds.

    ref: as it was asked for, its id as the hub writes it. commit: 40 hexadecimal digits.
    default_config: the one its author means where none is named; None where several are equal.
    gated: its files are handed out only to those who accepted its licence on its page.
    license: as the card names it (“cc-by-4.0”), “” where it does not. page: its address.
    from_cache: nobody was asked; this is what lies on this machine. why_cache: what kept the hub
    from being asked, where that is a fault.
    """

    ref: DatasetRef
    commit: str
    configs: tuple[HubConfig, ...]
    page: str
    readme: DataFile | None = None
    default_config: str | None = None
    gated: bool = False
    license: str = ""
    from_cache: bool = False
    why_cache: Phrase | None = None

    @property
    def id(self) -> str:
        return self.ref.id

    def config(self, name: str | None = None) -> HubConfig:
        """The config of this name, or the default one.

        Raises InvalidInput that lists the configs there are.
        """
        wanted = name if name is not None else self.default_config
        names = [config.name for config in self.configs]
        if wanted is None:
            raise InvalidInput(
                "“{id}” has several configs, and none is chosen.",
                "Choose one of: {names}.",
                id=self.id,
                names=listed(names),
            )
        if wanted not in names:
            raise InvalidInput(
                "“{id}” has no config “{config}”.",
                "Choose one of: {names}.",
                id=self.id,
                config=wanted,
                names=listed(names),
            )
        return self.configs[names.index(wanted)]

    def splits(self, config: str | None = None, splits: Sequence[str] = ()) -> tuple[HubSplit, ...]:
        """The chosen splits of a config, all of them where none is named, in the config's order.

        Raises InvalidInput that lists the configs or splits there are.
        """
        chosen = self.config(config)
        names = [split.name for split in chosen.splits]
        for wanted in splits:
            if wanted not in names:
                raise InvalidInput(
                    "The config “{config}” of “{id}” has no split “{split}”.",
                    "Choose from: {names}.",
                    id=self.id,
                    config=chosen.name,
                    split=wanted,
                    names=listed(names),
                )
        return tuple(split for split in chosen.splits if not splits or split.name in splits)

    def files(self, config: str | None = None, splits: Sequence[str] = ()) -> tuple[DataFile, ...]:
        """The files of the chosen splits, each once. Raises as `splits`."""
        return tuple(
            dict.fromkeys(file for split in self.splits(config, splits) for file in split.files)
        )


NAMES_SHOWN = 30


def listed(names: Sequence[str]) -> str:
    """Names for a sentence: the first of them, and that there are more."""
    shown = ", ".join(f"“{name}”" for name in names[:NAMES_SHOWN])
    return f"{shown}, … ({len(names)})" if len(names) > NAMES_SHOWN else shown
