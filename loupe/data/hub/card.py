"""What a dataset's README says of its configs: metadata that anybody may write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from loupe.data.hub.listing import Listing

# A few anchors that hold each other say more than any memory holds: so much is believed.
_NODES_MAX = 500_000
_MARK = "---"


class BadCard(ValueError):
    """The README's metadata cannot be read; the text says why."""


def read_metadata(listing: Listing) -> Mapping[str, Any]:
    """The metadata of a dataset's README, or what the hub read of it, or nothing.

    Raises BadCard for a head that is no YAML mapping, or a bomb.
    Source of the head's form: datasets, `utils.metadata`.
    """
    if listing.card is None:
        return listing.card_data or {}
    lines = listing.card.removeprefix("\ufeff").splitlines()
    if not lines or lines[0].rstrip() != _MARK:
        return {}
    try:
        end = next(i for i, line in enumerate(lines[1:], start=1) if line.rstrip() == _MARK)
    except StopIteration:
        return {}
    return _read_yaml("\n".join(lines[1:end]))


def _read_yaml(text: str) -> Mapping[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        node = yaml.compose(text, Loader=loader)
        if node is None:
            return {}
        if _count_nodes(node, {}) > _NODES_MAX:
            raise BadCard("it holds more than it shows: anchors within anchors")
        read = yaml.load(text, Loader=loader)
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        raise BadCard(str(error) or type(error).__name__) from error
    if not isinstance(read, dict):
        raise BadCard("it is no list of names and values")
    return read


def _count_nodes(node: yaml.Node, counted: dict[int, int | None]) -> int:
    """How many values a tree has when every anchor is written out. Raises BadCard for a loop."""
    known = counted.get(id(node), 0)
    if known is None:
        raise BadCard("an anchor holds itself")
    if known:
        return known
    counted[id(node)] = None
    children: list[yaml.Node] = []
    if isinstance(node, yaml.SequenceNode):
        children = node.value
    elif isinstance(node, yaml.MappingNode):
        children = [part for pair in node.value for part in pair]
    total = 1 + sum(_count_nodes(child, counted) for child in children)
    counted[id(node)] = total
    return total
