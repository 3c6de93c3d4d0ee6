"""Which folders may be read, and where the hub's cache lies."""

from pathlib import Path

import pytest

from loupe.checkpoints.places import ROOTS_VARIABLE, STATE_VARIABLE, Places
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.errors import CheckpointNotFound, OutsideRoots


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    (folder / "model").mkdir(parents=True)
    (tmp_path / "outside" / "model").mkdir(parents=True)
    return folder


@pytest.fixture
def places(root: Path, tmp_path: Path) -> Places:
    return Places.from_environment(
        {"HOME": str(tmp_path / "home"), ROOTS_VARIABLE: str(root)}, tmp_path / "project"
    )


def test_the_home_folder_is_the_only_root_by_default(tmp_path: Path) -> None:
    places = Places.from_environment({"HOME": str(tmp_path)}, Path("project"))
    assert places.roots == (tmp_path.resolve(),)
    assert Path("/") not in places.roots


def test_named_roots_replace_the_home_folder(tmp_path: Path) -> None:
    named = f"{tmp_path / 'a'}::{tmp_path / 'b'}:"
    places = Places.from_environment({"HOME": "/home/x", ROOTS_VARIABLE: named}, Path("project"))
    assert places.roots == ((tmp_path / "a").resolve(), (tmp_path / "b").resolve())
    assert Path("/home/x") not in places.roots
    # The empty parts between colons do not stand for the current folder.
    assert Path.cwd() not in places.roots


def test_a_root_that_is_a_link_stands_for_what_it_points_to(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    places = Places.from_environment({ROOTS_VARIABLE: str(tmp_path / "link")}, Path("project"))
    assert places.resolve_folder(str(tmp_path / "link" / "model")) == (root / "model").resolve()
    with pytest.raises(OutsideRoots):
        places.resolve_folder(str(tmp_path / "outside"))


def test_own_folders_lie_in_the_state_folder(tmp_path: Path) -> None:
    places = Places.from_environment({STATE_VARIABLE: str(tmp_path)}, Path("project"))
    assert {places.runs, places.converted, places.downloads} == {
        tmp_path / "runs",
        tmp_path / "converted",
        tmp_path / "downloads",
    }
    assert not any(tmp_path.iterdir())


def test_the_state_folder_is_in_the_home_folder_by_default() -> None:
    places = Places.from_environment({"HOME": "/home/x"}, Path("/srv/project"))
    assert places.state == Path("/home/x/.local/share/loupe")
    assert not places.state.is_relative_to("/srv/project")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "/home/x/.cache/huggingface/hub"),
        ({"XDG_CACHE_HOME": "/xdg"}, "/xdg/huggingface/hub"),
        ({"HF_HOME": "/hf", "XDG_CACHE_HOME": "/xdg"}, "/hf/hub"),
        ({"HUGGINGFACE_HUB_CACHE": "/old", "HF_HOME": "/hf"}, "/old"),
        ({"HF_HUB_CACHE": "/hub", "HUGGINGFACE_HUB_CACHE": "/old", "HF_HOME": "/hf"}, "/hub"),
        (
            {"HF_HUB_CACHE": "", "HF_HOME": "", "XDG_CACHE_HOME": ""},
            "/home/x/.cache/huggingface/hub",
        ),
    ],
)
def test_the_hubs_own_variables_say_where_its_cache_is(
    environment: dict[str, str], expected: str
) -> None:
    places = Places.from_environment({"HOME": "/home/x", **environment}, Path("project"))
    assert places.hub_cache == Path(expected)


def test_a_folder_inside_a_root_is_found(places: Places, root: Path) -> None:
    assert places.resolve_folder(str(root / "model")) == (root / "model").resolve()
    assert places.resolve_folder(f"{root}/model/../model/.") == (root / "model").resolve()
    assert places.resolve_folder(str(root)) == root.resolve()


def test_a_folder_with_spaces_and_letters_beyond_ascii_is_found(places: Places, root: Path) -> None:
    folder = root / "my models" / "é@2 模型"
    folder.mkdir(parents=True)
    assert places.resolve_folder(str(folder)) == folder.resolve()


def test_a_single_file_inside_a_root_is_found(places: Places, root: Path) -> None:
    (root / "model.gguf").touch()
    assert places.resolve_folder(str(root / "model.gguf")).name == "model.gguf"


@pytest.mark.parametrize(
    "path",
    [
        "{root}/../outside/model",
        "{root}/model/../../outside/model",
        "{root}/../outside/nothing",
        "{root}/..",
        "{root}-and-more",
        "/",
        "/etc/passwd",
        "/no/such/folder",
        "../../../../../../../../etc",
    ],
)
def test_a_path_that_leaves_the_roots_is_refused_whether_it_exists_or_not(
    places: Places, root: Path, path: str
) -> None:
    with pytest.raises(OutsideRoots) as caught:
        places.resolve_folder(path.format(root=root))
    said = str(caught.value)
    assert ROOTS_VARIABLE in said
    assert str(root) in said
    assert "{" not in said


@pytest.mark.parametrize("target", ["outside/model", "outside/nothing", "outside"])
def test_a_link_that_leaves_the_roots_is_refused_whether_its_target_exists_or_not(
    places: Places, root: Path, tmp_path: Path, target: str
) -> None:
    (root / "link").symlink_to(tmp_path / target)
    for path in (root / "link", root / "link" / "deeper"):
        with pytest.raises(OutsideRoots) as caught:
            places.resolve_folder(str(path))
        # What the link points to is not told.
        assert str(tmp_path / target) not in str(caught.value)


def test_a_link_that_stays_inside_is_followed(places: Places, root: Path) -> None:
    (root / "link").symlink_to("model")
    assert places.resolve_folder(str(root / "link")) == (root / "model").resolve()


def test_a_missing_folder_inside_a_root_is_said_to_be_missing(places: Places, root: Path) -> None:
    with pytest.raises(CheckpointNotFound) as caught:
        places.resolve_folder(str(root / "nothing"))
    assert "nothing" in str(caught.value)
    assert not isinstance(caught.value, OutsideRoots)


@pytest.mark.parametrize("name", ["a\0b", "x" * 5_000, "{braces}"])
def test_an_impossible_path_is_an_error_for_a_person(places: Places, root: Path, name: str) -> None:
    with pytest.raises(CheckpointNotFound) as caught:
        places.resolve_folder(f"{root}/{name}")
    assert name in str(caught.value)


def test_a_link_to_itself_is_an_error_for_a_person(places: Places, root: Path) -> None:
    (root / "loop").symlink_to("loop")
    with pytest.raises(CheckpointNotFound):
        places.resolve_folder(str(root / "loop"))


def test_a_starter_is_found_by_name(places: Places) -> None:
    folder = places.starters / "fill-mask-en"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    assert places.find_starter(CheckpointRef(Kind.STARTER, "fill-mask-en")) == folder


@pytest.mark.parametrize("name", ["c", "not-finished", "x" * 96])
def test_an_unknown_starter_names_those_that_exist(places: Places, name: str) -> None:
    for there in ("b", "a"):
        (places.starters / there).mkdir(parents=True)
        (places.starters / there / "config.json").write_text("{}")
    (places.starters / "not-finished").mkdir()
    with pytest.raises(CheckpointNotFound, match="The starters are: a, b") as caught:
        places.find_starter(CheckpointRef.parse(f"starter:{name}"))
    assert "not-finished" not in caught.value.params["names"]  # type: ignore[operator]


def test_without_starters_the_message_still_reads(places: Places) -> None:
    assert places.starter_names() == ()
    with pytest.raises(CheckpointNotFound) as caught:
        places.find_starter(CheckpointRef(Kind.STARTER, "any"))
    assert "{" not in str(caught.value)
    assert "()" not in str(caught.value)


def test_a_server_that_others_can_reach_reads_no_folder_unless_told(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    home = {"HOME": str(tmp_path)}
    alone = Places.from_environment(home, tmp_path)
    assert alone.resolve_folder(str(folder)) == folder.resolve()
    shared = Places.from_environment(home, tmp_path, only_this_machine=False)
    with pytest.raises(OutsideRoots, match="LOUPE_ROOTS"):
        shared.resolve_folder(str(folder))
    told = Places.from_environment(
        {**home, "LOUPE_ROOTS": str(folder)}, tmp_path, only_this_machine=False
    )
    assert told.resolve_folder(str(folder)) == folder.resolve()
