"""What the detector says about one step of every series."""

from __future__ import annotations

import msgspec

from analytics.detection.arrays import BoolArray, FloatArray


class Surprise(msgspec.Struct, frozen=True, kw_only=True):
    """Arrays over series. A series without a reading in this step has NaN, zero and false.

    ``expected``, ``low`` and ``high`` are in the unit of the series: what was expected, and the band that holds
    `BAND_LEVEL` of its readings. ``surprise`` is -log10 of a calibrated tail probability. ``score`` (0..1) is raised
    once per episode and is an alarm from 0.5 on. ``alarm`` says that an episode begins, ``active`` that one lasts.
    ``shares`` are the parts of the surprise by component, in the order of `COMPONENTS`; each row sums to its surprise.
    """

    expected: FloatArray
    low: FloatArray
    high: FloatArray
    surprise: FloatArray
    score: FloatArray
    alarm: BoolArray
    active: BoolArray
    shares: FloatArray


BAND_LEVEL = 0.98
