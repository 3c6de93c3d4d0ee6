"""Where checkpoints come from: names, folders, the hub, and loading them."""
