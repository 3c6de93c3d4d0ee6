"""The tab "A whole document?": piece by piece, with progress, as a table.

ask: the box and the file. work: what is under way or done, and how a reload finds it again.
progress: how far it is. table: the result. references: how near it is to somebody else's.
tab: all of it, from top to bottom.
"""
