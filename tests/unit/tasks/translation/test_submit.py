"""Translations asked of a pool: in its worker's thread, with progress, and stopped half way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.checkpoints.resolve import ResolvedCheckpoint
from loupe.engine import ModelKey, Pool
from loupe.engine.ticket import State, Ticket
from loupe.errors import Cancelled
from loupe.tasks import translation
from loupe.tasks.translation import Direction, DirectionKind, DocumentQuery, TranslationQuery
from tests.tiny_models import make_tiny

KEY = ModelKey(CheckpointRef(Kind.STARTER, "mbart"), translation.AUTO_CLASS)
TEXT = "The cat sleeps on the mat."


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    root: Path = tmp_path_factory.mktemp("tiny")
    make_tiny("mbart", root / "mbart")
    pool = Pool(
        Places((root,), root, root, root),
        memory_budget_bytes=1 << 40,
        device="cpu",
        resolve=lambda ref: ResolvedCheckpoint(root / ref.id, "r1", (root,)),
    )
    yield pool
    assert pool.close(timeout_s=20)


def test_everything_can_be_asked_of_a_pool(pool: Pool) -> None:
    offered = translation.submit_directions(pool, KEY).result(60)
    chinese = offered.between("en_XX", "zh_CN")
    query = TranslationQuery(TEXT, chinese, max_new_tokens=6)
    ticket = translation.submit(pool, KEY, query)
    result = ticket.result(60)
    assert result.direction == Direction(DirectionKind.LANGUAGES, "", "en_XX", "zh_CN")
    assert result.source.revision == "r1"
    assert ticket.progress is not None
    assert (ticket.progress.done, ticket.progress.unit) == (6, "tokens")
    assert translation.submit_check(pool, KEY, result).result(60).agrees
    assert translation.submit_own(pool, KEY, result, "The fox").result(60).own.text == "The fox"
    assert translation.submit_look(pool, KEY, result).result(60).layers == 2
    document = translation.submit_document(pool, KEY, DocumentQuery(TEXT, max_new_tokens=6))
    assert document.result(60).rows[0].source == TEXT
    assert document.progress is not None
    assert (document.progress.done, document.progress.total) == (1, 1)


def test_a_document_that_nobody_waits_for_ends_and_leaves_the_model_free(pool: Pool) -> None:
    text = "\n".join(f"{i} {TEXT}" for i in range(3000))
    ticket: Ticket[translation.DocumentResult] = translation.submit_document(
        pool, KEY, DocumentQuery(text, max_new_tokens=60)
    )
    deadline = time.monotonic() + 30
    while ticket.progress is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert ticket.progress is not None
    assert ticket.progress.done < 3000
    began = time.monotonic()
    assert ticket.cancel()
    with pytest.raises(Cancelled):
        ticket.result(10)
    answer = translation.submit(pool, KEY, TranslationQuery(TEXT, max_new_tokens=3)).result(30)
    assert answer.target.tokens
    assert time.monotonic() - began < 10, "the whole document takes far longer"


def test_a_sentence_does_not_wait_for_a_document(pool: Pool) -> None:
    text = "\n".join(f"{i} {TEXT}" for i in range(3000))
    document = translation.submit_document(pool, KEY, DocumentQuery(text, max_new_tokens=60))
    deadline = time.monotonic() + 30
    while document.progress is None and time.monotonic() < deadline:
        time.sleep(0.01)
    answer = translation.submit(pool, KEY, TranslationQuery("The dog.", max_new_tokens=3))
    assert answer.result(30).target.tokens
    assert document.state is State.RUNNING
    assert document.progress is not None
    assert document.progress.done < 3000
    assert document.cancel()
