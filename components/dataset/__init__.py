"""The dataset of this session: picked, mended, looked at as a task's; for every page that asks."""
