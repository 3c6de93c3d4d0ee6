"""The scores of an output by another way, to be compared with what is shown."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from loupe.engine.loaded import LoadedModel
from loupe.engine.recompute import (
    distributions,
    order_agrees,
    record_differences,
    tolerance_of,
)
from loupe.engine.seq2seq.decode import OnToken
from loupe.engine.seq2seq.outputs import Written, ids_of
from loupe.errors import Phrase


@dataclass(frozen=True, slots=True)
class CheckReport:
    """How far the independent computation is from what is shown.

    largest_difference: over `compared` numbers (log-probabilities and entropies in nats, the rest
    as a probability). where: the number that differs most. order_agrees: every rank is right.
    text_agrees: the ids say what is shown.
    """

    compared: int
    largest_difference: float
    where: Phrase
    order_agrees: bool
    text_agrees: bool
    tolerance: float

    @property
    def agrees(self) -> bool:
        return self.order_agrees and self.text_agrees and self.largest_difference <= self.tolerance


def recompute(
    loaded: LoadedModel, written: Written, on_token: OnToken | None = None
) -> CheckReport:
    """One forward for each token, over what was there before it; softmax and ranks in numpy.

    Without a cache and without the tokens after it, so that what is shown, which comes from one
    forward over all, must not have seen them. It shares with it the model and the ids.
    """
    tolerance = tolerance_of(loaded.dtype)
    source = torch.tensor([ids_of(written.source)], device=loaded.device)
    given = list(written.start.ids)
    differences: list[tuple[float, Phrase]] = []
    ordered = True
    for number, token in enumerate(written.target.tokens, start=1):
        if on_token is not None:
            on_token(number)
        logits = loaded.model(
            input_ids=source,
            decoder_input_ids=torch.tensor([given], device=loaded.device),
            use_cache=False,
        ).logits[0, -1:]
        (expected,) = distributions(logits)
        differences.extend(
            record_differences(
                token, expected, "token {number} ({piece})", number=number, piece=token.token
            )
        )
        ordered &= order_agrees(token, expected, tolerance)
        given.append(token.token_id)
    largest, where = max(differences, key=lambda difference: difference[0])
    text = loaded.tokenizer.decode(list(ids_of(written.target)), skip_special_tokens=True)
    return CheckReport(
        len(differences), largest, where, ordered, text == written.target.text, tolerance
    )
