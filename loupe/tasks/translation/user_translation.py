"""A translation that a person wrote, as the model sees it."""

from __future__ import annotations

from dataclasses import dataclass

from loupe.engine.loaded import LoadedModel
from loupe.engine.seq2seq.decode import Ending
from loupe.engine.seq2seq.outputs import ids_of, log_prob_of, read_own, scored
from loupe.errors import EmptyText
from loupe.tasks.translation.predict import codes
from loupe.tasks.translation.query import TranslationResult
from loupe.traces import Alternative, TokenRecord, TokenTrace


@dataclass(frozen=True, slots=True)
class UserTranslation:
    """One's own translation beside the model's, both scored by the same forward over the target.

    own: every token given those before it, of one's own. model_log_prob: of the model's, nats, to
    be compared with `log_prob`; the less probable is not the worse translation. model_ended:
    whether the model's has an end; without one its sum lacks a term that the own has.
    """

    text: str
    own: TokenTrace
    model_text: str
    model_log_prob: float
    model_ended: bool

    @property
    def log_prob(self) -> float:
        """Nats, the sum over all tokens, the end of the sequence included."""
        return log_prob_of(self.own)

    @property
    def disagreements(self) -> tuple[tuple[int, Alternative], ...]:
        """(position, what the model preferred there) wherever another token was more probable."""
        found = ((i, preferred(token)) for i, token in enumerate(self.own.tokens))
        return tuple((i, choice) for i, choice in found if choice is not None)


def preferred(token: TokenRecord) -> Alternative | None:
    """The most probable token, where it is another than the one that stands there."""
    return token.top[0] if token.rank is not None and token.rank > 1 and token.top else None


def score_own(loaded: LoadedModel, result: TranslationResult, text: str) -> UserTranslation:
    """Force the model through a translation that somebody wrote of the same source.

    Raises EmptyText, TextTooLong beyond what the decoder reads, InvalidInput.
    """
    if not text.strip():
        raise EmptyText("There is no translation of yours yet.", "Type how you would say it.")
    _, target = codes(result.direction)
    ids = read_own(loaded, text, result.start, target)
    own = scored(loaded, ids_of(result.source), result.start, ids, result.query.top_k)
    return UserTranslation(
        text=text,
        own=own,
        model_text=result.text,
        model_log_prob=result.log_prob,
        model_ended=result.ending is not Ending.MAX_NEW_TOKENS,
    )
