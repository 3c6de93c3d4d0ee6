"""The ranking itself: the rules added up, with their reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from loupe.checkpoints.choosing.candidate import Candidate
from loupe.checkpoints.choosing.licences import Licence, allows, kind_of
from loupe.checkpoints.choosing.rules import (
    FEW_ROWS,
    MANY_ROWS,
    RULES,
    UNSTATED_LICENCE,
    WRITING_TASKS,
    Verdict,
    memory,
    speed,
)
from loupe.checkpoints.choosing.wish import LicenceWish, Way, Wish
from loupe.errors import Phrase

# What a checkpoint has to do already to be a base for another task. Source: the heads that
# loupe/tasks trains, each begun from a language model of the same kind.
BASES: dict[str, str] = {
    "text-classification": "fill-mask",
    "token-classification": "fill-mask",
}
ZERO_SHOT = "zero-shot-classification"
CLASSIFICATION = "text-classification"


@dataclass(frozen=True, slots=True)
class Advice:
    """One candidate's place. faults: reasons for which it cannot be taken; it then stands behind
    all that have none. points: what the rules add up to."""

    candidate: Candidate
    way: Way
    points: float
    pros: tuple[Phrase, ...]
    cons: tuple[Phrase, ...]
    faults: tuple[Phrase, ...]

    @property
    def is_possible(self) -> bool:
        return not self.faults


@dataclass(frozen=True, slots=True)
class Ranking:
    """advices: the best first. left_out: those whose licence does not allow what was wished.

    notes: what holds for all of them.
    """

    advices: tuple[Advice, ...]
    left_out: tuple[Candidate, ...]
    notes: tuple[Phrase, ...]


def rank(wish: Wish, candidates: Sequence[Candidate]) -> Ranking:
    """Order the candidates that could do the task. Pure: the same question has the same answer.

    Behind all others stand those with a fault, and last of all those that do not fit into memory.
    """
    fitting = [(one, way) for one in candidates if (way := way_of(wish, one)) is not None]
    allowed = [(one, way) for one, way in fitting if allows(one.licence, wish.licence)]
    left_out = tuple(one for one, _way in fitting if not allows(one.licence, wish.licence))
    pace = pace_of([one for one, _way in allowed], wish)
    advices = [_advise(wish, one, way, pace) for one, way in allowed]
    advices.sort(key=lambda advice: _place(wish, advice))
    return Ranking(tuple(advices), left_out, _notes(wish, advices))


def way_of(wish: Wish, one: Candidate) -> Way | None:
    """How a candidate would do the task; None where it could not."""
    if one.is_untrained:
        return Way.FINE_TUNE if wish.task in one.tasks and wish.labelled_rows > 0 else None
    if wish.task in one.tasks:
        return Way.AS_IS
    if wish.task == CLASSIFICATION and ZERO_SHOT in one.tasks:
        return Way.AS_IS
    if wish.labelled_rows > 0 and BASES.get(wish.task) in one.tasks:
        return Way.FINE_TUNE
    return None


def pace_of(candidates: Sequence[Candidate], wish: Wish) -> float | None:
    """Tokens a second times parameters, the median of what was measured here.

    A model of twice the size takes about twice as long for a token: its work is two operations a
    parameter. Source: Kaplan et al. 2020, section 2.1.
    """
    writes = wish.task in WRITING_TASKS
    found = [
        rate * one.measured.parameters
        for one in candidates
        if one.measured is not None
        and (
            rate := one.measured.generated_tokens_per_s
            if writes
            else one.measured.forward_tokens_per_s
        )
        is not None
    ]
    return median(found) if found else None


def _advise(wish: Wish, one: Candidate, way: Way, pace: float | None) -> Advice:
    verdicts = [rule(wish, one, way) for rule in RULES]
    verdicts += [speed(wish, one, way, pace), _licence(wish, one)]
    cons = tuple(v.con for v in verdicts if v.con is not None and not v.is_fault)
    watch_out = () if one.watch_out is None else (Phrase(one.watch_out),)
    good_at = () if one.good_at is None else (Phrase(one.good_at),)
    return Advice(
        candidate=one,
        way=way,
        points=sum(verdict.points for verdict in verdicts),
        pros=good_at + tuple(v.pro for v in verdicts if v.pro is not None),
        cons=cons + watch_out,
        faults=tuple(v.con for v in verdicts if v.con is not None and v.is_fault),
    )


def _licence(wish: Wish, one: Candidate) -> Verdict:
    if wish.licence is LicenceWish.ANY and kind_of(one.licence) is Licence.NON_COMMERCIAL:
        return Verdict(
            con=Phrase("Its licence ({licence}) forbids some uses.", {"licence": one.licence})
        )
    if kind_of(one.licence) is Licence.UNKNOWN:
        return Verdict(
            UNSTATED_LICENCE, con=Phrase("Read its licence first: its card names no usual one.")
        )
    return Verdict()


def _place(wish: Wish, advice: Advice) -> tuple[bool, bool, float, int, str]:
    one = advice.candidate
    does_not_fit = memory(wish, one, advice.way).is_fault
    smaller_first = one.parameters or 0
    return does_not_fit, bool(advice.faults), -advice.points, smaller_first, str(one.ref)


def _notes(wish: Wish, advices: Sequence[Advice]) -> tuple[Phrase, ...]:
    notes = []
    if 0 < wish.labelled_rows < FEW_ROWS:
        notes.append(
            Phrase(
                "With fewer than {count} labelled rows, take what needs no training, or the "
                "largest base that fits; and label more.",
                {"count": FEW_ROWS},
            )
        )
    if wish.labelled_rows >= MANY_ROWS:
        notes.append(
            Phrase(
                "With {count} labelled rows or more, a small model trained from scratch is worth "
                "a try beside these: the form Fine-tune offers it.",
                {"count": f"{MANY_ROWS:,}"},
            )
        )
    if not advices:
        notes.append(
            Phrase(
                "Nothing here or in the catalogue does this. Any hub id can be typed on the page "
                "of the task."
            )
        )
    elif not any(advice.is_possible for advice in advices):
        notes.append(Phrase("None of these will do: each has a fault that is named with it."))
    return tuple(notes)
