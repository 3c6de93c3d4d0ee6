"""How one word was cut: the steps of the model's own algorithm, done anew in plain Python.

What comes out is held against what the library's model gives; `WordCut.agrees` says whether.
"""
