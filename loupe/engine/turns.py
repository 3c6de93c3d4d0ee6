"""Work that goes on turn by turn, so that several requests of one checkpoint advance together.

def work(loaded, ticket, batch):
    row = batch.open(ids)
    while ...:
        yield [row]              # the model reads row.pending
        row.append(choose(row.logits[-1]))
    return result
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from loupe.engine.decoding import Row, RowBatch
from loupe.engine.loaded import LoadedModel
from loupe.engine.ticket import Job, Ticket, cancelled_error

T = TypeVar("T")

# Each yield names all the rows of this work that need their next logits.
Steps = Generator[Sequence[Row], None, T]


@dataclass(frozen=True, slots=True)
class TurnWork(Generic[T]):
    """Work for `Pool.submit` whose texts grow beside those of others.

    begin(loaded, ticket, batch): its turns; what it returns is the result.
    rows: how many texts it grows at once; 0 for work that only lets others in between its parts.
    """

    begin: Callable[[LoadedModel, Ticket[T], RowBatch], Steps[T]]
    rows: int = 1


@dataclass(slots=True)
class _Active:
    job: Job[Any]
    steps: Steps[Any]
    rows: list[Row]
    count: int


class Turns:
    """The jobs of one checkpoint that grow texts now. For its worker's thread alone.

    fail, finish: tell a job's holders how it ended.
    """

    def __init__(
        self,
        loaded: LoadedModel,
        finish: Callable[[Job[Any], Any], None],
        fail: Callable[[Job[Any], BaseException], None],
    ) -> None:
        self._loaded = loaded
        self._batch = RowBatch(loaded)
        self._finish = finish
        self._fail = fail
        self._active: list[_Active] = []

    def __bool__(self) -> bool:
        return bool(self._active)

    @property
    def rows(self) -> int:
        """Texts that the jobs under way grow."""
        return sum(active.count for active in self._active)

    def admit(self, job: Job[Any]) -> None:
        """Let a job whose work is a TurnWork begin."""
        work = job.work
        assert isinstance(work, TurnWork)
        try:
            steps = work.begin(self._loaded, job.worker_ticket, self._batch)
        except BaseException as error:
            self._fail(job, error)
            return
        active = _Active(job, steps, [], work.rows)
        self._active.append(active)
        self._go_on(active)

    def turn(self) -> None:
        """One forward's worth for every job; those that end leave."""
        for active in list(self._active):
            if active.job.cancelled.is_set():
                self._leave(active)
                self._fail(active.job, cancelled_error())
        if not self._active:
            return
        rows = [row for active in self._active for row in active.rows]
        failed = dict(self._batch.step(rows))
        for active in list(self._active):
            errors = [failed[row] for row in active.rows if row in failed]
            if errors:
                self._leave(active)
                self._fail(active.job, errors[0])
            else:
                self._go_on(active)

    def close(self) -> None:
        """Give up all that is under way."""
        for active in list(self._active):
            self._leave(active)
            self._fail(active.job, cancelled_error())

    def _go_on(self, active: _Active) -> None:
        try:
            active.rows = list(next(active.steps))
        except StopIteration as stop:
            self._active.remove(active)
            self._finish(active.job, stop.value)
        except BaseException as error:
            self._active.remove(active)
            self._fail(active.job, error)

    def _leave(self, active: _Active) -> None:
        self._active.remove(active)
        active.steps.close()
