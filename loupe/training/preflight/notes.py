"""What a pre-flight has found so far."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from loupe.training.preflight.report import Finding, PreflightReport, in_order
from loupe.training.preflight.stages import Stage


class Ended(Exception):
    """Something stops the run, so nothing after it can be tried; no fault of anybody."""


@dataclass
class Notes:
    """numbers: of PreflightReport, by name. otherwise: the field of a fault that names none.

    tell: is told each stage as it begins. now: a clock, in seconds.
    """

    tell: Callable[[Stage], None]
    now: Callable[[], float] = time.perf_counter
    otherwise: str = ""
    findings: list[Finding] = field(default_factory=list)
    numbers: dict[str, Any] = field(default_factory=dict)

    def begin(self, stage: Stage, otherwise: str) -> None:
        self.otherwise = otherwise
        self.tell(stage)

    def say(self, *findings: Finding) -> None:
        self.findings += findings

    def know(self, **numbers: Any) -> None:
        self.numbers.update(numbers)

    def end_if_stopped(self) -> None:
        """Raises Ended."""
        if any(finding.severity == "stop" for finding in self.findings):
            raise Ended

    def report(self) -> PreflightReport:
        return PreflightReport(findings=in_order(self.findings), **self.numbers)
