"""The parts of the page Guide."""
