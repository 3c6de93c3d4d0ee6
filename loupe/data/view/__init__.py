"""What is seen of a dataset: a query gives row ids, a page is a slice of them."""

from loupe.data.view.files import ExportFormat, export
from loupe.data.view.filters import digest_of
from loupe.data.view.query import (
    Filter,
    Length,
    Missing,
    Numbers,
    Rows,
    Search,
    Sort,
    Values,
    ViewQuery,
)
from loupe.data.view.rows import ROWS_A_PAGE, Cell, Row, page, position_of_row, rows_at
from loupe.data.view.scan import FirstHits, check, first_hits, row_ids
from loupe.data.view.search import Span, hit_spans, spans_of

__all__ = [
    "ROWS_A_PAGE",
    "Cell",
    "ExportFormat",
    "Filter",
    "FirstHits",
    "Length",
    "Missing",
    "Numbers",
    "Row",
    "Rows",
    "Search",
    "Sort",
    "Span",
    "Values",
    "ViewQuery",
    "check",
    "digest_of",
    "export",
    "first_hits",
    "hit_spans",
    "page",
    "position_of_row",
    "row_ids",
    "rows_at",
    "spans_of",
]
