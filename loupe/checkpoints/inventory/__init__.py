"""What is on this machine and what could be, without loading or downloading any of it.

A line (`Entry`) comes from names, sizes and the first bytes of files; what was read of a folder is
kept until one of its files changes, so that a page may ask for the whole list at every click.
"""

from __future__ import annotations

from loupe.checkpoints.inventory.describe import describe
from loupe.checkpoints.inventory.entry import Condition, Entry, Where
from loupe.checkpoints.inventory.glance import fault_in
from loupe.checkpoints.inventory.listing import Inventory, take_inventory
from loupe.checkpoints.inventory.locate import locate

__all__ = [
    "Condition",
    "Entry",
    "Inventory",
    "Where",
    "describe",
    "fault_in",
    "locate",
    "take_inventory",
]
