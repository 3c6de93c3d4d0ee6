"""Hidden places while the text around them is edited."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from components.fill_mask.hidden import carry_spans

patient = settings(deadline=None)
Span = tuple[int, int]

# Few letters, so that what is typed often looks like what stands beside it.
pieces = st.text("ab 😀", max_size=8)


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, str, tuple[Span, ...], int, int]:
    """(before, after, spans that do not overlap, start and end of what was replaced in before)."""
    head, old, new, tail = draw(pieces), draw(pieces), draw(pieces), draw(pieces)
    before, after = head + old + tail, head + new + tail
    cuts = sorted(draw(st.sets(st.integers(0, len(before)), max_size=6)))
    spans = tuple(zip(cuts[::2], cuts[1::2], strict=False))
    return before, after, spans, len(head), len(head) + len(old)


@patient
@given(edits())
@example(("cat cat", "cat", ((0, 3), (4, 7)), 3, 7))
def test_a_span_that_is_carried_covers_the_same_characters(
    edit: tuple[str, str, tuple[Span, ...], int, int],
) -> None:
    before, after, spans, _, _ = edit
    carried = carry_spans(before, after, spans)
    covered = [after[start:end] for start, end in carried]
    assert all(0 <= start < end <= len(after) for start, end in carried)
    # Each is one of the old ones, in the same order, and none is there twice.
    remaining = iter(before[start:end] for start, end in spans)
    assert all(text in remaining for text in covered)
    assert len(set(carried)) == len(carried)


@patient
@given(edits())
def test_spans_before_the_edit_stay_where_they_are(
    edit: tuple[str, str, tuple[Span, ...], int, int],
) -> None:
    before, after, spans, start_of_edit, _ = edit
    carried = carry_spans(before, after, spans)
    assert {span for span in spans if span[1] <= start_of_edit} <= set(carried)


@patient
@given(edits())
def test_an_unchanged_text_keeps_every_span(
    edit: tuple[str, str, tuple[Span, ...], int, int],
) -> None:
    before, _, spans, _, _ = edit
    assert carry_spans(before, before, spans) == spans


def test_an_edit_inside_a_span_shows_it_again() -> None:
    assert carry_spans("the cat sat", "the cart sat", ((4, 7), (8, 11))) == ((9, 12),)
    assert carry_spans("the cat sat", "", ((4, 7),)) == ()


def test_a_word_put_before_a_hidden_one_moves_it() -> None:
    assert carry_spans("the cat sat", "the fat cat sat", ((4, 7),)) == ((8, 11),)
    assert carry_spans("我喜欢茶", "我很喜欢茶", ((3, 4),)) == ((4, 5),)


def test_a_word_with_the_same_first_letter_put_before_a_hidden_one_moves_it_as_well() -> None:
    assert carry_spans("the cat sat", "the cute cat sat", ((4, 7),)) == ((9, 12),)
    assert carry_spans("a cat", "a cat cat", ((2, 5),)) in {((2, 5),), ((6, 9),)}
