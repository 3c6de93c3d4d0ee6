"""One script a claim. Each prints a table and ends with `figure NAME VALUE`."""
