"""How a tokenizer makes tokens of a text, stage by stage, and what that costs."""
