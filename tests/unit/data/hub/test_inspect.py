"""What a hub says of a dataset becomes configs, splits and files."""

from __future__ import annotations

from pathlib import Path

import pytest

from loupe.checkpoints.hub import HubSettings
from loupe.errors import AccessDenied, DatasetNotFound, UnsupportedDataset
from tests.hub_server import Fault, HubServer, commit_of
from tests.unit.data.hub.conftest import Inspect
from tests.unit.data.hub.contents import REVIEWS, parquet, shape


def test_configs_splits_and_files_are_those_of_the_card(look: Inspect, hub: HubServer) -> None:
    dataset = look()
    assert shape(dataset) == {
        "short": {
            "train": ["short/train-00000-of-00002.parquet", "short/train-00001-of-00002.parquet"],
            "test": ["short/test.parquet"],
        },
        "long": {"train": ["long/a.csv", "long/b.csv"]},
    }
    assert dataset.default_config == "short"
    assert dataset.config("long").reading == {"delimiter": ";"}
    assert dataset.commit == commit_of(REVIEWS)
    assert dataset.license == "cc-by-4.0"
    assert dataset.page == f"{hub.url}/datasets/some/reviews"
    assert not dataset.gated
    assert not dataset.from_cache
    sizes = {file.path: file.size for file in dataset.files("short")}
    assert sizes["short/test.parquet"] == len(REVIEWS["short/test.parquet"])


def test_looking_fetches_nothing_but_the_readme_and_leaves_no_trace_in_the_cache(
    look: Inspect, hub: HubServer, settings: HubSettings
) -> None:
    look()
    assert hub.fetched("datasets/some/reviews") == ["README.md"]
    assert not settings.cache.exists()


def test_a_list_in_many_pages_is_read_to_its_end(look: Inspect, hub: HubServer) -> None:
    hub.files_a_page = 7
    files = {f"data/train-{i:05}-of-00050.parquet": b"PAR1" for i in range(50)}
    hub.add("datasets/some/shards", files)
    (split,) = look("some/shards").config().splits
    assert [file.path for file in split.files] == sorted(files)


def test_a_commit_that_was_asked_before_is_not_asked_again(look: Inspect, hub: HubServer) -> None:
    first = look()
    hub.requests.clear()
    again = look(f"some/reviews@{first.commit}")
    assert shape(again) == shape(first)
    assert hub.requests == []


def test_a_revision_is_of_its_own_state(look: Inspect, hub: HubServer) -> None:
    older = {"train.csv": b"text\nolder\n"}
    hub.add("datasets/some/reviews", older, "v1")
    dataset = look("some/reviews@v1")
    assert shape(dataset) == {"default": {"train": ["train.csv"]}}
    assert dataset.commit == commit_of(older)
    assert str(dataset.ref) == "hub:some/reviews@v1"


def test_a_missing_revision_is_told_with_those_that_are_there(
    look: Inspect, hub: HubServer
) -> None:
    hub.add("datasets/some/reviews", {"train.csv": b"text\n"}, "v1")
    with pytest.raises(DatasetNotFound, match=r"no revision “v9”.*main.*v1"):
        look("some/reviews@v9")


def test_a_name_that_the_hub_does_not_know_is_not_found(look: Inspect) -> None:
    with pytest.raises(DatasetNotFound, match="some/reveiws") as refused:
        look("some/reveiws")
    assert "revision" not in str(refused.value)


def test_a_misspelt_name_that_the_hub_hides_from_strangers_is_met_with_what_may_be_meant(
    look: Inspect, hub: HubServer
) -> None:
    hub.hides_what_is_missing = True
    with pytest.raises(AccessDenied) as refused:
        look("wikitex")
    assert "Salesforce/wikitext" in str(refused.value)
    assert "HF_TOKEN" in str(refused.value)


def test_a_private_dataset_is_shown_to_its_token_alone(
    look: Inspect, hub: HubServer, settings: HubSettings, tmp_path: Path
) -> None:
    hub.require_token("datasets/some/reviews", "hf_right")
    with pytest.raises(AccessDenied, match="HF_TOKEN"):
        look()
    known = HubSettings(endpoint=hub.url, cache=settings.cache, token="hf_right")
    assert look(among=known).default_config == "short"
    kept = [p for p in tmp_path.rglob("*") if p.is_file() and b"hf_right" in p.read_bytes()]
    assert not kept, "the token was written down"


def test_a_gated_dataset_is_shown_by_what_the_hub_itself_read_of_its_card(
    look: Inspect, hub: HubServer
) -> None:
    hub.describe(
        "datasets/some/reviews",
        gated="manual",
        cardData={
            "license": "other",
            "configs": [{"config_name": "only", "data_files": "short/test.parquet"}],
        },
    )
    hub.fail("datasets/some/reviews/README.md", Fault.GATED, times=None)
    dataset = look()
    assert dataset.gated
    assert dataset.license == "other"
    assert shape(dataset) == {"only": {"train": ["short/test.parquet"]}}


def test_an_old_name_goes_where_the_hub_sends_it(look: Inspect, hub: HubServer) -> None:
    hub.rename("datasets/chairs", "datasets/some/reviews")
    dataset = look("chairs")
    assert dataset.id == "some/reviews"
    assert dataset.default_config == "short"


def test_a_script_alone_is_refused_and_the_copy_in_parquet_offered(
    look: Inspect, hub: HubServer
) -> None:
    script = {"conll2003.py": b"raise SystemExit", "README.md": b"# Old", "notes.txt": b"words"}
    hub.add("datasets/eriktks/conll2003", script)
    with pytest.raises(UnsupportedDataset, match="scripts are gone") as refused:
        look("conll2003")
    assert refused.value.params["offer"] is None
    assert "refs/convert/parquet" in str(refused.value)

    copy = {
        "conll2003/train/0000.parquet": parquet("x"),
        "conll2003/train/0001.parquet": parquet("y"),
        "other/partial-test/0000.parquet": parquet("z"),
    }
    hub.add("datasets/eriktks/conll2003", copy, "refs/convert/parquet")
    with pytest.raises(UnsupportedDataset) as refused:
        look("conll2003")
    offer = refused.value.params["offer"]
    assert offer == "hub:eriktks/conll2003@refs/convert/parquet"
    assert str(offer) in str(refused.value)
    copied = look(str(offer))
    assert copied.config("other").splits[0].partial
    assert not copied.config("conll2003").splits[0].partial
    assert shape(copied) == {
        "conll2003": {"train": ["conll2003/train/0000.parquet", "conll2003/train/0001.parquet"]},
        "other": {"test": ["other/partial-test/0000.parquet"]},
    }
    assert "conll2003.py" not in hub.fetched("datasets/eriktks/conll2003")


@pytest.mark.parametrize("path", ["../outside.csv", "a/../../b.csv", "/etc/passwd.csv", "a\\b.csv"])
def test_a_file_whose_name_leads_out_of_its_folder_is_refused(
    look: Inspect, hub: HubServer, listings: Path, path: str
) -> None:
    hub.add("datasets/bad/names", {"train.csv": b"text\n", path: b"text\n"})
    with pytest.raises(UnsupportedDataset, match="mean harm"):
        look("bad/names")
    assert not [*listings.rglob("*")]


def test_a_list_that_fails_for_a_moment_is_asked_again(look: Inspect, hub: HubServer) -> None:
    hub.fail("datasets/some/reviews/tree", Fault.SERVER_ERROR)
    assert look().default_config == "short"
