"""The tab "Save or share?": tables, JSON, and a link that opens the page as it is."""

from __future__ import annotations

from components.classify import keys, link
from components.classify.modes import CLASSIFY, TAG
from components.save_or_share import draw_downloads, draw_link
from loupe.checkpoints.ref import CheckpointRef
from loupe.tasks.text_classification import TextClassificationResult
from loupe.tasks.text_classification import export as labels_export
from loupe.tasks.token_classification import TokenClassificationResult
from loupe.tasks.token_classification import export as tags_export
from loupe.tasks.zero_shot_classification import ZeroShotResult
from loupe.tasks.zero_shot_classification import export as own_labels_export


def draw_keep_labels(ref: CheckpointRef, result: TextClassificationResult) -> None:
    """Downloads of all labels, and the link."""
    table, text = labels_export.rows(result), labels_export.to_json(result)
    draw_downloads(table, text, page=keys.PAGE, name="text-classification")
    draw_link(link.state_of(CLASSIFY, str(ref), result.query.text, result.query.pair))


def draw_keep_own_labels(ref: CheckpointRef, result: ZeroShotResult) -> None:
    """Downloads of all labels of one's own, and the link."""
    table, text = own_labels_export.rows(result), own_labels_export.to_json(result)
    draw_downloads(table, text, page=keys.PAGE, name="zero-shot-classification")
    draw_link(link.state_of_own_labels(str(ref), result.query))


def draw_keep_tags(ref: CheckpointRef, result: TokenClassificationResult) -> None:
    """Downloads of entities and words, and the link."""
    table, text = tags_export.rows(result), tags_export.to_json(result)
    draw_downloads(table, text, page=keys.PAGE, name="token-classification")
    draw_link(link.state_of(TAG, str(ref), result.query.text, ""))
