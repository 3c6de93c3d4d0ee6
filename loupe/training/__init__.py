"""From a `run.yaml` to a checkpoint: `python -m loupe.training RUN_DIR`.

    spec                what a run is; arguments: the same for transformers' Trainer
    job, session        one run from its folder to its last file; what one process does for it
    loop                Trainer with its traps closed
    losses, order, evaluation, random_state    its parts
    model_building      the model and tokenizer it starts with; layers, adapters, initialisation,
                        tokenizer_building
    packing, precision  what the model and the hardware allow
    preflight           what would go wrong, what it needs and how long it takes: before it begins
    run_folder, events  what is on disk; card: the model card
    stop, errors        how it ends otherwise
    script, script_data a run as a plain script, without Loupe

How examples are prepared and judged is each task's own (loupe/tasks/NAME/training.py).
"""
