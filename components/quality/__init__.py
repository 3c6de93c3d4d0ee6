"""How good a model is on labelled rows: classes, thresholds, entities, and what was wrong."""
