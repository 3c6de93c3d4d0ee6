"""The questions that the Guide answers, in their order."""

from __future__ import annotations

from components.guide.chapters import bad_at, choosing, families, fine_tuning, good_at, hard
from components.guide.claims import Chapter

CHAPTERS: dict[str, Chapter] = {
    chapter.id: chapter
    for chapter in (
        families.CHAPTER,
        good_at.CHAPTER,
        bad_at.CHAPTER,
        choosing.CHAPTER,
        fine_tuning.CHAPTER,
        hard.CHAPTER,
    )
}
