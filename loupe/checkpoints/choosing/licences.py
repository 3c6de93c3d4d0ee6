"""What a licence's tag allows, as far as the tag alone says it. No legal advice."""

from __future__ import annotations

from enum import StrEnum

from loupe.checkpoints.choosing.wish import LicenceWish


class Licence(StrEnum):
    """Kinds of licence."""

    PERMISSIVE = "permissive"
    SHARE_ALIKE = "share-alike"
    NON_COMMERCIAL = "non-commercial"
    UNKNOWN = "unknown"


# Source: the licence tags of the hub's documentation, “Licenses”; what each allows is from the
# texts themselves. What is not listed is unknown: a name like “other” or a model's own licence has
# to be read.
_PERMISSIVE = frozenset(
    {
        *("apache-2.0", "mit", "bsd", "bsd-2-clause", "bsd-3-clause", "isc", "zlib", "unlicense"),
        *("afl-3.0", "cc0-1.0", "pddl", "wtfpl", "artistic-2.0", "ecl-2.0", "postgresql", "ncsa"),
        *("cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "odc-by", "cdla-permissive-2.0"),
    }
)
_SHARE_ALIKE_BEGINS = ("gpl", "lgpl", "agpl", "cc-by-sa", "mpl", "epl", "eupl", "odbl", "osl")
# Creative Commons marks with NC what may not be used commercially; ND forbids changed versions,
# which a fine-tuned model is.
_NON_COMMERCIAL_PARTS = frozenset({"nc", "nd"})


def kind_of(tag: str | None) -> Licence:
    """tag: as a model page writes it."""
    name = (tag or "").strip().lower()
    if name in _PERMISSIVE:
        return Licence.PERMISSIVE
    if name.startswith("cc-") and _NON_COMMERCIAL_PARTS & set(name.split("-")):
        return Licence.NON_COMMERCIAL
    if name.startswith(_SHARE_ALIKE_BEGINS):
        return Licence.SHARE_ALIKE
    return Licence.UNKNOWN


def allows(tag: str | None, wish: LicenceWish) -> bool:
    """Whether a licence is known to allow what is wished; an unknown one is not."""
    kind = kind_of(tag)
    if wish is LicenceWish.ANY:
        return True
    if wish is LicenceWish.COMMERCIAL:
        return kind in (Licence.PERMISSIVE, Licence.SHARE_ALIKE)
    return kind is Licence.PERMISSIVE
