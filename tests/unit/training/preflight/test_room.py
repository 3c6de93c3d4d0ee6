import pytest

from loupe.training.preflight.room import (
    EXTRA_CHECKPOINTS,
    checkpoint_bytes,
    disk_free_bytes,
    disk_needed_bytes,
    memory_free_bytes,
)


def test_a_checkpoint_holds_its_weights_and_two_averages_of_those_that_train():
    assert checkpoint_bytes(100, 100) == 4 * 300
    assert checkpoint_bytes(10, 10) == 4 * 30
    assert disk_needed_bytes(100, 100, 2) == (2 + EXTRA_CHECKPOINTS) * 1200


def test_room_is_that_of_the_disk_on_which_the_folder_will_be(tmp_path):
    there = disk_free_bytes(tmp_path)
    assert disk_free_bytes(tmp_path / "not" / "yet") == pytest.approx(there, rel=0.1)
    assert not (tmp_path / "not").exists()


def test_a_container_has_no_more_memory_than_it_is_given(tmp_path):
    for name, text in (
        ("memory.max", "1000000\n"),
        ("memory.current", "700000\n"),
        ("memory.stat", "anon 1\ninactive_file 200000\n"),
    ):
        (tmp_path / name).write_text(text, "ascii")
    assert memory_free_bytes(tmp_path) == 500_000
    (tmp_path / "memory.max").write_text("max\n", "ascii")
    assert memory_free_bytes(tmp_path) > 1_000_000
    assert memory_free_bytes(tmp_path / "none") > 1_000_000
