"""Text generation: what a causal language model writes after a text."""
