"""What a pre-flight does at a moment, in words; each is a line of preflight.jsonl."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    STARTING = "starting"
    READING = "reading data"
    BUILDING = "building the model"
    TOKENS = "counting tokens"
    LONGEST = "one step at the longest batch"
    TYPICAL = "typical steps"
    EVALUATION = "one evaluation"
    SAVING = "writing a checkpoint for trial"
