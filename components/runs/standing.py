"""Where a run stands, in sentences: from what the queue and the run's files say."""

from __future__ import annotations

from collections.abc import Mapping

from components.i18n import _, phrase
from components.runs import words
from loupe.errors import Phrase
from loupe.runs.progress import Progress
from loupe.runs.queue import KILL_AFTER_S, TERMINATE_AFTER_S
from loupe.runs.state import RunState, Stage, Status
from loupe.runs.summary import RunSummary
from loupe.training.phases import Phase

# A process at work writes at least this often; see loupe.training.monitor.
SILENT_AFTER_S = 30.0


def sentences(
    run: RunSummary, state: RunState, progress: Progress, place: int | None, now_s: float
) -> list[str]:
    """What a person wants to know first. place: in the queue, from 1. now_s: since 1970."""
    says = {
        Status.QUEUED: lambda: _queued(state, progress, place),
        Status.RUNNING: lambda: _running(state, progress, now_s),
        Status.FINISHED: lambda: _finished(run, progress),
        Status.STOPPED: lambda: _stopped(run, progress, now_s),
        Status.FAILED: lambda: _failed(run, progress, now_s),
        Status.CANCELLED: lambda: [_("Taken from the queue before it began.")],
    }
    said = says[run.status]()
    if state.put_out:
        said.append(
            _("To make room for it, these models left memory: {names}.").format(
                names=", ".join(state.put_out)
            )
        )
    return said


def done_share(run: RunSummary, progress: Progress) -> float | None:
    """How much of the steps is done, 0 to 1; None before that is known."""
    total = progress.total_steps or run.total_steps
    return min(1.0, progress.step / total) if total else None


def _queued(state: RunState, progress: Progress, place: int | None) -> list[str]:
    said = [
        _("Waiting: place {place} in the queue.").format(place=place) if place else _("Waiting.")
    ]
    if state.attempts and progress.step:
        said.append(
            _("It goes on from its last checkpoint, near step {step}.").format(
                step=f"{progress.step:,}"
            )
        )
    return said


def _running(state: RunState, progress: Progress, now_s: float) -> list[str]:
    said = [_doing(progress, now_s), _sign_of_life(state, progress, now_s)]
    if state.stop is not None:
        said.append(_stopping(state, now_s))
    return said


def _doing(progress: Progress, now_s: float) -> str:
    """`Training: step 120 of 400, 2:10 left`; before the first step the phase."""
    newest = progress.machine[-1] if progress.machine else None
    is_of_this = newest is not None and newest.time_s >= (progress.process_began_s or 0.0)
    phase = (newest.phase if newest is not None and is_of_this else None) or progress.phase
    total = progress.total_steps
    if total is None or (phase in _BEFORE and progress.phase is not None):
        return _("{phase}…").format(phase=words.phase_words(phase or Phase.STARTING))
    said = _("{phase}: step {step} of {total}").format(
        phase=words.phase_words(phase or Phase.TRAINING),
        step=f"{progress.step:,}",
        total=f"{total:,}",
    )
    left_s = progress.remaining_s(now_s)
    if left_s:
        said += ", " + _("{time} left").format(time=words.clock(left_s))
    return said


_BEFORE = frozenset({Phase.STARTING, Phase.READING, Phase.PREPARING, None})


def _sign_of_life(state: RunState, progress: Progress, now_s: float) -> str:
    last_s = progress.machine[-1].time_s if progress.machine else progress.process_began_s
    if last_s is None or last_s < (state.began_s or 0.0):
        return _("Its process has not said anything yet.")
    if now_s - last_s > SILENT_AFTER_S:
        return _("No sign of life since {time}: it may hang, or have been killed.").format(
            time=words.clock(now_s - last_s)
        )
    return _("Last sign of life {count} s ago.").format(count=round(max(0.0, now_s - last_s)))


def _stopping(state: RunState, now_s: float) -> str:
    stop = state.stop
    assert stop is not None
    asked = words.clock(now_s - stop.asked_s)
    if stop.requeue:
        return _("It makes way for another run: it saves, and goes on after that.")
    if stop.how == "save":
        return _("Asked {time} ago to save and stop: it ends after the step in hand.").format(
            time=asked
        )
    if stop.stage is Stage.ASKED:
        return _(
            "Asked {time} ago to stop now; after {deadline:.0f} s it is told more firmly."
        ).format(time=asked, deadline=TERMINATE_AFTER_S)
    if stop.stage is Stage.TERMINATED:
        return _(
            "Told {time} ago to stop now; {deadline:.0f} s after it was asked it is killed."
        ).format(time=asked, deadline=KILL_AFTER_S)
    return _("Killed: it did not stop in time. Its last whole checkpoint is kept.")


def _finished(run: RunSummary, progress: Progress) -> list[str]:
    said = _("Finished: {steps} steps in {time}.").format(
        steps=f"{run.step or 0:,}", time=words.clock(progress.elapsed_s)
    )
    best = _("Its best checkpoint is of step {step}.").format(step=f"{run.best_step or 0:,}")
    if progress.ended_early:
        return [said, best, _("It ended early: for a while nothing had become better.")]
    return [said, best]


def _stopped(run: RunSummary, progress: Progress, now_s: float) -> list[str]:
    return [_at(_("Stopped"), run, progress, now_s)]


def _failed(run: RunSummary, progress: Progress, now_s: float) -> list[str]:
    return [_at(_("Failed"), run, progress, now_s)]


def _at(what: str, run: RunSummary, progress: Progress, now_s: float) -> str:
    """What, where in its steps, and when."""
    when = words.ago(now_s - run.ended_s) if run.ended_s is not None else ""
    total = progress.total_steps
    if total is None:
        where = _("before its first step")
    else:
        where = _("at step {step} of {total}").format(step=f"{progress.step:,}", total=f"{total:,}")
    ended = f"{what} {where}"
    return f"{ended}, {when}." if when else f"{ended}."


def in_words(template: str, params: Mapping[str, object]) -> str:
    """A template that a file holds. One that its parameters do not fill is said as it is."""
    try:
        return phrase(Phrase(template, params))
    except (KeyError, IndexError, ValueError, AttributeError):
        return template
