"""Bad forms and files: each is told beside its cause, before any training starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from loupe.training.preflight import quick_findings
from loupe.training.spec import RunSpec
from tests.unit.training.preflight.bad_runs import BAD_RUNS, BadRun


@pytest.mark.parametrize("bad", BAD_RUNS, ids=lambda bad: bad.name)
def test_a_fault_is_told_beside_its_cause_before_training(bad: BadRun, kitchen):
    spec = bad.make(kitchen)
    before = {path: path.stat().st_mtime_ns for path in kitchen.folder.rglob("*")}
    quick = quick_findings(spec, kitchen.places)
    found = quick if bad.quick else kitchen.examine(spec).findings
    told = [f for f in found if f.severity == "stop" and f.field == bad.field]
    assert any(bad.words in str(f) for f in told), [f"{f.severity} {f.field}: {f}" for f in found]
    if not bad.quick:
        assert not any(f.severity == "stop" for f in quick)
    assert all(f.message and f.remedy for f in found if f.severity == "stop")
    # Nothing was trained, and nothing of the person's was touched.
    assert not kitchen.places.runs.exists()
    assert {p: p.stat().st_mtime_ns for p in kitchen.folder.rglob("*")} == before


def test_there_are_enough_of_them():
    assert len(BAD_RUNS) >= 30
    assert len({bad.field for bad in BAD_RUNS}) >= 20


def test_what_is_offered_mends_the_fault(kitchen):
    mended = 0
    for bad in BAD_RUNS:
        if not bad.quick:
            continue
        spec = bad.make(kitchen)
        for finding in quick_findings(spec, kitchen.places):
            if finding.severity != "stop" or not finding.changes:
                continue
            again = quick_findings(change(spec, dict(finding.changes)), kitchen.places)
            assert not any((f.field, f.message) == (finding.field, finding.message) for f in again)
            mended += 1
    assert mended >= 5


def change(spec: RunSpec, changes: Mapping[str, Any]) -> RunSpec:
    data: Any = spec.model_dump(mode="json")
    for dotted, value in changes.items():
        *path, last = dotted.split(".")
        at: Any = data
        for name in path:
            at = at[int(name)] if isinstance(at, list) else at[name]
        at[last] = value
    return type(spec).from_dict(data)
