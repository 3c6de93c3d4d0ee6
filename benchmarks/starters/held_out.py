"""Which rows a starter is judged on: what its own run.yaml held out of its training.

Read and split by the code that trains, so that the two cannot disagree.
"""

from __future__ import annotations

from typing import Any

from loupe.checkpoints.places import Places
from loupe.data.read import read_rows
from loupe.data.spec import Role, Source
from loupe.data.split import limit, normalise, place_of
from loupe.training.job import read_and_split
from loupe.training.spec import ROLES, RunSpec


def held_out(spec: RunSpec, places: Places) -> Any:
    """The rows that the run itself was judged on, as `job.read_and_split` gives them."""
    return _validation(spec, places)


def held_out_of(spec: RunSpec, places: Places, path: str) -> Any:
    """All held-out rows of one of the run's files. Raises ValueError where it is none of them.

    A row is held out by its text alone, so the other files make no difference.
    """
    sources = tuple(source for source in spec.data.train if source.path == path)
    if not sources:
        raise ValueError(f"the run {spec.name} was not trained on {path}")
    return _validation(_with(spec, train=sources, max_validation_rows=None), places)


def unused(spec: RunSpec, places: Places, count: int) -> Any:
    """The first `count` held-out rows that the run did not choose its checkpoint by.

    First in the order of the hash that holds rows out, which is as good as chance and fixed. Of
    pairs, one row a source, with all of its targets.
    """
    role = ROLES[spec.task][0].value
    rows = _validation(_with(spec, max_validation_rows=None), places)
    seen = limit(rows, spec.data.max_validation_rows, spec.args.seed)
    used = {normalise(text) for text in seen[role]} if len(seen) < len(rows) else set()
    texts = rows[role]
    left = [i for i, text in enumerate(texts) if normalise(text) not in used]
    return rows.select(sorted(left, key=lambda i: place_of(texts[i]))[:count])


def tagged_sentences(path: str, places: Places) -> Any:
    """The sentences of a CoNLL file."""
    return read_rows(
        [Source(path=path)], (Role.TOKENS, Role.TAGS), roots=places.roots, samples=places.starters
    )


def _with(spec: RunSpec, **changes: Any) -> RunSpec:
    return spec.model_copy(update={"data": spec.data.model_copy(update=changes)})


def _validation(spec: RunSpec, places: Places) -> Any:
    rows = read_and_split(spec, places)[1]
    if rows is None:
        raise ValueError(f"the run {spec.name} held nothing out")
    return rows
