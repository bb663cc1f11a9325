"""Which component sees what: made series whose anomaly has a shape, most of them within the range of the series.

They are kept apart from the labelled series: we made both the anomaly and the detector. Each row of the table is a
shape, each column the share of series in which it was found at the detector's own threshold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.detection.config import COMPONENTS, CONFIG, Config
from analytics.detection.detector import Detector

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    Shape = Callable[[FloatArray, np.random.Generator], FloatArray]

ROWS = 2880
FIRST, LAST = 2300, 2400
"""The anomaly; it may be found until a span of the running means behind it."""
LATE = 24
BEFORE = 1000
"""False alarms are counted from here on."""
STEP_NS = 300 * 10**9
STEPS_A_WEEK = 2016.0
SERIES = 10
HIT = 0.5


def wave(period: float, swing: float, noise: float) -> Shape:
    """Return a sine."""
    return lambda at, random: swing * np.sin(2 * np.pi * at / period) + noise * random.normal(size=len(at))


def square(half: int) -> Shape:
    """Return a square wave with noise."""
    return lambda at, random: np.where(at // half % 2 == 0, 20.0, 60.0) + random.normal(size=len(at))


def steps(*levels: float) -> Shape:
    """Return levels that follow each other."""
    return lambda at, random: np.array(levels)[at.astype(np.int64) % len(levels)] + 0.3 * random.normal(size=len(at))


def noise(level: float, amount: float) -> Shape:
    """Return noise around a level."""
    return lambda at, random: level + amount * random.normal(size=len(at))


def shifted(shape: Shape, by: float) -> Shape:
    """Return a shape at another time."""
    return lambda at, random: shape(at + by, random)


def raised(shape: Shape, by: float) -> Shape:
    """Return a shape at another level."""
    return lambda at, random: shape(at, random) + by


def reversed_(shape: Shape) -> Shape:
    """Return a shape run backwards."""
    return lambda at, random: shape(-at, random)


def saw(period: float) -> Shape:
    """Return a slow rise and a sudden fall."""
    return lambda at, random: at % period + 0.2 * random.normal(size=len(at))


DAY = wave(288, 8.0, 0.2)
SHAPES: dict[str, tuple[Shape, Shape]] = {
    "spike out of range": (noise(50, 3), raised(noise(50, 3), 40)),
    "flat in mid-range": (wave(24, 10, 0.3), noise(0, 0.3)),
    "cycle four times as fast": (square(12), square(3)),
    "cycle stuck low": (square(12), noise(20, 1)),
    "day shifted by half": (DAY, shifted(DAY, 144)),
    "day raised by a third": (DAY, raised(DAY, 2.5)),
    "sawtooth backwards": (saw(48), reversed_(saw(48))),
    "noise gone": (noise(50, 3), noise(50, 0.2)),
    "noise doubled, in range": (wave(96, 10, 1), wave(96, 10, 3)),
    "level shifted in range": (noise(50, 3), noise(56, 1.5)),
    "order of states swapped": (steps(10, 20, 30, 40), steps(10, 30, 20, 40)),
}


def table() -> FloatArray:
    """Return all series, rows x (shapes x series)."""
    random = np.random.default_rng(11)
    at = np.arange(ROWS, dtype=np.float64)
    columns = []
    for usual, odd in SHAPES.values():
        for _ in range(SERIES):
            values = usual(at, random)
            values[FIRST:LAST] = odd(at[FIRST:LAST], random)
            columns.append(values)
    return np.stack(columns, axis=1)


def found(config: Config) -> tuple[FloatArray, float]:
    """Return the share of series of each shape that were found, and the false alarms per series and week."""
    values = table()
    detector = Detector(values.shape[1], config)
    score = np.array([detector.step(row, number * STEP_NS).score for number, row in enumerate(values)])
    hit = (score[FIRST : LAST + LATE] >= HIT).any(axis=0).reshape(len(SHAPES), SERIES).mean(axis=1)
    false = float((score[BEFORE:FIRST] >= HIT).sum()) / values.shape[1] * STEPS_A_WEEK / (FIRST - BEFORE)
    return hit, false


def show() -> None:
    """Print which shapes are found, with all components and without each."""
    configs = {"all": CONFIG} | {f"-{name}": CONFIG.without(name) for name in COMPONENTS}
    columns = [found(config) for config in configs.values()]
    print(f"{'made shapes, share found':<28}" + "".join(f"{name:>12}" for name in configs))
    for number, name in enumerate(SHAPES):
        print(f"{name:<28}" + "".join(f"{hit[number]:>12.1f}" for hit, _ in columns))
    print(f"{'false alarms a week before':<28}" + "".join(f"{false:>12.2f}" for _, false in columns))
