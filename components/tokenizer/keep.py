"""The tab "Save or share?": tables, JSON, and a link that opens the page as it is."""

from __future__ import annotations

from components.save_or_share import draw_downloads, draw_link
from components.tokenizer import keys, link
from loupe.checkpoints.ref import CheckpointRef
from loupe.tokenization import CutText, export


def draw_keep(ref: CheckpointRef, cut_text: CutText) -> None:
    """Downloads of all tokens, and the link."""
    table, text = export.rows(cut_text), export.to_json(cut_text)
    draw_downloads(table, text, page=keys.PAGE, name="tokens", has_probabilities=False)
    draw_link(link.state_of(str(ref), cut_text.text))
