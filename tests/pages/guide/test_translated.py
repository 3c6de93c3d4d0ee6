"""Every word of the Guide that is Loupe's own can be translated."""

from __future__ import annotations

import pytest

from components import i18n, session, share_link
from components.guide.chapters import CHAPTERS
from components.guide.claims import Chapter
from components.guide.link import GuideState
from components.shell import GUIDE
from tests.pages.guide.words import of_the_guide
from tests.pages.inspect_dataset.inspectors import settled
from tests.pages.test_translation import assert_translated, dotted
from tests.pages.visitor import open_page


@pytest.mark.parametrize("chapter", CHAPTERS.values(), ids=lambda chapter: chapter.id)
def test_a_chapter_is_translated(chapter: Chapter, monkeypatch: pytest.MonkeyPatch) -> None:
    known = of_the_guide()
    monkeypatch.setattr(i18n, "translate", dotted)
    at = settled(
        open_page(
            GUIDE.path,
            params=share_link.to_params(GuideState(chapter=chapter.id)),
            session={session.LANGUAGE: i18n.PSEUDO},
        )
    )
    assert_translated(at, "dotted", *known)
