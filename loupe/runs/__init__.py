"""Runs: what was asked for, in which order it trains, how far it is, and what came of it.

    store               the folders, and what a person can ask of a run
    state               state.json: what the queue knows of one run
    summary, index      what a list shows of each, kept in SQLite and made again from the folders
    queue               the thread of the server that trains one run at a time
    executors           where a run computes: a process of its own, or a thread of the server
    process             a process known by its pid and its start
    shared              the one store and the one queue of a server
    progress, compare   curves and differences, read from the folders
    quality, decision   what a model gave on held-out rows, and from where on a label is given
    export              a checkpoint to take away, with a script that needs no Loupe

The folders are the truth: `python -m loupe.runs reindex` makes the index anew.
"""
