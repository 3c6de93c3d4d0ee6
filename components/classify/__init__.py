"""The parts of the page Classify and tag: what is asked, the two answers, and one file a tab."""
