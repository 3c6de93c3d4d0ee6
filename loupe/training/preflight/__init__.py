"""Before a run: what would go wrong, what it needs and how long it takes.

report          Finding, PreflightReport
quick           what can be said at once: data_files, model_choice, numbers, room
launch          starts the pre-flight's process and follows it
__main__        that process: `python -m loupe.training.preflight FOLDER`
examine         what it does, in order: reading, building, tokens, steps, evaluation
"""

from loupe.training.preflight.launch import run_preflight
from loupe.training.preflight.quick import quick_findings
from loupe.training.preflight.report import Example, Finding, PreflightReport
from loupe.training.preflight.stages import Stage

__all__ = ["Example", "Finding", "PreflightReport", "Stage", "quick_findings", "run_preflight"]
