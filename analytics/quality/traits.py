"""What is looked for in the steps of one series: values beyond their range, stuck values, registers that fall."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from greendc.profiles import Point, Raw
from greendc.quantities import Kind, Quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analytics.quality.steps import SeriesSteps

LIVELY_UNITS = frozenset({"Cel", "Pa"})
"""Measured temperature, pressure and humidity do not stand still; power, flow and voltage may, at a limit or at 0."""
SATURATED = 0.97
"""Humidity this high may stand still."""
GRAINS = 2.5
"""Something that moves by less than this many counts of a sensor may seem to stand still to it."""
REGISTER_UNITS = frozenset({"J", "m3", "kg"})
"""Counters in these units never start again on their own, as an uptime does."""
STUCK_STEPS = 12
"""Three hours without any change are looked at."""
LIVELY = 0.75
LONGER = 3.0
"""So many times as long as is usual."""
FEWEST_PEERS = 3
HUMIDITY = "relative_humidity_ratio"
NEAR_END = 0.98
_WIDTHS = {
    Raw.COUNTER32: [2.0**32],
    Raw.UINT32: [2.0**32],
    Raw.UINT16: [2.0**16],
    Raw.COUNTER64: [2.0**64],
    Raw.UINT64: [2.0**64],
    # The integers of SNMP have 32 bits; some agents use one of them for the sign.
    Raw.UINT: [2.0**31, 2.0**32],
    Raw.INT: [2.0**31, 2.0**32],
}


class Fall(msgspec.Struct, frozen=True, kw_only=True):
    """A register that fell within or before a step; what it showed at both ends where that is known."""

    step: int
    before: float | None = None
    after: float | None = None


def measured(quantity: Quantity) -> bool:
    """Tell whether a quantity is measured and moves, unlike a set-point, a state or a command."""
    lively = quantity.unit in LIVELY_UNITS or quantity.key == HUMIDITY
    return quantity.kind is Kind.GAUGE and lively and "setpoint" not in quantity.key


def is_register(quantity: Quantity) -> bool:
    """Tell whether a counter is a register of energy, volume or mass."""
    return quantity.kind is Kind.COUNTER and quantity.unit in REGISTER_UNITS


def bounds(quantity: Quantity, point: Point | None) -> tuple[float, float]:
    """Return what is plausible: the profile's bounds where it has them, else the dictionary's."""
    low = quantity.low if point is None or point.low is None else point.low
    high = quantity.high if point is None or point.high is None else point.high
    return low, high


def beyond(steps: SeriesSteps, low: float, high: float) -> NDArray[np.bool_]:
    """Return which steps hold a value outside of [low, high]."""
    with np.errstate(invalid="ignore"):
        return np.asarray((steps.low < low) | (steps.high > high))


class Liveliness(msgspec.Struct, frozen=True, kw_only=True):
    """How a series moves.

    The share of steps in which it changes, how far it moves in all, its smallest change, and the longest stretch of
    steps without a change.
    """

    moved: float
    span: float
    grain: float
    longest: int


def liveliness(steps: SeriesSteps, at: NDArray[np.int64], grain: float | None = None) -> Liveliness:
    """Return how a series moves in the steps ``at``; without a known ``grain`` its smallest change stands in."""
    if not len(at):
        return Liveliness(moved=0.0, span=0.0, grain=0.0, longest=0)
    values = np.unique(np.concatenate((steps.low[at], steps.high[at])))
    smallest = float(np.diff(values).min()) if len(values) > 1 else 0.0
    moved = (steps.high[at] > steps.low[at]) | np.concatenate(([False], steps.low[at][1:] != steps.high[at][:-1]))
    return Liveliness(
        moved=float(moved.mean()),
        span=float(values[-1] - values[0]),
        grain=smallest if grain is None else grain,
        longest=_longest(~moved)[1],
    )


def stuck_run(
    steps: SeriesSteps, quantity: Quantity, grain: float | None, peers: Sequence[Liveliness]
) -> tuple[int, int] | None:
    """Return the first and the last step of the longest stretch in which a measured value stands still, or None.

    A value that stands still is stuck when the same series moves outside of the stretch, or when most of at least
    three series of the same quantity (``peers``) move all day, by more than its ``grain`` could hide, and when neither
    stands still for nearly as long. Otherwise nothing tells.
    """
    at = steps.filled
    if not measured(quantity) or len(at) < STUCK_STEPS:
        return None
    still = (steps.low[at] == steps.high[at]) & (steps.known[at] > 1)
    joined = still & np.concatenate(([False], still[:-1] & (steps.first[at][1:] == steps.last[at][:-1])))
    begin, length = _longest(joined)
    first, last = max(0, begin - 1), begin + length - 1
    length = last - first + 1
    if length < STUCK_STEPS or (quantity.key == HUMIDITY and steps.first[at][first] >= SATURATED):
        return None
    rest = np.ones(len(at), dtype=np.bool_)
    rest[first : last + 1] = False
    own = liveliness(steps, at[rest], grain)
    coarse = grain or own.grain or float(np.median([peer.grain for peer in peers] or [0.0]))
    enough = len(peers) >= FEWEST_PEERS
    usual = max(own.longest, float(np.median([peer.longest for peer in peers])) if enough else 0.0)
    lively = np.count_nonzero(rest) >= FEWEST_PEERS and _lively(own, coarse)
    among = enough and sum(_lively(peer, coarse) for peer in peers) * 2 > len(peers)
    return (int(at[first]), int(at[last])) if (lively or among) and length >= LONGER * usual else None


def _lively(one: Liveliness, grain: float) -> bool:
    return one.moved >= LIVELY and one.span >= GRAINS * grain > 0


def _longest(flags: NDArray[np.bool_]) -> tuple[int, int]:
    """Return where the longest stretch of true begins, and its length."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    begins, ends = edges[0::2], edges[1::2]
    if not len(begins):
        return 0, 0
    longest = int((ends - begins).argmax())
    return int(begins[longest]), int(ends[longest] - begins[longest])


def falls(steps: SeriesSteps, point: Point | None) -> list[Fall]:
    """Return where a register falls; a fall from the end of its range to its start is a wrap and is left out."""
    at = steps.filled
    if not len(at):
        return []
    first, last = steps.first[at], steps.last[at]
    # A double holds a count of 1e12 J to a ten-thousandth.
    slack = 1e-9 * np.maximum(np.abs(last), 1.0)
    found = [Fall(step=int(at[i])) for i in np.flatnonzero(steps.increase[at] > last - first + slack)]
    found += [
        Fall(step=int(at[i + 1]), before=float(last[i]), after=float(first[i + 1]))
        for i in np.flatnonzero(first[1:] < last[:-1] - slack[:-1])
    ]
    highest, lowest = float(np.max(steps.high[at])), float(np.min(steps.low[at]))
    ends = _range_ends(point)
    wrapped = any(NEAR_END * end <= highest < end and lowest <= (1.0 - NEAR_END) * end for end in ends)
    return [] if wrapped else sorted(found, key=lambda fall: fall.step)


def _range_ends(point: Point | None) -> list[float]:
    """Return the stored values at which a register may start again at 0."""
    if point is None or point.varies:
        return []
    raws = [point.modulus] if point.modulus else _WIDTHS.get(point.raw, [])
    return [point.stored(raw) - point.stored(0.0) for raw in raws]
