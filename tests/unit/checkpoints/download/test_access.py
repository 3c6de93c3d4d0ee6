"""What the hub refuses: private, gated and unknown checkpoints; and where a token goes."""

from __future__ import annotations

from pathlib import Path

from loupe.checkpoints.download import DownloadManager, DownloadState
from loupe.checkpoints.hub import HubSettings
from loupe.checkpoints.ref import CheckpointRef
from loupe.errors import AccessDenied, CheckpointNotFound
from tests.hub_server import Fault, HubServer
from tests.unit.checkpoints.download.watching import END_S, FILES, REF, assert_whole, error_of


def test_a_private_checkpoint_is_denied_without_a_token(
    hub: HubServer, manager: DownloadManager, settings: HubSettings
) -> None:
    hub.require_token("some/model", "hf_right")
    error = error_of(manager.start(REF, settings))
    assert isinstance(error, AccessDenied)
    assert "HF_TOKEN" in str(error)
    assert f"{hub.url}/some/model" in str(error)
    assert not any("authorization" in r.headers for r in hub.requests), (
        "a token that is not in the settings was sent"
    )


def test_a_wrong_token_is_named_as_the_cause_and_not_shown(
    hub: HubServer, manager: DownloadManager, tmp_path: Path
) -> None:
    hub.require_token("some/model", "hf_right")
    settings = HubSettings(endpoint=hub.url, token="hf_wrong", cache=tmp_path / "cache")
    error = error_of(manager.start(REF, settings))
    assert isinstance(error, AccessDenied)
    assert "token in use" in str(error)
    assert "hf_wrong" not in f"{error} {error.detail} {error.params} {settings}"


def test_a_gated_checkpoint_names_the_page_with_its_licence(
    hub: HubServer, manager: DownloadManager, settings: HubSettings
) -> None:
    for name in FILES:
        hub.fail(f"some/model/{name}", Fault.GATED, times=None)
    error = error_of(manager.start(REF, settings))
    assert isinstance(error, AccessDenied)
    assert "licence" in str(error)
    assert f"{hub.url}/some/model" in str(error)


def test_the_token_goes_to_the_hub_and_to_no_other_host(
    hub: HubServer, manager: DownloadManager, tmp_path: Path
) -> None:
    hub.use_cdn()
    hub.require_token("some/model", "hf_right")
    settings = HubSettings(endpoint=hub.url, token="hf_right", cache=tmp_path / "cache")
    end = manager.start(REF, settings).wait(END_S)
    assert end.state is DownloadState.DONE, end.error
    assert_whole(end.folder)
    elsewhere = [r for r in hub.requests if r.on_cdn]
    assert [r.method for r in elsewhere] == ["GET"]
    assert not any("authorization" in r.headers for r in elsewhere)
    told = [r for r in hub.requests if "authorization" in r.headers]
    assert {r.headers["authorization"] for r in told} == {"Bearer hf_right"}
    work = (tmp_path / "work").rglob("*")
    assert not [p for p in work if p.is_file() and b"hf_right" in p.read_bytes()]


def test_a_name_that_the_hub_does_not_know_is_not_found(
    manager: DownloadManager, settings: HubSettings
) -> None:
    error = error_of(manager.start(CheckpointRef.parse("some/modle"), settings))
    assert isinstance(error, CheckpointNotFound)
    assert "some/modle" in str(error)
    assert "revision" not in str(error)


def test_a_missing_revision_is_named(manager: DownloadManager, settings: HubSettings) -> None:
    error = error_of(manager.start(CheckpointRef.parse("some/model@v9"), settings))
    assert isinstance(error, CheckpointNotFound)
    assert "v9" in str(error)
