"""How many readings the detector scores in a second on one core, and what its state weighs."""

from __future__ import annotations

import time

import msgspec
import numpy as np

from analytics.detection.detector import Detector

FULL = 10_000, 200
"""Series and steps."""
WARM = 20
DISTINCT = 16
INTERVAL_S = 5.0


class Speed(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured; the share is of one core, when every series is scored each 5 s."""

    series: int
    steps: int
    readings_a_second: float
    share: float
    bytes_each: int
    snapshot_s: float
    resume_s: float


def measure(series: int, steps: int) -> Speed:
    """Score noise with a daily swing."""
    random = np.random.default_rng(1)
    level = random.uniform(10.0, 1000.0, series)
    noise = random.normal(size=(DISTINCT, series)) * 0.02 * level
    detector = Detector(series)
    for number in range(WARM):
        detector.step(level + noise[number % DISTINCT])
    start = time.process_time()
    for number in range(steps):
        detector.step(level * (1.0 + 0.1 * np.sin(number / 46.0)) + noise[number % DISTINCT])
    each_s = (time.process_time() - start) / (steps * series)
    start = time.perf_counter()
    saved = detector.snapshot()
    snapshot_s = time.perf_counter() - start
    start = time.perf_counter()
    Detector.resume(saved)
    return Speed(
        series=series,
        steps=steps,
        readings_a_second=1.0 / each_s,
        share=each_s * series / INTERVAL_S,
        bytes_each=Detector.bytes_each(),
        snapshot_s=snapshot_s,
        resume_s=time.perf_counter() - start,
    )


def show(found: Speed) -> None:
    """Print what was measured."""
    print(f"{found.series:,} series, {found.steps} steps")
    print(f"{'scored on one core':<36} {found.readings_a_second:>12,.0f} readings/s")
    print(f"{'share of a core, every 5 s':<36} {found.share:>12.2%}")
    print(f"{'state of a series':<36} {found.bytes_each:>12,} bytes")
    print(f"{'snapshot, resume':<36} {found.snapshot_s:>12.2f} s {found.resume_s:.2f} s")
