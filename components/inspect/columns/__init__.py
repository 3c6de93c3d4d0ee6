"""The tab "What is in each column?": what all rows of a split hold, and bars that lead to rows."""

from components.inspect.columns.tab import draw_columns

__all__ = ["draw_columns"]
