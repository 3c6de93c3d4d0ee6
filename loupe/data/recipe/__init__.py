"""Recipes: ordered, reversible steps that clean a dataset without touching it.

recipe.py     Recipe: the steps, in YAML and as a hash
step.py       what all steps have in common; each has a file of its own
cells.py      what is done to one value, in plain Python
part.py       rows of a split with what was done to them, computed when they are read
trace.py      apply, and what each step does: rows before and after, examples
script.py     the plain Python script that gives the same rows
training.py   the rows of a run, after its recipe
"""
