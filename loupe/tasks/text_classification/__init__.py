"""Text classification: which label fits a text."""
