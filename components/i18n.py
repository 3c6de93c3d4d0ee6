"""The interface's words, each session in its own language.

English stands in the source. A language is a file `components/locale/LANG/LC_MESSAGES/loupe.mo`.
The choice lives in the session, never in the process: gettext.install would change everybody's.
"""

from __future__ import annotations

import gettext
from functools import lru_cache
from pathlib import Path

import streamlit as st

from components import session
from loupe.errors import LoupeError, Phrase

_LOCALE_FOLDER = Path(__file__).parent / "locale"
_DOMAIN = "loupe"

# A made-up language that marks every translated string: what stays unmarked on a page was written
# past the translation. The tests use it.
PSEUDO = "pseudo"


def _(message: str) -> str:
    """The message in this session's language."""
    return translate(message, st.session_state.get(session.LANGUAGE, "en"))


def message_of(error: LoupeError) -> str:
    """What is wrong, in this session's language."""
    return phrase(Phrase(error.message, error.params))


def remedy_of(error: LoupeError) -> str:
    """What to do about it, in this session's language."""
    return phrase(Phrase(error.remedy, error.params))


def phrase(words: Phrase) -> str:
    """A phrase and those within it, in this session's language."""
    filled = {
        name: phrase(value) if isinstance(value, Phrase) else value
        for name, value in words.params.items()
    }
    return _(words.template).format(**filled)


def translate(message: str, language: str) -> str:
    """The message in a language; English where there is no translation."""
    if language == PSEUDO:
        return f"⟦{message}⟧"
    return _catalogue(language).gettext(message)


@lru_cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation(_DOMAIN, _LOCALE_FOLDER, languages=[language], fallback=True)
