"""What the detector says about one step of every series."""

from __future__ import annotations

import msgspec

from analytics.detection.arrays import BoolArray, FloatArray


class Surprise(msgspec.Struct, frozen=True, kw_only=True):
    """Arrays over series. A series without a reading in this step has NaN, zero and false.

    ``expected`` is the running mean, and for a value that is new the nearest known one; ``low`` and ``high`` are the
    edges of what is known on both sides of it, all in the unit of the series. The band holds what the series has had:
    with n values before, 1 - 1 / (n + 1) of them.

    ``surprise`` is -log10 of the chance that a step raises such an episode, as measured on labelled series. ``score``
    (0..1) is raised once per episode and is an alarm from 0.5 on; ``alarm`` is true in that step, ``active`` while the
    alarm lasts. ``shares`` are the parts of the surprise by component, in the order of `COMPONENTS`; each row sums to
    its surprise.
    """

    expected: FloatArray
    low: FloatArray
    high: FloatArray
    surprise: FloatArray
    score: FloatArray
    alarm: BoolArray
    active: BoolArray
    shares: FloatArray
