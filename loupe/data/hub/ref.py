"""How a dataset of the hub is named: `hub:OWNER/NAME@REVISION`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from loupe.checkpoints.ref import (
    HUB_HOSTS,
    address_revision,
    is_hub_id,
    is_revision,
    shown,
    split_revision,
)
from loupe.errors import InvalidRef

HUB_PREFIX = "hub:"
# The hub's own copy of most datasets, made by its viewer: Parquet, one folder a config and split.
# Source: huggingface.co/docs/dataset-viewer, “List Parquet files”.
PARQUET_REVISION = "refs/convert/parquet"

# Names from before the hub had owners. The hub answers them by a redirect, but files are cached
# under the name that was asked for, so one spelling is chosen here. Only what is certain stands
# here: any other name without an owner is left to the hub.
LEGACY_IDS = {
    "ag_news": "fancyzhx/ag_news",
    "amazon_polarity": "fancyzhx/amazon_polarity",
    "cnn_dailymail": "abisee/cnn_dailymail",
    "conll2003": "eriktks/conll2003",  # a script; its Parquet copy is offered instead
    "dbpedia_14": "fancyzhx/dbpedia_14",
    "emotion": "dair-ai/emotion",
    "glue": "nyu-mll/glue",
    "gsm8k": "openai/gsm8k",
    "imdb": "stanfordnlp/imdb",
    "multi_nli": "nyu-mll/multi_nli",
    "opus_books": "Helsinki-NLP/opus_books",
    "rotten_tomatoes": "cornell-movie-review-data/rotten_tomatoes",
    "sms_spam": "ucirvine/sms_spam",
    "snli": "stanfordnlp/snli",
    "squad": "rajpurkar/squad",
    "squad_v2": "rajpurkar/squad_v2",
    "sst2": "stanfordnlp/sst2",
    "super_glue": "aps/super_glue",
    "tweet_eval": "cardiffnlp/tweet_eval",
    "wikitext": "Salesforce/wikitext",
    "xsum": "EdinburghNLP/xsum",
    "yelp_polarity": "fancyzhx/yelp_polarity",
    "yelp_review_full": "Yelp/yelp_review_full",
}

_TEXT_MAX_CHARACTERS = 2000
_SCHEMES = ("http://", "https://")
_AFTER_NAME = {"tree", "blob", "resolve", "raw", "commit", "viewer", "discussions", "edit"}
_WITH_REVISION = {"tree", "blob", "resolve", "raw", "commit"}
_FILE_SYSTEM = re.compile(r"hf://datasets/", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class DatasetRef:
    """The name of one dataset of the hub; its config and splits are chosen apart.

    id: owner/name, or the name alone where the hub is to say whose it is.
    revision: a branch, a tag or a commit; None: the newest.
    `parse` and `str` are inverse to each other.
    """

    id: str
    revision: str | None = None

    def __str__(self) -> str:
        suffix = f"@{self.revision}" if self.revision is not None else ""
        return f"{HUB_PREFIX}{self.id}{suffix}"

    @property
    def label(self) -> str:
        """The name as a person would say it."""
        return f"{self.id} @ {self.revision}" if self.revision is not None else self.id

    @classmethod
    def parse(cls, text: str) -> DatasetRef:
        """Read a reference, an id, an old short name, an `hf://` path or a pasted address.

        Raises InvalidRef where the text is none of these.
        """
        text = text.strip()
        if not text:
            raise InvalidRef(
                "No dataset is named.",
                "Type a dataset's id such as {example}.",
                example=LEGACY_IDS["wikitext"],
            )
        if len(text) > _TEXT_MAX_CHARACTERS or not text.isprintable():
            raise _invalid(text)
        if text.lower().startswith(_SCHEMES):
            return _read_address(text)
        if text.split("/", 1)[0].lower() in HUB_HOSTS:
            return _read_address("https://" + text)
        if _FILE_SYSTEM.match(text):
            return _read_parts(text, _FILE_SYSTEM.sub("", text))
        name = text.removeprefix(HUB_PREFIX)
        # As in an address: “datasets/owner/name”.
        if name.count("/") > 1 and "@" not in name.partition("/")[0]:
            name = name.removeprefix("datasets/")
        return _read_name(text, name)


def _read_name(text: str, name: str) -> DatasetRef:
    name, revision = split_revision(name)
    name = LEGACY_IDS.get(name, name)
    if not is_hub_id(name) or not (revision is None or is_revision(revision)):
        raise _invalid(text)
    return DatasetRef(name, revision)


def _read_parts(text: str, path: str) -> DatasetRef:
    """`owner/name@revision/path/in/repository`: the path is left out."""
    whole, at, rest = path.partition("@")
    name = "/".join(whole.split("/")[:2])
    revision = address_revision(rest.replace("%2F", "/").split("/")) if at else None
    return _read_name(text, f"{name}@{revision}" if revision else name)


def _read_address(text: str) -> DatasetRef:
    """A page of a hub: host/datasets/owner/name[/tree/REVISION/...|/viewer/...]."""
    try:
        parts = [part for part in urlsplit(text).path.split("/") if part]
    except ValueError as error:  # a bracket that is never closed reads as a broken IPv6 host
        raise _invalid(text) from error
    if len(parts) < 2 or parts[0] != "datasets":
        raise InvalidRef(
            "“{text}” is not the address of a dataset.",
            "Paste the address of a dataset's page, such as {example}.",
            text=shown(text),
            example="https://huggingface.co/datasets/Salesforce/wikitext",
        )
    parts = parts[1:]
    cut = next((i for i, part in enumerate(parts) if part in _AFTER_NAME and i >= 1), len(parts))
    name, rest = "/".join(parts[:cut]), parts[cut:]
    revision = address_revision(rest[1:]) if rest and rest[0] in _WITH_REVISION else None
    return _read_name(text, name if revision in (None, "main") else f"{name}@{revision}")


def _invalid(text: str) -> InvalidRef:
    return InvalidRef(
        "“{text}” is not the name of a dataset.",
        "Write its id (owner/name, with @revision if you like), or paste the address of its page.",
        text=shown(text),
    )
