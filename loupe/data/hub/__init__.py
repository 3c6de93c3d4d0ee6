"""Datasets of the model hub: what is in them, fetching it, and naming it in `run.yaml`."""
