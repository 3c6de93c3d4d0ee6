"""What can be said of a run without loading its model: at every change of a form."""

from __future__ import annotations

from collections.abc import Iterator

from loupe.checkpoints.places import Places
from loupe.errors import LoupeError
from loupe.training.arguments import make_plan
from loupe.training.preflight.data_files import look_at_files
from loupe.training.preflight.data_rows import Seen
from loupe.training.preflight.model_choice import model_findings
from loupe.training.preflight.numbers import held_out_findings, plan_findings, setting_findings
from loupe.training.preflight.report import Finding, in_order, stop
from loupe.training.spec import RunSpec
from loupe.training.trackers import check_trackers

# Tasks that make one example of a row; the others cut long texts into windows.
ONE_A_ROW = frozenset(
    {"text-classification", "token-classification", "translation", "summarization"}
)


def quick_findings(spec: RunSpec, places: Places) -> tuple[Finding, ...]:
    """Stops first. Milliseconds, except where a file is looked at for the first time."""
    seen = look_at_files(spec, places)
    return in_order([*seen.faults, *model_findings(spec, places), *_numbers(spec, seen)])


def _numbers(spec: RunSpec, seen: Seen) -> Iterator[Finding]:
    yield from setting_findings(spec)
    try:
        check_trackers(spec.args.report_to)
    except LoupeError as error:
        yield stop("args.report_to", error, {"args.report_to": []})
    if seen.train_rows is None or seen.validation_rows is None or seen.train_rows == 0:
        return
    yield from held_out_findings(spec, seen.validation_rows)
    if spec.task in ONE_A_ROW or spec.args.max_steps > 0:
        plan = make_plan(spec.args, seen.train_rows)
        found = plan_findings(spec, plan, seen.train_rows, held_out=seen.validation_rows > 0)
        # How many windows the rows give is known once they are tokenised.
        yield from (
            finding
            for finding in found
            if spec.task in ONE_A_ROW or finding.field != "args.per_device_train_batch_size"
        )
