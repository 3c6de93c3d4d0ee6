import pytest

from loupe.training.preflight.batch_size import Tried, expected_bytes, probe, sizes
from loupe.training.preflight.room import MEMORY_RESERVE_BYTES


@pytest.mark.parametrize(
    ("batch", "accumulation", "wanted"),
    [(16, 1, [16, 8, 4, 2, 1]), (12, 1, [12, 6, 3, 1]), (10, 3, [10, 5, 2, 1]), (7, 1, [7, 1])],
)
def test_smaller_batches_keep_the_effective_one(batch, accumulation, wanted):
    assert list(sizes(batch, accumulation)) == wanted
    assert all(batch * accumulation % size == 0 for size in wanted)


@pytest.mark.parametrize("room", [0, 1, 2, 3, 5, 8, 100])
def test_the_first_that_fits_is_taken(room):
    tried_sizes = []

    def try_batch(batch, accumulation):
        tried_sizes.append(batch)
        assert batch * accumulation == 8
        return Tried(batch, accumulation, batch if batch <= 6 else None)

    tried = probe(try_batch, 8, 1, room + MEMORY_RESERVE_BYTES)
    fitting = [size for size in (8, 4, 2, 1) if size <= min(room, 6)]
    assert tried[-1].fits(room + MEMORY_RESERVE_BYTES) is bool(fitting)
    if fitting:
        assert tried[-1].batch == fitting[0]
        # Nothing smaller is tried once one fits.
        assert tried_sizes[-1] == fitting[0]
    else:
        assert tried_sizes == [8, 4, 2, 1]


def test_a_larger_batch_is_expected_to_take_more_for_its_rows_alone():
    assert expected_bytes(Tried(2, 4, 100 + 2 * 30), 8, fixed_bytes=100) == 100 + 8 * 30
    assert expected_bytes(Tried(2, 4, 90), 8, fixed_bytes=100) == 100
