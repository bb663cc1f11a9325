"""Which scale factors a simulated device holds: real ones decide by themselves what a raw step is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from greendc.profiles import Point, Profile

EXPONENTS = {"V": -1, "A": -2, "W": 1, "V.A": 1, "var": 1, "Hz": -2, "W.h": 0, "%": -1, "1": -3, "Cel": -1}
"""Powers of ten by unit: fine enough for a server room, and 16 bits hold its largest values."""


def scale_factors(profile: Profile) -> dict[int, int]:
    """Return the scale factors of a device by register."""
    return {point.sf: EXPONENTS[point.unit] for point in profile.points if point.sf is not None}


def settled(point: Point) -> Point:
    """Return a point whose scale holds what its scale factor says."""
    if point.sf is None:
        return point
    return msgspec.structs.replace(point, scale=point.scale * 10.0 ** EXPONENTS[point.unit], sf=None)
