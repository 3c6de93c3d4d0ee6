"""Where examples come from: files and samples, their columns, and who is held out."""
