"""What the page shows before anybody asks for something else."""

from __future__ import annotations

from loupe.checkpoints.ref import CheckpointRef, Kind

DEFAULT_CHECKPOINT = CheckpointRef(Kind.STARTER, "fill-mask-en")
# A capital, accents, a character that few vocabularies have, and a word that none has whole.
DEFAULT_TEXT = "Zoë’s naïve café in São Paulo was unbelievably good 👍🏽"
# The bundled ones that cut each in its own way: WordPiece, byte-level BPE and Unigram.
DEFAULT_COMPARED = (
    DEFAULT_CHECKPOINT,
    CheckpointRef(Kind.STARTER, "generate-en"),
    CheckpointRef(Kind.STARTER, "translate-en-fr"),
)
COMPARED_MAX = 6

# Of a long text so much is drawn; the downloads hold all of it.
STRIP_TOKENS = 300
TABLE_TOKENS = 1_000
STAGE_PIECES = 120
STAGE_CHARACTERS = 1_000
AXIS_CHARACTERS = 300
PIECE_CHARACTERS = 120
BYTES = 24
CHARACTERS_SHOWN = 8
PIECES_OF_A_WORD = 60
WORDS_OFFERED = 500
EXAMPLES_OF_A_LOSS = 4

TABS: dict[str, str] = {
    "stages": "What happened?",
    "tokens": "Which tokens?",
    "word": "Why this cut?",
    "others": "Other tokenizers?",
    "languages": "Other languages?",
    "code": "In Python?",
    "keep": "Save or share?",
}
