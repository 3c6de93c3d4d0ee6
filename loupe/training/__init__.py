"""Fine-tuning and pretraining, from a `run.yaml` to a checkpoint.

spec: what a run is. prepare and metrics are each task's own. loop: transformers' Trainer with its
traps closed. run_folder and events: what is on disk. `python -m loupe.training RUN_DIR` runs one.
"""
