"""The tab "How good is it?": a checkpoint against rows that people labelled.

rows: what is read of the data. match: which label of theirs is which of the model's. labels, tags:
what came of it, which outcome keeps. tab: all of it, from top to bottom.
"""
