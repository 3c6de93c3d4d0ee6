"""A downloaded dataset becomes sources, and a source in `run.yaml` leads back to its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from loupe.checkpoints.download import DownloadManager, DownloadState
from loupe.checkpoints.hub import HubSettings
from loupe.data.hub.dataset import HubDataset
from loupe.data.hub.download import download_hub
from loupe.data.hub.sources import resolve_hub_file, sources_of
from loupe.data.spec import DataSpec
from loupe.errors import DatasetNotHere, InvalidInput, OutsideRoots
from tests.hub_server import HubServer
from tests.unit.data.hub.conftest import Inspect
from tests.unit.data.hub.contents import END_S, REVIEWS

COMMIT = "b" * 40


@pytest.fixture
def fetched(look: Inspect, manager: DownloadManager, settings: HubSettings) -> HubDataset:
    dataset = look()
    for config in ("short", "long"):
        end = download_hub(dataset, settings, manager, config=config).wait(END_S)
        assert end.state is DownloadState.DONE, end.error
    return dataset


def test_a_split_in_shards_is_one_name_with_a_source_a_shard(
    fetched: HubDataset, settings: HubSettings, hub: HubServer
) -> None:
    found = sources_of(fetched, settings.cache, config="short")
    assert [name for name, _ in found] == ["train", "train", "test"]
    source = found[0][1]
    assert source.path == (f"hub:some/reviews@{fetched.commit}/short/train-00000-of-00002.parquet")
    assert source.license == "cc-by-4.0"
    assert source.attribution == f"some/reviews, {hub.url}/datasets/some/reviews"
    for _, source in found:
        file = resolve_hub_file(source.path, cache=settings.cache)
        path = source.path.partition("/")[2].partition("/")[2]
        assert file.read_bytes() == REVIEWS[path]
        assert file.suffix == ".parquet"


def test_what_the_card_says_of_reading_goes_into_the_source(
    fetched: HubDataset, settings: HubSettings
) -> None:
    ((_, first), (_, second)) = sources_of(fetched, settings.cache, config="long")
    assert first.delimiter == second.delimiter == ";"
    # And it survives being written down.
    spec = DataSpec(train=(first, second))
    assert DataSpec.model_validate(spec.model_dump(mode="json")) == spec


def test_what_is_still_to_be_downloaded_is_no_source(
    look: Inspect, manager: DownloadManager, settings: HubSettings
) -> None:
    dataset = look()
    download_hub(dataset, settings, manager, splits=["test"]).wait(END_S)
    assert len(sources_of(dataset, settings.cache, splits=["test"])) == 1
    with pytest.raises(DatasetNotHere, match="2 files of the split “train”"):
        sources_of(dataset, settings.cache)


def test_a_file_that_is_not_here_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DatasetNotHere, match="Inspect a dataset") as refused:
        resolve_hub_file(f"hub:some/set@{COMMIT}/data/train.csv", cache=tmp_path)
    for word in ("data/train.csv", COMMIT, str(tmp_path / "datasets--some--set")):
        assert word in str(refused.value)


@pytest.mark.parametrize(
    "path",
    [
        "hub:some/set",
        "hub:some/set/train.csv",
        "hub:some/set@main/train.csv",
        f"hub:some/set@{COMMIT}",
        f"hub:some/set@{COMMIT}/",
        f"hub:some/set@{COMMIT}/../../../secret.csv",
        f"hub:some/set@{COMMIT}//etc/passwd",
        f"hub:../set@{COMMIT}/train.csv",
        f"hub:some/set@{COMMIT.upper()}/train.csv",
        f"hub:some/set@{COMMIT}/a\x00b.csv",
    ],
)
def test_a_path_of_another_form_is_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.csv").write_text("text\nsecret\n")
    with pytest.raises(InvalidInput, match="40 digits"):
        resolve_hub_file(path, cache=tmp_path)


def test_a_link_that_leads_out_of_the_cache_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("text\nsecret\n")
    folder = tmp_path / "cache" / "datasets--some--set" / "snapshots" / COMMIT
    folder.mkdir(parents=True)
    (folder / "train.csv").symlink_to(secret)
    with pytest.raises(OutsideRoots):
        resolve_hub_file(f"hub:some/set@{COMMIT}/train.csv", cache=tmp_path / "cache")


def test_a_cache_behind_a_link_is_a_cache(tmp_path: Path) -> None:
    folder = tmp_path / "disk" / "datasets--some--set"
    (folder / "snapshots" / COMMIT).mkdir(parents=True)
    (folder / "blobs").mkdir()
    (folder / "blobs" / "0a1b").write_text("text\nx\n")
    (folder / "snapshots" / COMMIT / "train.csv").symlink_to("../../blobs/0a1b")
    (tmp_path / "cache").symlink_to(tmp_path / "disk")
    found = resolve_hub_file(f"hub:some/set@{COMMIT}/train.csv", cache=tmp_path / "cache")
    assert found.read_text() == "text\nx\n"
