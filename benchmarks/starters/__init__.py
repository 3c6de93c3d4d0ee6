"""Every starter measured again on texts that its training never saw.

files        which data files, checked by their hashes
opened       a starter with its run.yaml, and what it gives on rows
held_out     which rows those are, by the starter's own run.yaml
measures     one function a starter
everyday     ten sentences in which ner-en has to find every name
"""
