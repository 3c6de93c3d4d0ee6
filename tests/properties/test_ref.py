"""`parse` and `str` of a checkpoint's name are inverse, and nothing else escapes `parse`."""

import string

from huggingface_hub.utils._validators import validate_repo_id
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loupe.checkpoints.ref import LEGACY_IDS, CheckpointRef, Kind
from loupe.errors import InvalidRef

# A busy machine is no failure of the parser.
patient = settings(deadline=None)

WORD = string.ascii_letters + string.digits + "_"

words = st.text(WORD, min_size=1, max_size=12)
hub_parts = st.lists(words, min_size=1, max_size=3).flatmap(
    lambda parts: st.sampled_from("-.").map(lambda separator: separator.join(parts))
)
hub_ids = (
    st.one_of(hub_parts, st.tuples(hub_parts, hub_parts).map("/".join))
    # The rule is about the end; an old short name is rewritten and so is not its own id.
    .filter(lambda name: not name.endswith(".git") and name not in LEGACY_IDS)
)
revisions = st.one_of(
    hub_parts,
    st.integers(1, 10**6).map(lambda number: f"refs/pr/{number}"),
    st.text("0123456789abcdef", min_size=40, max_size=40),
)
names = st.tuples(st.sampled_from(WORD), st.text(WORD + ".-", max_size=40)).map("".join)
paths = (
    st.text(
        st.one_of(
            st.sampled_from(" @/:.~%#?{}"),
            st.characters(exclude_categories=["C", "Z"]),
        ),
        min_size=1,
        max_size=200,
    )
    .map(str.strip)
    .filter(lambda path: path != "" and path.isprintable())
)

refs = st.one_of(
    st.builds(CheckpointRef, st.just(Kind.HUB), hub_ids, st.none() | revisions),
    st.builds(CheckpointRef, st.just(Kind.STARTER), names),
    st.builds(CheckpointRef, st.just(Kind.RUN), names, st.none() | st.integers(0, 10**12).map(str)),
    st.builds(CheckpointRef, st.just(Kind.FOLDER), paths),
)

PIECES = [
    *("hub:", "starter:", "run:", "folder:", "https://", "http://", "huggingface.co/", "hf.co/"),
    *("owner/name", "gpt2", "/tree/", "/resolve/", "main", "refs/pr/3", "%2F", "%00", "datasets/"),
    *("@", "..", "/", "~", " ", "[", "]", "{", "}", "\0", "é", "?", "#", "x" * 90, "/x" * 2045),
]
texts = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=8).map("".join))


@patient
@given(refs)
@example(CheckpointRef(Kind.FOLDER, "/srv/my models/é@2/模型 🙂"))
@example(CheckpointRef(Kind.FOLDER, "hub:owner/name@main"))
@example(CheckpointRef(Kind.FOLDER, "https://huggingface.co/owner/name"))
@example(CheckpointRef(Kind.FOLDER, "/" + "x" * 4095))
@example(CheckpointRef(Kind.HUB, "owner/name", "refs/pr/3"))
@example(CheckpointRef(Kind.RUN, "a", "0"))
def test_parse_undoes_str(ref: CheckpointRef) -> None:
    assert CheckpointRef.parse(str(ref)) == ref
    assert CheckpointRef.parse(f"  {ref}\n") == ref


@patient
@given(refs, refs)
def test_two_refs_never_share_one_text(first: CheckpointRef, second: CheckpointRef) -> None:
    assert (str(first) == str(second)) == (first == second)


@patient
@given(texts)
@example("https://[")
@example("https://huggingface.co/a/b/tree/%00")
@example("/" + "x" * 4095)
@example("owner/name@" + "x" * 4085)
@example("folder:" + "x" * 4096)
@example("{0}{text}{")
def test_any_text_is_a_ref_that_round_trips_or_is_refused(text: str) -> None:
    said = ""
    ref = None
    try:
        ref = CheckpointRef.parse(text)
    except InvalidRef as error:
        said = str(error)
    if ref is None:
        assert said
        assert said.isprintable()
    else:
        assert CheckpointRef.parse(str(ref)) == ref
        assert str(ref).isprintable()
        if ref.kind is Kind.HUB:
            validate_repo_id(ref.id)


@patient
@given(st.sampled_from(sorted(LEGACY_IDS)), st.none() | revisions)
def test_an_old_name_and_its_new_one_are_one_ref(old: str, revision: str | None) -> None:
    suffix = "" if revision is None else f"@{revision}"
    ref = CheckpointRef.parse(old + suffix)
    assert ref == CheckpointRef.parse(LEGACY_IDS[old] + suffix)
    assert old != ref.id
