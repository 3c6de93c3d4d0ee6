"""Translation: a text in another language, by a sequence-to-sequence model."""
