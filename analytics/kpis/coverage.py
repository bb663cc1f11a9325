"""How much of a period must be known. No standard sets this; the limits are this project's and stand in docs."""

from __future__ import annotations

REPORTABLE = 0.95
PROVISIONAL = 0.75


def verdict(coverage: float) -> tuple[bool, bool]:
    """Return (may be shown, is provisional) for a coverage 0..1."""
    return coverage >= PROVISIONAL, PROVISIONAL <= coverage < REPORTABLE
