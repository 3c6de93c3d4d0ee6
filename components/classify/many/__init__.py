"""The tab "Many texts?": piece by piece, with progress, as a table.

ask: the box and the file. work: what is under way or done. labels, entities: its tables.
tab: all of it, from top to bottom.
"""
