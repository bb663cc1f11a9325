"""What the steps between readings of a counter mean: movement, a wrap, or the start of a new segment.

A counter moves forward, starts again at 0 when it reaches its modulus (wrap), or is replaced or cleared (reset). Only
plausibility can tell a wrap from a reset, so a step is judged against the pace of the other steps. A reset
contributes nothing: never a negative step, never a jump.
"""

from __future__ import annotations

from enum import IntEnum

import msgspec
import numpy as np
from numpy.typing import NDArray

from greendc.units import NS_PER_SECOND

Floats = NDArray[np.float64]
Times = NDArray[np.int64]

PLAUSIBLE_START_W = 50e3
"""A load may appear at once up to this power, whatever the meter showed before."""
PLAUSIBLE_STARTS = {"J": PLAUSIBLE_START_W, "m3": 0.1, "kg": 1.0}
"""The same for registers of each unit, per second: water and gas up to 360 m3/h, fuel up to a kilogram a second."""
JUMP_FACTOR = 20.0
"""A step this many times faster than all others is not load."""
WRAP_FACTOR = 3.0
"""A wrap at a guessed modulus must fit the pace of the other steps this closely."""
WRAP_SHARE = 0.05
"""Without any pace to compare with, a wrap may hide at most this share of the modulus."""
FEWEST_STEPS = 3

# Widths of registers and of decimal displays. Both occur in Wh and in its decimal multiples.
_BINARY = (2.0**16, 2.0**24, 2.0**31, 2.0**32)
_WATT_HOUR_J = 3600.0
GUESSED_MODULI_J = tuple(
    sorted(
        {width * ten * _WATT_HOUR_J for width in _BINARY for ten in (1.0, 10.0, 100.0, 1e3, 1e4)}
        | {10.0**k * _WATT_HOUR_J for k in range(6, 13)}
    )
)


class Step(IntEnum):
    """What a step between two readings is."""

    FORWARD = 0
    WRAP = 1
    RESET = 2
    REFUSED = 3


class Steps(msgspec.Struct, frozen=True, kw_only=True):
    """The steps of a counter: ``kind`` (a `Step` each) and ``gain``, 0 where the step says nothing."""

    kind: NDArray[np.int8]
    gain: Floats

    @property
    def valid(self) -> NDArray[np.bool_]:
        """Tell for each step whether its gain is known."""
        return np.asarray(self.kind <= Step.WRAP, dtype=np.bool_)

    def count(self, kind: Step) -> int:
        """Return how many steps are of a kind."""
        return int(np.count_nonzero(self.kind == kind))


def judge(
    time_ns: Times,
    values: Floats,
    *,
    modulus: float | None = None,
    quantum: float = 0.0,
    start: float = PLAUSIBLE_START_W,
) -> Steps:
    """Return what each step between neighbouring readings means.

    ``values`` are known and in time order; ``modulus`` is the value at which the counter starts again at 0, None when
    unknown; ``quantum`` is its resolution; all three in one unit. ``start`` is the pace per second at which it may
    begin to move at once.
    """
    change = np.diff(values)
    seconds = np.diff(time_ns) / NS_PER_SECOND
    kind = np.zeros(len(change), dtype=np.int8)
    gain = change.copy()
    pace, grain = _pace(change, seconds, quantum)
    allowed = np.maximum(JUMP_FACTOR * pace, start) * seconds + 2.0 * grain
    if np.count_nonzero(change >= 0) >= FEWEST_STEPS:
        kind[change > allowed] = Step.RESET
    for i in np.flatnonzero(change < 0):
        bound = float(allowed[i]) if pace > 0 else None
        close = WRAP_FACTOR * pace * float(seconds[i]) + 2.0 * grain
        wrapped = _wrapped(float(values[i]), float(values[i + 1]), modulus, bound, close)
        kind[i] = Step.RESET if wrapped is None else Step.WRAP
        gain[i] = 0.0 if wrapped is None else wrapped
    if modulus is not None:
        # A counter that may have gone round more than once in a gap tells nothing about it.
        kind[2.0 * pace * seconds >= modulus] = Step.REFUSED
    gain[kind >= Step.RESET] = 0.0
    return Steps(kind=kind, gain=gain)


def _pace(change: Floats, seconds: Floats, quantum: float) -> tuple[float, float]:
    """Return the mean pace per second without the largest step, and the largest usual step."""
    forward = np.flatnonzero(change >= 0)
    if len(forward) == 0:
        return 0.0, quantum
    if len(forward) == 1:
        return float(change[forward[0]] / seconds[forward[0]]), quantum
    rest = forward[np.argsort(change[forward])[:-1]]
    return float(change[rest].sum() / seconds[rest].sum()), max(float(change[rest].max()), quantum)


def _wrapped(before: float, after: float, modulus: float | None, bound: float | None, close: float) -> float | None:
    """Return what a counter gained if the step down was a wrap, or None when it was not."""
    if modulus is not None:
        gain = modulus - before + after
        most = WRAP_SHARE * modulus if bound is None else bound
        return gain if max(before, after) < modulus and gain <= most else None
    for guess in GUESSED_MODULI_J:
        if guess > before and guess - before + after <= close:
            return guess - before + after
    return None
