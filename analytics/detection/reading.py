"""One step of the series that have a value, as the components see it."""

from __future__ import annotations

import msgspec

from analytics.detection.arrays import FloatArray


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """Arrays over series. ``value`` is measured from the series' first one, so that an offset changes nothing.

    ``count`` is how many values the series has had before; ``floor`` the smallest deviation that matters.
    """

    value: FloatArray
    count: FloatArray
    floor: FloatArray
