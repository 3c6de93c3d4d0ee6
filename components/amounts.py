"""Sizes, counts and times in words of this session's language."""

from __future__ import annotations

from components.i18n import _

_MB = 1_000_000
_GB = 1_000_000_000
_MILLION = 1_000_000
_THOUSAND = 1_000


def ago(seconds: float) -> str:
    """How long since something was."""
    seconds = max(0.0, seconds)
    if seconds < 5:
        return _("just now")
    if seconds < 100:
        return _("{count} s ago").format(count=round(seconds))
    if seconds < 100 * 60:
        return _("{count} min ago").format(count=round(seconds / 60))
    if seconds < 48 * 3600:
        return _("{count} h ago").format(count=round(seconds / 3600))
    return _("{count} days ago").format(count=round(seconds / 86400))


def size(count_bytes: int) -> str:
    """`301 bytes`, `12 kB`, `0.4 MB`, `23 MB`, `1.2 GB`."""
    if count_bytes < _THOUSAND:
        return _("{count} bytes").format(count=f"{count_bytes:,}")
    if count_bytes >= _GB:
        return _("{count} GB").format(count=f"{count_bytes / _GB:,.1f}")
    if count_bytes < _MB // 10:
        return _("{count} kB").format(count=f"{count_bytes / 1_000:,.0f}")
    digits = 1 if count_bytes < 10 * _MB else 0
    return _("{count} MB").format(count=f"{count_bytes / _MB:,.{digits}f}")


def count(number: int) -> str:
    """How many weights there are, as the field writes it: `768`, `9.8 k`, `10.4 M`, `7,240 M`."""
    if number < _THOUSAND:
        return f"{number:,}"
    unit, name = (_THOUSAND, "k") if number < _MILLION else (_MILLION, "M")
    digits = 1 if number < 100 * unit else 0
    return f"{number / unit:,.{digits}f} {name}"
