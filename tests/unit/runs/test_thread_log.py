"""A run in a thread leaves a log of its own."""

from __future__ import annotations

import logging
import threading

from loupe.runs.executors.thread_log import logging_to


def test_only_what_the_thread_itself_says_is_written(tmp_path):
    path = tmp_path / "log.txt"
    path.write_text("before\n", "utf-8")
    ready, done = threading.Event(), threading.Event()

    def other() -> None:
        ready.wait()
        logging.getLogger("loupe.other").warning("of another thread")
        done.set()

    thread = threading.Thread(target=other)
    thread.start()
    with logging_to(path):
        logging.getLogger("loupe.training").warning("of the run 中文")
        logging.getLogger("transformers.trainer").warning("of the library")
        ready.set()
        done.wait()
    thread.join()
    logging.getLogger("loupe.training").warning("after it")
    said = path.read_text("utf-8")
    assert said.startswith("before\n")
    assert "of the run 中文" in said
    assert "of the library" in said
    assert "of another thread" not in said
    assert "after it" not in said
