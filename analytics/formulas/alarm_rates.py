"""How an alarm system performs: ISA-18.2 and IEC 62682."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

FLOOD_ABOVE = 10
FLOOD_ENDS_BELOW = 5
CHATTER_COUNT = 3
CHATTER_S = 60.0


class AlarmLoad(msgspec.Struct, frozen=True, kw_only=True):
    """Alarms by windows of ten minutes: all of them, the mean, floods, and the shares [0..1] of windows."""

    total: int
    mean: float
    above_limit: float
    floods: int
    flood_windows: int
    in_flood: float


def alarm_load(counts: Sequence[int]) -> AlarmLoad | None:
    """Return the load of consecutive windows of ten minutes, None without any.

    A flood begins with a window of more than 10 new alarms and ends before the first that has fewer than 5.
    """
    if not counts:
        return None
    floods = windows = 0
    flooded = False
    for count in counts:
        if not flooded and count > FLOOD_ABOVE:
            flooded = True
            floods += 1
        elif flooded and count < FLOOD_ENDS_BELOW:
            flooded = False
        windows += flooded
    n = len(counts)
    return AlarmLoad(
        total=sum(counts),
        mean=sum(counts) / n,
        above_limit=sum(count > FLOOD_ABOVE for count in counts) / n,
        floods=floods,
        flood_windows=windows,
        in_flood=windows / n,
    )


def chatters(activations_s: Sequence[float]) -> bool:
    """Tell whether an alarm came at least three times within a minute; times [s] ascend."""
    last = CHATTER_COUNT - 1
    return any(activations_s[i + last] - activations_s[i] <= CHATTER_S for i in range(len(activations_s) - last))
