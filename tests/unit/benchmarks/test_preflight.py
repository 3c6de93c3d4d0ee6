import os

import pytest

from benchmarks.preflight import PROJECT, RUNS, Compared
from loupe.checkpoints.places import Places
from loupe.training.preflight import quick_findings
from loupe.training.spec import RunSpec


@pytest.mark.parametrize("title", RUNS)
def test_its_runs_can_be_trained(title, tmp_path):
    places = Places.from_environment({**os.environ, "LOUPE_HOME": str(tmp_path)}, PROJECT)
    spec = RunSpec.from_dict({"name": "test", **RUNS[title]})
    assert [str(f) for f in quick_findings(spec, places) if f.severity == "stop"] == []
    assert not places.runs.exists()


def test_what_was_said_is_compared_with_what_it_took():
    assert Compared((90.0, 110.0), 50.0).ratio == 2.0
