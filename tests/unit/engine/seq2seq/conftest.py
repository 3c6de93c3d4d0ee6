"""Tiny random encoder-decoders, as in a worker."""

from tests.encoder_decoders import _as_in_a_worker, pair, tiny

__all__ = ["_as_in_a_worker", "pair", "tiny"]
