"""The parts of the page Tokenizer."""
