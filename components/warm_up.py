"""What is done once at the start of the server, so that the first visitor does not wait for it."""

from __future__ import annotations

import gc

from components import resources
from components.fill_mask.defaults import DEFAULT_CHECKPOINT, DEFAULT_TEXT, SHOWN_MAX
from loupe.engine import ModelKey
from loupe.errors import LoupeError
from loupe.tasks import fill_mask


def warm_up() -> None:
    """Answer the question that the first page opens with, and import the heavy packages by it.

    transformers is imported by the checkpoint's worker and not here: its package puts another
    object in its own place while it is imported, and a second thread that imports it at the same
    time would keep the first, half-made one.
    """
    import plotly.graph_objects  # noqa: F401

    # The queue goes on with what waits there, whether or not anybody opens a page.
    resources.runs()

    try:
        key = ModelKey(DEFAULT_CHECKPOINT, fill_mask.AUTO_CLASS)
        query = fill_mask.FillMaskQuery(DEFAULT_TEXT, top_k=SHOWN_MAX)
        fill_mask.submit(resources.pool(), key, query).result(timeout_s=60)
    except (LoupeError, TimeoutError):
        pass  # the page says it where somebody can read it
    # The imports' million objects never die: the collector need not walk them on every round.
    gc.collect()
    gc.freeze()
