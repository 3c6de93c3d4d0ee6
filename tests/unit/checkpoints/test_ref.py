"""Which spellings name a checkpoint, and which are refused."""

import pytest
from huggingface_hub.utils._validators import validate_repo_id

from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.errors import InvalidRef

ACCEPTED = {
    # Hub ids, and the names from before the hub had owners.
    "google-bert/bert-base-uncased": "hub:google-bert/bert-base-uncased",
    "bert-base-uncased": "hub:google-bert/bert-base-uncased",
    "hub:bert-base-uncased": "hub:google-bert/bert-base-uncased",
    "bert-base-uncased@main": "hub:google-bert/bert-base-uncased@main",
    "gpt2": "hub:openai-community/gpt2",
    "a/b_c-d.e": "hub:a/b_c-d.e",
    "x" * 96: "hub:" + "x" * 96,
    "owner/name@refs/pr/3": "hub:owner/name@refs/pr/3",
    "owner/name@v1.0": "hub:owner/name@v1.0",
    "  owner/name\n": "hub:owner/name",
    "\u3000owner/name\u00a0": "hub:owner/name",
    # Pasted addresses.
    "https://huggingface.co/owner/name": "hub:owner/name",
    "http://huggingface.co/owner/name/": "hub:owner/name",
    "HTTPS://HuggingFace.co/owner/name": "hub:owner/name",
    "huggingface.co/owner/name": "hub:owner/name",
    "hf.co/owner/name": "hub:owner/name",
    "https://hf.co/owner/name?library=transformers": "hub:owner/name",
    "https://huggingface.co/owner/name#usage": "hub:owner/name",
    "https://huggingface.co/owner/name/tree/main": "hub:owner/name",
    "https://huggingface.co/owner/name/tree/main/onnx": "hub:owner/name",
    "https://huggingface.co/owner/name/tree/v1.0/onnx": "hub:owner/name@v1.0",
    "https://huggingface.co/owner/name/blob/main/config.json": "hub:owner/name",
    "https://huggingface.co/owner/name/resolve/dev/model.safetensors?download=true": (
        "hub:owner/name@dev"
    ),
    "https://huggingface.co/owner/name/commit/0123abc": "hub:owner/name@0123abc",
    "https://huggingface.co/owner/name/tree/refs%2Fpr%2F3": "hub:owner/name@refs/pr/3",
    "https://huggingface.co/owner/name/blob/refs%2Fpr%2F3/config.json": "hub:owner/name@refs/pr/3",
    "https://huggingface.co/owner/name/tree/refs/pr/3/onnx": "hub:owner/name@refs/pr/3",
    "https://huggingface.co/gpt2/tree/main": "hub:openai-community/gpt2",
    "https://hf-mirror.com/owner/name": "hub:owner/name",
    "hf-mirror.com/owner/name/tree/main/": "hub:owner/name",
    "https://hub.example.org:8443/owner/name": "hub:owner/name",
    # The other kinds.
    "starter:fill-mask-en": "starter:fill-mask-en",
    "run:2026-11-22_a.1": "run:2026-11-22_a.1",
    "run:a@400": "run:a@400",
    "folder:models/mine": "folder:models/mine",
    "/srv/models/mine": "folder:/srv/models/mine",
    "~/models/mine": "folder:~/models/mine",
    "./mine": "folder:./mine",
    "../mine": "folder:../mine",
    "/srv/my models/é@2 模型": "folder:/srv/my models/é@2 模型",
    "folder:https://not/an/address": "folder:https://not/an/address",
}

REFUSED = {
    "empty": "",
    "only spaces": " \t\n",
    "spaces inside": "owner /name",
    "two words": "bert base",
    "two dots": "owner/../name",
    "only dots": "..",
    "leading dash": "-owner/name",
    "trailing dot": "owner/name.",
    "three parts": "a/b/c",
    "97 characters": "x" * 97,
    "97 characters with an owner": "owner/" + "x" * 91,
    "10,000 characters": "x" * 10_000,
    "a folder of 10,000 characters": "/" + "x" * 10_000,
    "a revision longer than a file name": "owner/name@" + "x" * 300,
    "a starter longer than a file name": "starter:" + "x" * 300,
    "a run longer than a file name": "run:" + "x" * 300,
    "a git address": "owner/name.git",
    "a NUL byte": "owner/name\0",
    "a NUL byte in a folder": "/srv/\0",
    "a control character": "owner/na\x1bme",
    "a right-to-left override": "owner/\u202egnp",
    "a lone surrogate": "owner/\ud800",
    "HTML": "<script>alert(1)</script>",
    "HTML in a folder's clothes": "starter:<b>x</b>",
    "format fields": "{text} {0} {missing}",
    "letters beyond ASCII": "имя/модель",
    "an empty revision": "owner/name@",
    "two revisions": "owner/name@a@b",
    "a revision that climbs": "owner/name@../../x",
    "a revision that climbs later": "owner/name@a/../../x",
    "a revision that ends in a slash": "owner/name@dev/",
    "a revision with an empty part": "owner/name@dev//x",
    "a hub id without a name": "hub:",
    "an unknown kind": "hab:owner/name",
    "a starter without a name": "starter:",
    "a starter that climbs": "starter:..",
    "a starter with a slash": "starter:a/b",
    "a starter at a revision": "starter:a@1",
    "a run that climbs": "run:../a",
    "a step that is no number": "run:x@y",
    "a step below zero": "run:x@-1",
    "an empty step": "run:x@",
    "a folder without a path": "folder:",
    "a folder that starts with a space": "folder: x",
    "a Windows path": "C:\\models\\bert",
    "a data set's page": "https://huggingface.co/datasets/owner/name",
    "a space's page": "hf.co/spaces/owner/name",
    "a page of the documentation": "https://huggingface.co/docs/transformers",
    "a paper": "https://huggingface.co/papers/1810.04805",
    "the list of models": "https://huggingface.co/models",
    "a hub's front page": "https://huggingface.co/",
    "a broken address": "https://[huggingface.co/owner/name",
    "an address that climbs": "https://huggingface.co/owner/name/tree/..%2F..%2Fetc",
    "an address with an encoded NUL": "https://huggingface.co/owner/name/tree/a%00",
    "another protocol": "file:///etc/passwd",
}


@pytest.mark.parametrize(("text", "expected"), ACCEPTED.items(), ids=lambda text: text[:60])
def test_spelling_is_understood(text: str, expected: str) -> None:
    ref = CheckpointRef.parse(text)
    assert str(ref) == expected
    assert CheckpointRef.parse(expected) == ref
    if ref.kind is Kind.HUB:
        validate_repo_id(ref.id)


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_text_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(InvalidRef) as caught:
        CheckpointRef.parse(text)
    error = caught.value
    said = str(error)
    assert said.isprintable()
    assert len(said) < 400
    assert error.remedy
    # Nothing of the machinery shows: no template left unfilled, no exception of a library.
    if "{" not in text:
        assert "{" not in said
        assert "}" not in said
    assert "Traceback" not in said
    assert "Error" not in said


def test_braces_that_were_typed_are_repeated_as_typed() -> None:
    with pytest.raises(InvalidRef) as caught:
        CheckpointRef.parse("{text} {0} {missing}")
    assert "“{text} {0} {missing}” is not" in str(caught.value)


def test_a_long_text_is_cut_in_the_refusal() -> None:
    with pytest.raises(InvalidRef) as caught:
        CheckpointRef.parse("y" * 10_000)
    assert "…" in str(caught.value)
    assert "y" * 81 not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("gpt2", "openai-community/gpt2"),
        ("owner/name@v1", "owner/name @ v1"),
        ("starter:fill-mask-en", "fill-mask-en"),
        ("run:a@400", "a @ 400"),
        ("/srv/a@b", "/srv/a@b"),
    ],
)
def test_label_reads_as_a_person_would_say_it(text: str, label: str) -> None:
    assert CheckpointRef.parse(text).label == label
    assert not label.startswith("hub:")


def test_the_branch_of_an_address_is_left_out_only_where_it_is_the_usual_one() -> None:
    page = "https://huggingface.co/owner/name/tree/"
    assert CheckpointRef.parse(page + "main").revision is None
    assert CheckpointRef.parse(page + "mainline").revision == "mainline"


def test_a_pull_request_in_an_address_is_not_mistaken_for_a_branch_called_refs() -> None:
    ref = CheckpointRef.parse("https://huggingface.co/owner/name/blob/refs/pr/3/config.json")
    assert ref.revision == "refs/pr/3"
    assert ref.revision != "refs"


def test_refs_compare_by_what_they_name() -> None:
    assert CheckpointRef.parse("gpt2") == CheckpointRef.parse(
        "https://hf.co/openai-community/gpt2/"
    )
    assert CheckpointRef.parse("gpt2") != CheckpointRef.parse("gpt2@main")
    assert CheckpointRef.parse("starter:gpt2") != CheckpointRef.parse("run:gpt2")
    assert len({CheckpointRef.parse("gpt2"), CheckpointRef.parse(" gpt2 ")}) == 1
