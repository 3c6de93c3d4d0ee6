"""How a tokenizer makes tokens of a text, stage by stage, and what that costs."""

from loupe.tokenization.cutting import MAX_CHARACTERS, cut
from loupe.tokenization.records import Agreement, CutText, Loss, Part, Role, Stages, Token

__all__ = [
    "MAX_CHARACTERS",
    "Agreement",
    "CutText",
    "Loss",
    "Part",
    "Role",
    "Stages",
    "Token",
    "cut",
]
