"""Summarisation: a text in fewer words, by a sequence-to-sequence model."""
