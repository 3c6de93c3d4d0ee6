"""Links in a folder lead nowhere that Loupe may not read."""

from __future__ import annotations

import pytest

from loupe.checkpoints.loading import check_links
from loupe.errors import OutsideRoots, UnsupportedCheckpoint


def test_a_link_out_of_the_roots_is_refused_and_one_inside_is_fine(bert, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("x")
    roots = (bert.parent / "bert", tmp_path / "blobs")
    (tmp_path / "blobs").mkdir()
    (bert / "config.json").rename(tmp_path / "blobs" / "abc")
    (bert / "config.json").symlink_to(tmp_path / "blobs" / "abc")
    check_links(bert, roots)
    (bert / "vocab.txt").symlink_to(outside / "secret.txt")
    with pytest.raises(OutsideRoots) as caught:
        check_links(bert, roots)
    assert "vocab.txt" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_linked_folders_circles_and_the_folder_itself_are_checked(bert, tmp_path):
    with pytest.raises(OutsideRoots):
        check_links(bert, (tmp_path / "elsewhere",))
    (bert / "round").symlink_to(bert / "round")
    with pytest.raises(OutsideRoots):
        check_links(bert, (bert,))
    (bert / "round").unlink()
    (bert / "up").symlink_to(tmp_path.parent, target_is_directory=True)
    with pytest.raises(OutsideRoots):
        check_links(bert, (bert,))


def test_a_folder_of_endless_files_is_not_walked_to_its_end(bert, monkeypatch):
    monkeypatch.setattr("loupe.checkpoints.links.ENTRIES_MAX", 2)
    with pytest.raises(UnsupportedCheckpoint):
        check_links(bert, (bert,))
