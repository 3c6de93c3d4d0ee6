"""The parts of the page Fill mask: the input, the strip, and one file a tab."""
