"""From a run's `data` to the rows that it trains on and those that are held out."""

from __future__ import annotations

from pathlib import Path

from loupe.checkpoints.places import Places
from loupe.data.ingest import save_upload
from loupe.data.split import place_of
from loupe.training.job import read_and_split
from loupe.training.spec import RunSpec


def test_held_out_pairs_have_all_their_translations_and_none_is_trained_on(tmp_path: Path) -> None:
    pairs = [(f"sentence {i}", f"phrase {i} {j}") for i in range(40) for j in range(2)]
    text = "en\tfr\n" + "".join(f"{source}\t{target}\n" for source, target in pairs)
    (tmp_path / "pairs.tsv").write_text(text)
    spec = RunSpec.from_dict(
        {
            "name": "test",
            "task": "translation",
            "model": {"checkpoint": "starter:any"},
            "data": {
                "train": [{"path": "pairs.tsv", "columns": {"source": "en", "target": "fr"}}],
                "holdout": 0.25,
            },
        }
    )
    places = Places((tmp_path,), tmp_path, tmp_path, tmp_path)
    train, validation = read_and_split(spec, places)
    assert validation is not None
    held_out = dict(zip(*validation[:].values(), strict=True))
    assert 1 < len(held_out) < 30
    for source, targets in held_out.items():
        assert place_of(source) < 0.25
        assert targets == [target for s, target in pairs if s == source]
    assert len(train) == len(pairs) - 2 * len(held_out)
    assert not set(train["source"]) & set(held_out)


def test_a_run_finds_what_was_uploaded(tmp_path: Path) -> None:
    places = Places((), tmp_path, tmp_path / "state", tmp_path)
    lines = "text;label\n" + "".join(f"words, many {i};{'ab'[i % 2]}\n" for i in range(30))
    upload = save_upload(places.datasets, "mine.csv", lines.encode("cp1252"))
    source = {"path": str(upload), "delimiter": ";", "encoding": "cp1252"}
    spec = RunSpec.from_dict(
        {
            "name": "test",
            "task": "text-classification",
            "model": {"checkpoint": "starter:any"},
            "data": {"train": [source], "holdout": 0.2},
        }
    )
    train, validation = read_and_split(spec, places)
    assert validation is not None
    assert len(train) + len(validation) == 30
    assert train.column_names == ["text", "label"]
