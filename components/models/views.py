"""The two questions that the page answers."""

from __future__ import annotations

VIEWS: dict[str, str] = {
    "there": "What is there?",
    "which": "Which model should I take?",
}
