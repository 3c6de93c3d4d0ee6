"""What a person is told when a download ends badly, and what they can do then."""

from __future__ import annotations

from typing import Any

from loupe.checkpoints.fetch import Failure
from loupe.checkpoints.hub import (
    ENDPOINT_VARIABLE,
    OFFLINE_VARIABLES,
    TOKEN_VARIABLES,
    HubSettings,
    Named,
    repo_folder,
)
from loupe.errors import (
    AccessDenied,
    Cancelled,
    CheckpointNotFound,
    DownloadFailed,
    HubUnreachable,
    LoupeError,
    NotEnoughDisk,
    NotOnThisMachine,
    UnsupportedCheckpoint,
)

_WITHOUT_HUB = (
    "Use a starter or a local folder, name a mirror in the settings or in {variable}, "
    "or copy {folder_name} from another machine's cache to {folder}."
)


def _without_hub(ref: Named, settings: HubSettings) -> dict[str, Any]:
    folder = repo_folder(settings.cache.absolute(), ref.id)
    return {
        "label": ref.label,
        "endpoint": settings.endpoint,
        "variable": ENDPOINT_VARIABLE,
        "folder_name": folder.name,
        "folder": folder,
    }


def offline(ref: Named, settings: HubSettings) -> NotOnThisMachine:
    return NotOnThisMachine(
        "“{label}” is not on this machine, and Loupe is set to work offline.",
        "Start Loupe without {offline_variable}, use a starter or a local folder, or copy "
        "{folder_name} from another machine's cache to {folder}.",
        offline_variable=OFFLINE_VARIABLES[0],
        **_without_hub(ref, settings),
    )


def unreachable(ref: Named, settings: HubSettings, detail: str | None) -> HubUnreachable:
    return HubUnreachable(
        "The model hub at {endpoint} does not answer, and “{label}” is not on this machine.",
        "Check the network. " + _WITHOUT_HUB,
        detail=detail,
        **_without_hub(ref, settings),
    )


def cancelled(ref: Named, files_done: int, files_total: int | None) -> Cancelled:
    return Cancelled(
        "The download of “{label}” was cancelled after {files_done} of {files_total} files.",
        "Start it again when you like: finished files stay, a file under way begins anew.",
        label=ref.label,
        files_done=files_done,
        files_total="?" if files_total is None else files_total,
    )


def stalled(ref: Named, stall_s: float, restarts: int) -> DownloadFailed:
    return DownloadFailed(
        "The download of “{label}” stood still: no byte came for {stall_s} s, "
        "{restarts} new attempts included.",
        "Try again later or through a mirror; finished files stay.",
        label=ref.label,
        stall_s=f"{stall_s:g}",
        restarts=restarts,
    )


def unexpected(ref: Named, detail: str) -> DownloadFailed:
    return DownloadFailed(
        "The download of “{label}” ended for a reason Loupe does not know.",
        "Try again; the details may help. Finished files stay.",
        label=ref.label,
        detail=detail or None,
    )


def not_enough_disk(ref: Named, settings: HubSettings, needed: int, free: int) -> NotEnoughDisk:
    """needed, free: bytes."""
    return NotEnoughDisk(
        "“{label}” needs {needed}, and the disk of {cache} has {free} free.",
        "Make room there, or move the cache with HF_HUB_CACHE.",
        label=ref.label,
        needed=_size(needed),
        free=_size(free),
        needed_bytes=needed,
        free_bytes=free,
        cache=settings.cache,
    )


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


def from_failure(
    ref: Named, settings: HubSettings, kind: str, message: str, known: tuple[str, ...] = ()
) -> LoupeError:
    """The error for what the downloading process reported. `message`: the library's own words.

    known: the names that are there, where one that is not was asked for; not always known.
    """
    match Failure(kind):
        case Failure.NOT_FOUND:
            return CheckpointNotFound(
                "The model hub at {endpoint} has no checkpoint “{label}”.",
                "Check its spelling: owner/name, as in the address of its page.",
                label=ref.label,
                endpoint=settings.endpoint,
                detail=message,
            )
        case Failure.NO_REVISION:
            return CheckpointNotFound(
                "“{id}” has no revision “{revision}”.",
                "Leave the revision out for the newest, or name a branch, a tag or a whole commit.",
                id=ref.id,
                revision=ref.revision,
                known=", ".join(known),
                detail=message,
            )
        case Failure.UNAUTHORIZED | Failure.FORBIDDEN | Failure.GATED:
            return _denied(ref, settings, Failure(kind), message)
        case Failure.NO_WEIGHTS:
            return UnsupportedCheckpoint(
                "“{label}” has no weights that Loupe reads.",
                "Choose a checkpoint with safetensors, GGUF or pytorch_model.bin weights.",
                label=ref.label,
                detail=message,
            )
        case Failure.DISK_FULL:
            return NotEnoughDisk(
                "The disk of {cache} was full before “{label}” was there.",
                "Make room there, or move the cache with HF_HUB_CACHE; finished files stay.",
                label=ref.label,
                cache=settings.cache,
                detail=message,
            )
        case Failure.NOT_WRITABLE:
            return DownloadFailed(
                "Loupe may not write into the cache {cache}.",
                "Change its permissions, or name another with HF_HUB_CACHE.",
                cache=settings.cache,
                detail=message,
            )
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
        case Failure.CONNECTION:
            return DownloadFailed(
                "The connection to {endpoint} broke off, and trying again did not help.",
                "Try again later or through a mirror; finished files stay.",
                endpoint=settings.endpoint,
                detail=message,
            )
        case Failure.UNEXPECTED:
            return unexpected(ref, message)


def _denied(ref: Named, settings: HubSettings, kind: Failure, message: str) -> AccessDenied:
    page = f"{settings.endpoint}/{ref.id}"
    variable = TOKEN_VARIABLES[0]
    if kind is Failure.GATED:
        return AccessDenied(
            "“{label}” is handed out only to those who accepted its licence.",
            "Accept it at {page}, then start Loupe with {variable} set to your token.",
            label=ref.label,
            page=page,
            variable=variable,
            detail=message,
        )
    if settings.token is None:
        # The hub says the same to strangers for a private checkpoint and for none at all.
        return AccessDenied(
            "The model hub shows no “{label}” to somebody without a token.",
            "Check the spelling. If it is private, start Loupe with {variable} set to your token; "
            "if it has a licence to accept, do so at {page}.",
            label=ref.label,
            page=page,
            variable=variable,
            detail=message,
        )
    return AccessDenied(
        "The token in use gives no access to “{label}”.",
        "Check the token in {variable}, and whether {page} asks you to accept a licence.",
        label=ref.label,
        page=page,
        variable=variable,
        detail=message,
    )
