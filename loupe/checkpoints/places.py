"""Where checkpoints lie on this machine, and which folders may be read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.errors import CheckpointNotFound, OutsideRoots

ROOTS_VARIABLE = "LOUPE_ROOTS"
STATE_VARIABLE = "LOUPE_HOME"


@dataclass(frozen=True, slots=True)
class Places:
    """The folders Loupe reads from and writes to; passed in to the code that uses them.

    roots: folders that `folder:PATH` may point into.
    starters: the bundled checkpoints.
    state: Loupe's own folder: runs, converted checkpoints, download logs.
    hub_cache: the cache that huggingface_hub fills.
    """

    roots: tuple[Path, ...]
    starters: Path
    state: Path
    hub_cache: Path
    home: Path = field(default_factory=Path.home)

    def __post_init__(self) -> None:
        # Paths are compared after their links are followed, so the roots' own are followed too.
        object.__setattr__(self, "roots", tuple(root.resolve() for root in self.roots))

    @property
    def runs(self) -> Path:
        return self.state / "runs"

    @property
    def converted(self) -> Path:
        return self.state / "converted"

    @property
    def datasets(self) -> Path:
        """Datasets that were opened, and uploads of them."""
        return self.state / "datasets"

    @property
    def data_roots(self) -> tuple[Path, ...]:
        """The folders that datasets may lie in: the roots, and Loupe's own with the uploads."""
        return (*self.roots, self.datasets)

    @property
    def downloads(self) -> Path:
        return self.state / "downloads"

    @property
    def measurements(self) -> Path:
        """What checkpoints were measured to take here."""
        return self.state / "measurements"

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str], project: Path, *, only_this_machine: bool = True
    ) -> Places:
        """Read LOUPE_ROOTS (folders parted by ':'), LOUPE_HOME, and the hub's own variables.

        Unless LOUPE_ROOTS names others, the home folder is the only root while nobody but this
        machine can reach the server, and there is none where others can.
        """
        home = Path(environment.get("HOME") or Path.home())
        named = [part for part in environment.get(ROOTS_VARIABLE, "").split(os.pathsep) if part]
        default = (home,) if only_this_machine else ()
        roots = tuple(_expand(part, home) for part in named) or default
        state = Path(environment.get(STATE_VARIABLE) or home / ".local" / "share" / "loupe")
        return cls(
            roots=roots,
            starters=project / "starters",
            state=_expand(str(state), home).absolute(),
            hub_cache=hub_cache(environment, home),
            home=home,
        )

    def resolve_folder(self, path: str) -> Path:
        """The real path of a folder (or .gguf file) a person named, links followed.

        Raises OutsideRoots where it, or what a link in it points to, lies outside every root;
        CheckpointNotFound where nothing is there.
        """
        try:
            real = _expand(path, self.home).resolve()
            allowed = any(real.is_relative_to(root) for root in self.roots)
            there = allowed and real.exists()
        except (OSError, RuntimeError, ValueError) as error:
            raise CheckpointNotFound(
                "The path “{path}” cannot be read.",
                "Check its spelling.",
                path=path,
                detail=str(error),
            ) from error
        if not allowed:
            # Said before looking whether it exists: a refusal must not tell what lies elsewhere.
            raise OutsideRoots(
                "“{path}” lies outside the folders that Loupe may read ({roots}).",
                "Move the checkpoint there, or start Loupe with {variable} naming its folder.",
                path=path,
                roots=", ".join(str(root) for root in self.roots) or "—",
                variable=ROOTS_VARIABLE,
            )
        if not there:
            raise CheckpointNotFound(
                "There is no folder “{path}” on this machine.",
                "Check its spelling, or choose another checkpoint.",
                path=path,
            )
        return real

    def starter_names(self) -> tuple[str, ...]:
        """The bundled checkpoints, in alphabetical order."""
        if not self.starters.is_dir():
            return ()
        return tuple(sorted(p.parent.name for p in self.starters.glob("*/config.json")))

    def find_starter(self, ref: CheckpointRef) -> Path:
        """The folder of a bundled checkpoint. Raises CheckpointNotFound."""
        assert ref.kind is Kind.STARTER
        folder = self.starters / ref.id
        if not (folder / "config.json").is_file():
            raise CheckpointNotFound(
                "There is no starter called “{name}”.",
                "The starters are: {names}.",
                name=ref.id,
                names=", ".join(self.starter_names()) or "—",
            )
        return folder


def _expand(path: str, home: Path) -> Path:
    """`~` is the home of the environment that was passed in, not of whoever runs the process."""
    if path == "~" or path.startswith("~/"):
        return home / path[2:]
    return Path(path)


def hub_cache(environment: Mapping[str, str], home: Path) -> Path:
    """Where huggingface_hub keeps its files. Source: huggingface_hub, `constants.HF_HUB_CACHE`."""
    if named := environment.get("HF_HUB_CACHE") or environment.get("HUGGINGFACE_HUB_CACHE"):
        return _expand(named, home)
    cache = Path(environment.get("XDG_CACHE_HOME") or home / ".cache")
    return _expand(environment.get("HF_HOME") or str(cache / "huggingface"), home) / "hub"
