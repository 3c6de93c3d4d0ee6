"""What a person is told when a dataset does not come from the hub, and what they can do then."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from loupe.checkpoints import download_errors
from loupe.checkpoints.download_errors import cancelled, not_enough_disk, stalled, unexpected
from loupe.checkpoints.fetch import Failure
from loupe.checkpoints.hub import (
    ENDPOINT_VARIABLE,
    TOKEN_VARIABLES,
    HubSettings,
    Named,
    repo_folder,
)
from loupe.data.hub.ask import FILES_MAX, ODD_NAMES, TOO_MANY_FILES
from loupe.data.hub.ref import LEGACY_IDS
from loupe.errors import (
    AccessDenied,
    DatasetNotFound,
    DatasetNotHere,
    HubUnreachable,
    LoupeError,
    UnsupportedDataset,
)

__all__ = [
    "cancelled",
    "from_failure",
    "not_enough_disk",
    "offline",
    "stalled",
    "unexpected",
    "unreachable",
]

_WITHOUT_HUB = (
    "Use a sample or a file of your own, name a mirror in the settings or in {variable}, "
    "or copy {folder_name} from another machine's cache to {folder}."
)


def _without_hub(ref: Named, settings: HubSettings) -> dict[str, Any]:
    folder = repo_folder(settings.cache.absolute(), ref.id, "dataset")
    return {
        "label": ref.label,
        "endpoint": settings.endpoint,
        "variable": ENDPOINT_VARIABLE,
        "folder_name": folder.name,
        "folder": folder,
    }


def offline(ref: Named, settings: HubSettings) -> DatasetNotHere:
    return DatasetNotHere(
        "“{label}” is not on this machine, and Loupe is set to work offline.",
        "Start Loupe without HF_HUB_OFFLINE and HF_DATASETS_OFFLINE, use a sample or a file of "
        "your own, or copy {folder_name} from another machine's cache to {folder}.",
        **_without_hub(ref, settings),
    )


def unreachable(ref: Named, settings: HubSettings, detail: str | None) -> HubUnreachable:
    return HubUnreachable(
        "The model hub at {endpoint} does not answer, and “{label}” is not on this machine.",
        "Check the network. " + _WITHOUT_HUB,
        detail=detail,
        **_without_hub(ref, settings),
    )


def from_failure(
    ref: Named, settings: HubSettings, kind: str, message: str, known: tuple[str, ...] = ()
) -> LoupeError:
    """The error for what the helper process reported. `message`: the library's own words.

    known: the branches and tags there are, where the one asked for is not.
    """
    if kind == TOO_MANY_FILES:
        return UnsupportedDataset(
            "“{label}” has more than {files_max} files.",
            "Download the folder that you need by another tool, and open its files from there.",
            label=ref.label,
            files_max=FILES_MAX,
        )
    if kind == ODD_NAMES:
        return UnsupportedDataset(
            "What the model hub says of “{label}” cannot be right.",
            "Do not use this dataset; somebody may mean harm.",
            label=ref.label,
            detail=message,
        )
    match Failure(kind):
        case Failure.NOT_FOUND:
            return DatasetNotFound(
                "The model hub at {endpoint} has no dataset “{label}”.",
                _spelling(ref),
                label=ref.label,
                endpoint=settings.endpoint,
                near=_near(ref),
                detail=message,
            )
        case Failure.NO_REVISION:
            return DatasetNotFound(
                "“{id}” has no revision “{revision}”.",
                "Leave the revision out for the newest, or name one of: {known}."
                if known
                else "Leave the revision out for the newest, or name a branch, a tag or a whole "
                "commit.",
                id=ref.id,
                revision=ref.revision,
                known=", ".join(known),
                detail=message,
            )
        case Failure.UNAUTHORIZED | Failure.FORBIDDEN | Failure.GATED:
            return _denied(ref, settings, Failure(kind), message)
        case Failure.CERTIFICATE:
            return HubUnreachable(
                "The certificate of {endpoint} is not trusted here.",
                "Name your network's own certificate with SSL_CERT_FILE. " + _WITHOUT_HUB,
                detail=message,
                **_without_hub(ref, settings),
            )
        case Failure.NOT_A_HUB:
            return HubUnreachable(
                "What answers at {endpoint} is not a model hub.",
                "Check the address and whether your network wants a sign-in. " + _WITHOUT_HUB,
                detail=message,
                **_without_hub(ref, settings),
            )
        case _:
            # What disks and connections do to a download is the same for whatever comes.
            return download_errors.from_failure(ref, settings, kind, message)


def _near(ref: Named) -> str:
    """Well-known datasets whose names are like what was typed."""
    name = ref.id.rpartition("/")[2].lower()
    full = {new.rpartition("/")[2].lower(): new for new in LEGACY_IDS.values()}
    known = full | LEGACY_IDS
    found = dict.fromkeys(known[match] for match in get_close_matches(name, known, 3, 0.75))
    return ", ".join(id for id in found if id != ref.id)


def _spelling(ref: Named) -> str:
    if _near(ref):
        return "Check its spelling; is one of these meant: {near}?"
    return "Check its spelling: owner/name, as in the address of its page."


def _denied(ref: Named, settings: HubSettings, kind: Failure, message: str) -> AccessDenied:
    params: dict[str, Any] = {
        "label": ref.label,
        "page": f"{settings.endpoint}/datasets/{ref.id}",
        "variable": TOKEN_VARIABLES[0],
        "near": _near(ref),
        "detail": message,
    }
    if kind is Failure.GATED:
        return AccessDenied(
            "“{label}” is handed out only to those who accepted its licence.",
            "Accept it at {page}, then start Loupe with {variable} set to your token.",
            **params,
        )
    if settings.token is None:
        # The hub says the same to strangers for a private dataset and for none at all.
        return AccessDenied(
            "The model hub shows no “{label}” to somebody without a token.",
            _spelling(ref)
            + " If it is private, start Loupe with {variable} set to your token; if it has a "
            "licence to accept, do so at {page}.",
            **params,
        )
    return AccessDenied(
        "The token in use gives no access to “{label}”.",
        "Check the token in {variable}, and whether {page} asks you to accept a licence.",
        **params,
    )
