"""What is known about a hub without asking it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loupe.checkpoints.child import PROJECT
from loupe.checkpoints.hub import (
    CachedSnapshot,
    FilePlan,
    HubFile,
    HubSettings,
    WeightFormat,
    choose_files,
    find_cached,
    is_companion,
    safe_name,
)
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.errors import InvalidInput, UnsupportedCheckpoint

REF = CheckpointRef.parse("google-bert/bert-base-uncased")
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def plan(*paths: str) -> FilePlan:
    return choose_files([HubFile(path, 10) for path in paths])


def weights(*paths: str) -> list[str]:
    return [file.path for file in plan(*paths).weights]


# Settings


def test_settings_follow_the_variables_that_other_tools_follow(tmp_path: Path) -> None:
    assert HubSettings.from_environment({"HOME": str(tmp_path)}, tmp_path) == HubSettings(
        endpoint="https://huggingface.co", token=None, offline=False, cache=tmp_path
    )
    (tmp_path / "token").write_text("hf_of_file\n")
    home = {"HF_HOME": str(tmp_path)}
    read = HubSettings.from_environment(home | {"HF_ENDPOINT": "http://mirror:8000/hf/"}, tmp_path)
    assert read.endpoint == "http://mirror:8000/hf"
    assert read.token == "hf_of_file"
    older = HubSettings.from_environment(home | {"HUGGING_FACE_HUB_TOKEN": "hf_older"}, tmp_path)
    assert older.token == "hf_older"
    both = home | {"HUGGING_FACE_HUB_TOKEN": "hf_older", "HF_TOKEN": " hf_newer\n"}
    assert HubSettings.from_environment(both, tmp_path).token == "hf_newer"
    elsewhere = {"HF_TOKEN_PATH": str(tmp_path / "token"), "HF_HOME": "/nowhere"}
    assert HubSettings.from_environment(elsewhere, tmp_path).token == "hf_of_file"
    assert not older.offline
    assert HubSettings.from_environment({"HF_HUB_OFFLINE": "1"} | home, tmp_path).offline
    assert HubSettings.from_environment({"TRANSFORMERS_OFFLINE": "yes"} | home, tmp_path).offline
    assert not HubSettings.from_environment({"HF_HUB_OFFLINE": "0"} | home, tmp_path).offline


def test_a_token_is_not_shown_and_does_not_follow_to_a_mirror() -> None:
    ours = HubSettings(cache=Path(), token="hf_secret")
    assert "hf_secret" not in repr(ours)
    mirror = ours.with_endpoint("https://hf-mirror.com/")
    assert mirror.endpoint == "https://hf-mirror.com"
    assert mirror.token is None
    assert ours.with_endpoint("http://huggingface.co").token is None
    assert ours.with_endpoint("https://huggingface.co:444").token is None
    assert ours.with_endpoint("https://huggingface.co").token == "hf_secret"
    assert ours.with_endpoint("https://mirror.example", token="its own").token == "its own"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "hf-mirror.com",
        "ftp://hf-mirror.com",
        "file:///etc/passwd",
        "https://",
        "https://user:secret@hf-mirror.com",
        "https://hf-mirror.com?next=1",
        "https://hf-mirror.com#part",
        "https://hf mirror.com",
        "https://hf-mirror.com:port",
        "https://hf-mirror.com:99999",
        "https://[::1",
        "https://hf-mirror.com\nHost: other",
    ],
)
def test_what_is_no_address_is_no_mirror(address: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        HubSettings(cache=Path()).with_endpoint(address)
    assert "https://hf-mirror.com" in str(caught.value)


# Which files


def test_safetensors_come_before_everything_else() -> None:
    chosen = plan(
        "config.json",
        "flax_model.msgpack",
        "model.fp16.safetensors",
        "model.onnx",
        "model.safetensors",
        "openvino_model.xml",
        "pytorch_model.bin",
        "rust_model.ot",
        "tf_model.h5",
        "weights-q8_0.gguf",
    )
    assert [file.path for file in chosen.files] == ["config.json", "model.safetensors"]
    assert chosen.format is WeightFormat.SAFETENSORS
    assert not chosen.needs_conversion
    assert chosen.bytes_total == 20


def test_shards_are_chosen_with_their_index_and_only_when_whole() -> None:
    index, pickled = "model.safetensors.index.json", "pytorch_model.bin"
    shards = [f"model-0000{n}-of-00003.safetensors" for n in (1, 2, 3)]
    assert weights(index, *shards, pickled) == [index, *shards]
    assert weights(index, *shards[:2], pickled) == [pickled]
    assert weights(*shards, pickled) == [pickled], "shards without their index cannot be read"
    assert weights("model.safetensors", index, *shards) == ["model.safetensors"]


def test_a_pickle_is_the_last_resort_and_needs_conversion() -> None:
    chosen = plan("config.json", "pytorch_model.bin", "training_args.bin", "optimizer.pt")
    assert [file.path for file in chosen.weights] == ["pytorch_model.bin"]
    assert chosen.needs_conversion
    sharded = [f"pytorch_model-0000{n}-of-00002.bin" for n in (1, 2)]
    index = "pytorch_model.bin.index.json"
    assert weights(*sharded, index) == [index, *sharded]


def test_one_gguf_file_is_chosen_by_its_quantisation_then_by_size() -> None:
    q4, q8, q2 = "x.Q4_K_M.gguf", "x-q8_0.gguf", "x.Q2_K.gguf"
    assert weights(q2, q4, q8, "pytorch_model.bin") == [q8]
    assert weights(q2, q4) == [q4]
    sizes = [HubFile("b.gguf", 5), HubFile("a.gguf", 9), HubFile("mmproj-q8_0.gguf", 1)]
    assert [f.path for f in choose_files(sizes).weights] == ["b.gguf"]
    assert weights("x-q8_0-00001-of-00002.gguf", "sub/x-q8_0.gguf", q2) == [q2]


def test_what_a_tokenizer_needs_comes_along_and_code_does_not() -> None:
    wanted = {
        "config.json",
        "generation_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "added_tokens.json",
        "vocab.txt",
        "vocab.json",
        "merges.txt",
        "spiece.model",
        "spm.model",
        "sentencepiece.bpe.model",
        "tokenizer.model",
        "source.spm",
        "target.spm",
        "target_vocab.json",
        "tekken.json",
        "chat_template.jinja",
        "additional_chat_templates/tools.jinja",
        "README.md",
        "LICENSE",
    }
    assert all(is_companion(path) for path in wanted)
    unwanted = {
        "modeling_x.py",
        "tokenization_x.py",
        "tokenizer.py",
        "tokenizer.bin",
        "onnx/config.json",
        "onnx/tokenizer.json",
        "trainer_state.json",
        "flax_model.msgpack.index.json",
        "model.safetensors.index.json",
        ".gitattributes",
        "image.png",
        "../config.json",
    }
    assert not any(is_companion(path) for path in unwanted)


def test_a_repository_without_weights_says_what_it_has() -> None:
    with pytest.raises(UnsupportedCheckpoint) as caught:
        plan("config.json", "model.onnx", "tf_model.h5", "adapter_model.safetensors")
    assert ".h5, .onnx" in str(caught.value)
    with pytest.raises(UnsupportedCheckpoint, match="no weights at all"):
        plan()


_PATHS = st.sampled_from(
    [
        "config.json",
        "model.safetensors",
        "model.safetensors.index.json",
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
        "pytorch_model.bin",
        "pytorch_model.bin.index.json",
        "pytorch_model-00001-of-00002.bin",
        "pytorch_model-00002-of-00002.bin",
        "a.gguf",
        "b.Q8_0.gguf",
        "tf_model.h5",
        "onnx/model.onnx",
        "code.py",
    ]
)


@settings(deadline=None)
@given(st.lists(_PATHS, unique=True))
def test_whatever_is_listed_one_format_is_chosen_in_any_order(paths: list[str]) -> None:
    try:
        chosen = plan(*paths)
    except UnsupportedCheckpoint:
        assert "model.safetensors" not in paths
        assert "pytorch_model.bin" not in paths
        assert not any(path.endswith(".gguf") for path in paths)
        return
    assert plan(*reversed(paths)) == chosen
    files = [file.path for file in chosen.files]
    assert len(set(files)) == len(files)
    assert set(files) <= set(paths)
    suffixes = {Path(file.path).suffix for file in chosen.weights} - {".json"}
    assert len(suffixes) == 1
    assert not suffixes & {".h5", ".onnx", ".py"}


# Names of folders

_REFS = st.builds(
    CheckpointRef,
    st.sampled_from([Kind.HUB, Kind.FOLDER]),
    st.text("aA/-_.é ", min_size=1, max_size=8),
    st.none() | st.text("aA/-", min_size=1, max_size=3),
)


@settings(deadline=None)
@given(_REFS, _REFS)
def test_two_checkpoints_never_share_a_folder_name(a: CheckpointRef, b: CheckpointRef) -> None:
    name = safe_name(a)
    assert (name == safe_name(b)) == (str(a) == str(b))
    assert name != safe_name(a, "another state")
    assert "/" not in name
    assert not name.startswith(".")
    assert len(name.encode()) <= 200


def test_a_safe_name_can_be_read_by_people() -> None:
    assert safe_name(CheckpointRef.parse("some/model@v1")).startswith("some--model--v1-")


# The cache


def fill(cache: Path, name: str, files: dict[str, bytes], revision: str = "main") -> Path:
    """A cache as huggingface_hub leaves it: blobs, and a snapshot of links to them."""
    storage = cache / name
    folder = storage / "snapshots" / COMMIT
    folder.mkdir(parents=True)
    (storage / "blobs").mkdir()
    for number, (path, content) in enumerate(files.items()):
        (storage / "blobs" / str(number)).write_bytes(content)
        (folder / path).symlink_to(f"../../blobs/{number}")
    (storage / "refs" / revision).parent.mkdir(parents=True)
    (storage / "refs" / revision).write_text(COMMIT)
    return folder


WHOLE = {"config.json": b"{}", "model.safetensors": b"weights"}


@pytest.mark.parametrize(
    "name", ["models--google-bert--bert-base-uncased", "models--bert-base-uncased"]
)
def test_a_cached_checkpoint_is_found_under_its_new_and_its_old_name(
    name: str, tmp_path: Path
) -> None:
    folder = fill(tmp_path, name, WHOLE)
    found = find_cached(REF, tmp_path)
    assert found == CachedSnapshot(folder, COMMIT, WeightFormat.SAFETENSORS)
    assert found is not None
    assert not found.needs_conversion
    assert find_cached(CheckpointRef.parse("google-bert/bert-base-cased"), tmp_path) is None
    assert find_cached(CheckpointRef.parse(f"{REF.id}@v2"), tmp_path) is None
    assert find_cached(CheckpointRef.parse(f"{REF.id}@{COMMIT}"), tmp_path) is not None


def test_a_revision_with_slashes_is_found(tmp_path: Path) -> None:
    fill(tmp_path, "models--google-bert--bert-base-uncased", WHOLE, "refs/pr/3")
    assert find_cached(CheckpointRef.parse(f"{REF.id}@refs/pr/3"), tmp_path) is not None
    assert find_cached(REF, tmp_path) is None


def test_a_cached_pickle_is_found_and_flagged(tmp_path: Path) -> None:
    files = {"config.json": b"{}", "pytorch_model.bin": b"pickle"}
    fill(tmp_path, "models--google-bert--bert-base-uncased", files)
    found = find_cached(REF, tmp_path)
    assert found is not None
    assert found.needs_conversion


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors"])
def test_a_checkpoint_with_a_file_that_never_came_is_not_found(
    missing: str, tmp_path: Path
) -> None:
    folder = fill(tmp_path, "models--google-bert--bert-base-uncased", WHOLE)
    blob = (folder / missing).resolve()
    blob.rename(blob.with_name(blob.name + ".1234abcd.incomplete"))
    assert (folder / missing).is_symlink()
    assert find_cached(REF, tmp_path) is None


def test_shards_count_only_when_all_that_the_index_names_are_there(tmp_path: Path) -> None:
    files = {
        "config.json": b"{}",
        "model.safetensors.index.json": b"""{"weight_map": {
            "a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}""",
        "model-00001-of-00002.safetensors": b"a",
        "model-00002-of-00002.safetensors": b"b",
    }
    folder = fill(tmp_path, "models--google-bert--bert-base-uncased", files)
    assert find_cached(REF, tmp_path) is not None
    index = (folder / "model.safetensors.index.json").resolve()
    for broken in ('{"weight_map": {"a": "model-x.safetensors"}}', '{"weight_map": []}', "{", "[]"):
        index.write_text(broken)
        assert find_cached(REF, tmp_path) is None


def test_a_reference_file_that_points_elsewhere_is_not_followed(tmp_path: Path) -> None:
    folder = fill(tmp_path, "models--google-bert--bert-base-uncased", WHOLE)
    outside = tmp_path / "outside"
    folder.rename(outside)
    ref = tmp_path / "models--google-bert--bert-base-uncased" / "refs" / "main"
    ref.write_text(str(outside))
    assert find_cached(REF, tmp_path) is None


def test_an_empty_or_missing_cache_holds_nothing(tmp_path: Path) -> None:
    assert find_cached(REF, tmp_path / "none") is None
    assert list(tmp_path.iterdir()) == []


def test_looking_into_the_cache_and_managing_downloads_imports_no_heavy_library() -> None:
    program = (
        "import sys, loupe.checkpoints.hub, loupe.checkpoints.download, loupe.checkpoints.convert\n"
        "heavy = {'torch', 'transformers', 'huggingface_hub', 'streamlit'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=PROJECT, check=True, timeout=30)
