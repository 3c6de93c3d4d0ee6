"""The parts of the page Translate and summarise: what is asked, the answer, and one file a tab."""
