"""The only keys of session_state and of query parameters."""

from __future__ import annotations

# What the whole session shares.
LANGUAGE = "language"
MIRROR = "hub_mirror"
DEVICE = "device"
DTYPE = "dtype"
APPLIED_LINK = "applied_link"


def key(page: str, name: str) -> str:
    """The key of one widget of one page; its CSS class `st-key-…` is what tests locate it by."""
    return f"{page}_{name}"


# Query parameters of a share link.
LINK_VERSION = "v"
SCHEMA_VERSION = "1"
