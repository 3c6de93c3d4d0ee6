"""What is known of a hub without asking it: its settings, its cache, and which files are wanted."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from loupe.checkpoints.ref import LEGACY_IDS, CheckpointRef, Kind
from loupe.errors import InvalidInput, UnsupportedCheckpoint

DEFAULT_ENDPOINT = "https://huggingface.co"
DEFAULT_REVISION = "main"
ENDPOINT_VARIABLE = "HF_ENDPOINT"
TOKEN_VARIABLES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
OFFLINE_VARIABLES = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")

_TRUE = {"1", "ON", "YES", "TRUE"}
_COMMIT = re.compile(r"[0-9a-f]{40}")


class Named(Protocol):
    """A reference to something on a hub; `str` gives it in full."""

    @property
    def id(self) -> str: ...
    @property
    def revision(self) -> str | None: ...
    @property
    def label(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSettings:
    """Which hub is asked, in whose name, and where its files are kept.

    cache: huggingface_hub's folder, shared with every other tool that uses it.
    endpoint: the hub's address, without a slash at its end.
    token: sent to the endpoint's host only; never shown, never written to disk.
    offline: no request is made at all.
    """

    cache: Path
    endpoint: str = DEFAULT_ENDPOINT
    token: str | None = field(default=None, repr=False)
    offline: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], cache: Path) -> HubSettings:
        """Read the variables that huggingface_hub reads, with its precedence.

        Raises InvalidInput where HF_ENDPOINT is not an address.
        Source: huggingface_hub, `constants` and `utils._auth`.
        """
        endpoint = environment.get(ENDPOINT_VARIABLE) or DEFAULT_ENDPOINT
        return cls(
            endpoint=_check_endpoint(endpoint),
            token=_read_token(environment),
            offline=any(environment.get(v, "").upper() in _TRUE for v in OFFLINE_VARIABLES),
            cache=cache,
        )

    def with_endpoint(self, mirror: str, token: str | None = None) -> HubSettings:
        """The same settings for another hub. Raises InvalidInput where `mirror` is not an address.

        The token does not travel along: it belongs to the hub that gave it out, and whoever may
        type a mirror's address must not thereby collect it.
        """
        endpoint = _check_endpoint(mirror)
        if token is None and _origin(endpoint) == _origin(self.endpoint):
            token = self.token
        return replace(self, endpoint=endpoint, token=token)


def _check_endpoint(text: str) -> str:
    stripped = text.strip().rstrip("/")
    try:
        address = urlsplit(stripped)
        good = (
            address.scheme in {"http", "https"}
            and bool(address.hostname)
            and (address.port is None or address.port > 0)
            and "@" not in address.netloc
            and not address.query
            and not address.fragment
            and stripped.isprintable()
            and not re.search(r"[\s\\]", stripped)
        )
    except ValueError:
        good = False
    if not good:
        raise InvalidInput(
            "“{address}” is not the address of a model hub.",
            "Write it with its scheme and host and no user name, such as {example}.",
            address=text if len(text) <= 80 else text[:79] + "…",
            example="https://hf-mirror.com",
        )
    return stripped


def _origin(endpoint: str) -> tuple[str, str | None, int | None]:
    address = urlsplit(endpoint)
    return address.scheme, address.hostname, address.port


def _read_token(environment: Mapping[str, str]) -> str | None:
    for variable in TOKEN_VARIABLES:
        if token := environment.get(variable, "").strip():
            return token
    cache_home = Path(
        environment.get("XDG_CACHE_HOME") or Path(environment.get("HOME") or Path.home()) / ".cache"
    )
    home = Path(environment.get("HF_HOME") or cache_home / "huggingface")
    path = Path(environment.get("HF_TOKEN_PATH") or home / "token").expanduser()
    try:
        return path.read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


class WeightFormat(StrEnum):
    """The ways weights are stored that can be made use of here, the best first."""

    SAFETENSORS = "safetensors"
    GGUF = "gguf"
    PICKLE = "pickle"


@dataclass(frozen=True, slots=True, order=True)
class HubFile:
    """One file of a checkpoint: its path inside it, with “/”, and its size in bytes."""

    path: str
    size: int


@dataclass(frozen=True, slots=True)
class FilePlan:
    """The files of a checkpoint that are worth having: one weight format and what goes with it."""

    weights: tuple[HubFile, ...]
    companions: tuple[HubFile, ...]
    format: WeightFormat

    @property
    def files(self) -> tuple[HubFile, ...]:
        """Small ones first: a mistake in them shows before gigabytes have come."""
        return (*self.companions, *self.weights)

    @property
    def bytes_total(self) -> int:
        return sum(file.size for file in self.files)

    @property
    def needs_conversion(self) -> bool:
        """Whether the weights are a pickle, which is not opened in Loupe's own process."""
        return self.format is WeightFormat.PICKLE


_SAFETENSORS_SHARD = re.compile(r"model-(\d{5})-of-(\d{5})\.safetensors")
_PICKLE_SHARD = re.compile(r"pytorch_model-(\d{5})-of-(\d{5})\.bin")
_GGUF_SHARD = re.compile(r"-\d{5}-of-\d{5}\.gguf$", re.IGNORECASE)
_GGUF_PREFERRED = ("q8_0", "q4_k_m")

_COMPANION_NAMES = {
    "config.json",
    "generation_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "preprocessor_config.json",
    "processor_config.json",
    "chat_template.json",
    "modules.json",
    "bpe.codes",
    "dict.txt",
    "tekken.json",
    "README.md",
}
_COMPANION_NAME = re.compile(
    r"(tokenizer|vocab|merges|spiece|sentencepiece)[^/]*\.(json|txt|model|model\.v\d+|vocab)"
    r"|[^/]*vocab\.(json|txt)|[^/]+\.(jinja|spm|model|vocab)|LICENSE[^/]*"
    r"|additional_chat_templates/[^/]+\.jinja",
)


def is_companion(path: str) -> bool:
    """Whether a file goes with any weights: configuration, tokenizer, the model's card."""
    return path in _COMPANION_NAMES or _COMPANION_NAME.fullmatch(path) is not None


def choose_files(listing: Sequence[HubFile]) -> FilePlan:
    """Choose one weight format out of everything a repository holds, and what goes with it.

    safetensors before one GGUF file (Q8_0, then Q4_K_M, then the smallest) before a pickle. Never
    ONNX, TensorFlow, Flax or OpenVINO, never code. A set of shards counts only when it is whole.
    Raises UnsupportedCheckpoint where no weights are left.
    """
    files = {file.path: file for file in sorted(listing)}
    for format_, paths in (
        (WeightFormat.SAFETENSORS, _find_safetensors(files)),
        (WeightFormat.GGUF, _find_gguf(files)),
        (WeightFormat.PICKLE, _find_pickle(files)),
    ):
        if paths:
            return FilePlan(
                weights=tuple(files[path] for path in paths),
                companions=tuple(file for path, file in files.items() if is_companion(path)),
                format=format_,
            )
    seen = sorted({Path(path).suffix for path in files} & _FOREIGN_SUFFIXES)
    raise UnsupportedCheckpoint(
        "There are no weights here that Loupe reads (found: {found}).",
        "Choose a checkpoint with safetensors, GGUF or pytorch_model.bin weights.",
        found=", ".join(seen) or "no weights at all",
    )


_FOREIGN_SUFFIXES = {".onnx", ".h5", ".msgpack", ".ot", ".pt", ".pth", ".ckpt", ".bin", ".mlmodel"}


def _find_safetensors(files: Mapping[str, HubFile]) -> list[str]:
    if "model.safetensors" in files:
        return ["model.safetensors"]
    return _find_shards(files, _SAFETENSORS_SHARD, "model.safetensors.index.json")


def _find_pickle(files: Mapping[str, HubFile]) -> list[str]:
    if "pytorch_model.bin" in files:
        return ["pytorch_model.bin"]
    return _find_shards(files, _PICKLE_SHARD, "pytorch_model.bin.index.json")


def _find_shards(files: Mapping[str, HubFile], pattern: re.Pattern[str], index: str) -> list[str]:
    """The index and every shard of the one set that is whole; nothing where none is."""
    if index not in files:
        return []
    sets: dict[str, list[str]] = {}
    for path in files:
        if match := pattern.fullmatch(path):
            sets.setdefault(match[2], []).append(path)
    whole = [paths for count, paths in sorted(sets.items()) if len(paths) == int(count) > 0]
    return [index, *whole[0]] if whole else []


def _find_gguf(files: Mapping[str, HubFile]) -> list[str]:
    """One file: transformers reads no split GGUF, and an mmproj file is an image encoder alone."""
    candidates = [
        file
        for path, file in files.items()
        if path.lower().endswith(".gguf")
        and "/" not in path
        and not path.lower().startswith("mmproj")
        and not _GGUF_SHARD.search(path)
    ]
    for wanted in _GGUF_PREFERRED:
        for file in candidates:
            if wanted in file.path.lower():
                return [file.path]
    return [min(candidates, key=lambda file: (file.size, file.path)).path] if candidates else []


@dataclass(frozen=True, slots=True)
class CachedSnapshot:
    """A checkpoint of the hub whose files lie in the cache, complete."""

    folder: Path
    commit: str
    format: WeightFormat

    @property
    def needs_conversion(self) -> bool:
        return self.format is WeightFormat.PICKLE


def repo_folder(cache: Path, repo_id: str, repo_type: str = "model") -> Path:
    """Where the cache keeps a repository. Source: huggingface_hub, `repo_folder_name`."""
    return cache / (f"{repo_type}s--" + repo_id.replace("/", "--"))


def find_cached(ref: CheckpointRef, cache: Path) -> CachedSnapshot | None:
    """The files of a hub checkpoint, where they lie on this machine and are whole; no network.

    Looks under the short name of old as well. None where anything that loading needs is missing.
    Source of the layout: huggingface_hub, “Understand caching”.
    """
    assert ref.kind is Kind.HUB
    revision = ref.revision or DEFAULT_REVISION
    names = [ref.id, *(old for old, new in LEGACY_IDS.items() if new == ref.id)]
    for name in names:
        storage = repo_folder(cache, name)
        commit = read_commit(storage, revision)
        if commit and (format_ := find_whole_weights(storage / "snapshots" / commit)):
            return CachedSnapshot(storage / "snapshots" / commit, commit, format_)
    return None


def read_commit(storage: Path, revision: str) -> str | None:
    """The commit that the cache has under a revision's name; None where it knows none."""
    try:
        commit = (storage / "refs" / revision).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        commit = revision
    # What a file says becomes part of a path: nothing but a commit may pass.
    return commit if _COMMIT.fullmatch(commit) else None


def find_whole_weights(folder: Path) -> WeightFormat | None:
    """The best weight format of a folder that can be loaded as it stands; None where none can.

    A link that leads nowhere is a file that never came: the hub's library moves a file into place
    only when it is whole.
    """
    plan = plan_folder(folder)
    if plan is None:
        return None
    paths = {file.path for file in plan.files}
    # A GGUF file carries its configuration itself.
    if "config.json" not in paths and plan.format is not WeightFormat.GGUF:
        return None
    index = next((folder / p for p in paths if p.endswith(".index.json")), None)
    if index is not None and not _shards_of(index) <= paths:
        return None
    return plan.format


def plan_folder(folder: Path) -> FilePlan | None:
    """What `choose_files` chooses among the files that are really in a folder."""
    if not folder.is_dir():
        return None
    present = [
        HubFile(path.relative_to(folder).as_posix(), path.stat().st_size)
        for path in (*folder.iterdir(), *folder.glob("additional_chat_templates/*"))
        if path.is_file()
    ]
    try:
        return choose_files([file for file in present if file.size > 0 or is_companion(file.path)])
    except UnsupportedCheckpoint:
        return None


def _shards_of(index: Path) -> set[str]:
    try:
        return set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # An index that cannot be read names a shard that cannot be there.
        return {"\0"}


_SAFE_NAME_MAX_CHARACTERS = 120
_DIGEST_CHARACTERS = 16


def safe_name(ref: Named, fingerprint: str = "") -> str:
    """A folder name for what is named: readable, different for every reference and fingerprint.

    Readable is not enough: “a/b” and “a--b” would meet, and so would two long paths cut short.
    """
    readable = re.sub(r"[^A-Za-z0-9_.-]+", "--", ref.label).strip("-.") or "checkpoint"
    digest = hashlib.sha256(f"{ref}\0{fingerprint}".encode()).hexdigest()
    return f"{readable[:_SAFE_NAME_MAX_CHARACTERS]}-{digest[:_DIGEST_CHARACTERS]}"
