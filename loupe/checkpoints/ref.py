"""How a checkpoint is named: `hub:ID@REVISION`, `starter:NAME`, `run:ID@STEP`, `folder:PATH`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from loupe.errors import InvalidRef


class Kind(StrEnum):
    """The four places a checkpoint can be."""

    HUB = "hub"
    STARTER = "starter"
    RUN = "run"
    FOLDER = "folder"


# The hub's rule for one part of an id: letters, digits, "-", "_" and ".", no two dots or dashes in
# a row, none at either end. Source: huggingface_hub, `validate_repo_id`.
_HUB_PART = r"[A-Za-z0-9_](?:[A-Za-z0-9_]|[-.](?![-.]))*(?<![-.])"
_HUB_ID = re.compile(rf"(?:{_HUB_PART}/)?{_HUB_PART}")
_HUB_ID_MAX_CHARACTERS = 96
# Names, steps and revisions become file names, which no usual file system takes beyond 255 bytes.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}")
_REVISION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_.-]+)*")
_REVISION_MAX_CHARACTERS = 200
_STEP = re.compile(r"[0-9]{1,18}")
_PATH_MAX_CHARACTERS = 4096

# Names from before the hub had owners. The hub answers them by a redirect, but files are cached
# under the name that was asked for, so one spelling is chosen here.
LEGACY_IDS = {
    "albert-base-v2": "albert/albert-base-v2",
    "bert-base-cased": "google-bert/bert-base-cased",
    "bert-base-chinese": "google-bert/bert-base-chinese",
    "bert-base-german-cased": "google-bert/bert-base-german-cased",
    "bert-base-multilingual-cased": "google-bert/bert-base-multilingual-cased",
    "bert-base-multilingual-uncased": "google-bert/bert-base-multilingual-uncased",
    "bert-base-uncased": "google-bert/bert-base-uncased",
    "bert-large-cased": "google-bert/bert-large-cased",
    "bert-large-uncased": "google-bert/bert-large-uncased",
    "camembert-base": "almanach/camembert-base",
    "distilbert-base-cased": "distilbert/distilbert-base-cased",
    "distilbert-base-multilingual-cased": "distilbert/distilbert-base-multilingual-cased",
    "distilbert-base-uncased": "distilbert/distilbert-base-uncased",
    "distilbert-base-uncased-finetuned-sst-2-english": (
        "distilbert/distilbert-base-uncased-finetuned-sst-2-english"
    ),
    "distilgpt2": "distilbert/distilgpt2",
    "distilroberta-base": "distilbert/distilroberta-base",
    "gpt2": "openai-community/gpt2",
    "gpt2-large": "openai-community/gpt2-large",
    "gpt2-medium": "openai-community/gpt2-medium",
    "gpt2-xl": "openai-community/gpt2-xl",
    "roberta-base": "FacebookAI/roberta-base",
    "roberta-large": "FacebookAI/roberta-large",
    "t5-base": "google-t5/t5-base",
    "t5-large": "google-t5/t5-large",
    "t5-small": "google-t5/t5-small",
    "xlm-roberta-base": "FacebookAI/xlm-roberta-base",
    "xlm-roberta-large": "FacebookAI/xlm-roberta-large",
}

HUB_HOSTS = {"huggingface.co", "www.huggingface.co", "hf.co", "hf-mirror.com"}
# First parts of a hub's addresses that are sections of the site, never an owner.
_HUB_SECTIONS = {
    "api",
    "blog",
    "chat",
    "collections",
    "datasets",
    "docs",
    "learn",
    "models",
    "organizations",
    "papers",
    "posts",
    "settings",
    "spaces",
    "tasks",
}
_SHOWN_MAX_CHARACTERS = 80


@dataclass(frozen=True, slots=True, order=True)
class CheckpointRef:
    """The name of one checkpoint.

    `id` is the hub id (owner/name), the starter's or run's name, or a path as it was written.
    `revision` is a hub branch, tag or commit, or a run's step; None means the newest.
    `parse` and `str` are inverse to each other.
    """

    kind: Kind
    id: str
    revision: str | None = None

    def __str__(self) -> str:
        suffix = f"@{self.revision}" if self.revision is not None else ""
        return f"{self.kind}:{self.id}{suffix}"

    @property
    def label(self) -> str:
        """The name as a person would say it: without the kind where that is plain."""
        suffix = f" @ {self.revision}" if self.revision is not None else ""
        return f"{self.id}{suffix}"

    @classmethod
    def parse(cls, text: str) -> CheckpointRef:
        """Read a reference, a pasted hub address, a bare `owner/name`, an old short name or a path.

        Raises InvalidRef where the text is none of these.
        """
        text = text.strip()
        if not text:
            raise InvalidRef(
                "No checkpoint is named.",
                "Type a hub id such as {example}, or choose one from the list.",
                example="google-bert/bert-base-uncased",
            )
        longest = _PATH_MAX_CHARACTERS + len(f"{Kind.FOLDER}:")
        if len(text) > longest or any(not character.isprintable() for character in text):
            raise _invalid(text)
        kind, colon, rest = text.partition(":")
        if colon and kind in set(Kind):
            return _READERS[Kind(kind)](rest)
        if text[:8].lower().startswith(("http://", "https://")):
            return _read_address(text)
        if text.startswith(("/", "~", "./", "../")):
            return _read_folder(text)
        if text.split("/", 1)[0].lower() in HUB_HOSTS:
            return _read_address("https://" + text)
        return _read_hub(text)


def _invalid(text: str) -> InvalidRef:
    return InvalidRef(
        "“{text}” is not the name of a checkpoint.",
        "Write a hub id (owner/name, with @revision if you like), a pasted hub address, "
        "starter:NAME, run:ID@STEP, or the path of a folder.",
        text=shown(text),
    )


def shown(text: str) -> str:
    """What was typed, short and without characters that would disturb the sentence around it."""
    if len(text) > _SHOWN_MAX_CHARACTERS:
        text = text[: _SHOWN_MAX_CHARACTERS - 1] + "…"
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def split_revision(text: str) -> tuple[str, str | None]:
    name, at, revision = text.partition("@")
    return name, revision if at else None


def is_hub_id(name: str) -> bool:
    """Whether a hub could have a repository of this name: “owner/name”, or “name” of old."""
    return (
        _HUB_ID.fullmatch(name) is not None
        and len(name) <= _HUB_ID_MAX_CHARACTERS
        and not name.endswith(".git")
    )


def is_revision(revision: str) -> bool:
    """Whether this could be a branch, a tag or a commit, and is fit to be part of a path."""
    return (
        _REVISION.fullmatch(revision) is not None
        and ".." not in revision
        and len(revision) <= _REVISION_MAX_CHARACTERS
    )


def _read_hub(text: str) -> CheckpointRef:
    name, revision = split_revision(text)
    name = LEGACY_IDS.get(name, name)
    if not is_hub_id(name) or not (revision is None or is_revision(revision)):
        raise _invalid(text)
    return CheckpointRef(Kind.HUB, name, revision)


def _read_starter(text: str) -> CheckpointRef:
    if not _NAME.fullmatch(text):
        raise _invalid(text)
    return CheckpointRef(Kind.STARTER, text)


def _read_run(text: str) -> CheckpointRef:
    name, step = split_revision(text)
    if not _NAME.fullmatch(name) or (step is not None and not _STEP.fullmatch(step)):
        raise _invalid(text)
    return CheckpointRef(Kind.RUN, name, step)


def _read_folder(text: str) -> CheckpointRef:
    if not text or text != text.strip() or len(text) > _PATH_MAX_CHARACTERS:
        raise _invalid(text)
    return CheckpointRef(Kind.FOLDER, text)


def _read_address(text: str) -> CheckpointRef:
    """A page of a hub, as copied from the browser: host/owner/name[/tree/REVISION/...]."""
    try:
        address = urlsplit(text)
    except ValueError as error:  # a bracket that is never closed reads as a broken IPv6 host
        raise _invalid(text) from error
    parts = [part for part in address.path.split("/") if part]
    if not parts or parts[0] in _HUB_SECTIONS:
        raise InvalidRef(
            "“{text}” is not the address of a model.",
            "Paste the address of a model's page, such as {example}.",
            text=shown(text),
            example="https://huggingface.co/google-bert/bert-base-uncased",
        )
    separators = {"tree", "blob", "resolve", "raw", "commit"}
    cut = next((i for i, part in enumerate(parts) if part in separators and i >= 1), len(parts))
    name = "/".join(parts[:cut])
    revision = address_revision(parts[cut + 1 :])
    return _read_hub(name if revision in (None, "main") else f"{name}@{revision}")


def address_revision(parts: list[str]) -> str | None:
    """The revision at the start of what follows `tree`; after it comes a path in the repository.

    The hub writes a slash in a revision as %2F. Only its own refs (refs/pr/3, refs/convert/parquet)
    can be told from a path when the slashes are plain.
    """
    if not parts:
        return None
    if parts[0] == "refs" and len(parts) >= 3:
        return "/".join(parts[:3])
    return unquote(parts[0])


_READERS = {
    Kind.HUB: _read_hub,
    Kind.STARTER: _read_starter,
    Kind.RUN: _read_run,
    Kind.FOLDER: _read_folder,
}
