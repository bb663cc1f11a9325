"""How many readings the detector scores in a second on one core, and what its state weighs."""

from __future__ import annotations

import time

import msgspec
import numpy as np

from analytics.detection.detector import Detector

FULL = 10_000, 100
"""Series and steps of a phase."""
PHASES = {"at first": 0, "after a day": 288, "after a week": 2016}
"""Steps that were seen before: what is new is dear, and the longer a series is watched the less is new."""
DISTINCT = 97
STEP_NS = 300 * 10**9
INTERVAL_S = 5.0


class Speed(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured; the share is of one core, when every series is scored each 5 s."""

    series: int
    steps: int
    readings_a_second: dict[str, float]
    share: float
    bytes_each: int
    snapshot_s: float
    resume_s: float


def measure(series: int, steps: int) -> Speed:
    """Score a daily swing with noise."""
    random = np.random.default_rng(1)
    level = random.uniform(10.0, 1000.0, series)
    noise = random.normal(size=(DISTINCT, series)) * 0.02 * level
    detector = Detector(series)
    spent, found = [], {}
    for number in range(max(PHASES.values()) + steps):
        values = np.round(level * (1.0 + 0.1 * np.sin(number / 46.0)) + noise[number % DISTINCT], 2)
        start = time.process_time()
        detector.step(values, number * STEP_NS)
        spent.append(time.process_time() - start)
    for name, before in PHASES.items():
        found[name] = steps * series / sum(spent[before : before + steps])
    start = time.perf_counter()
    saved = detector.snapshot()
    snapshot_s = time.perf_counter() - start
    start = time.perf_counter()
    Detector.resume(saved)
    return Speed(
        series=series,
        steps=steps,
        readings_a_second=found,
        share=series / found["after a week"] / INTERVAL_S,
        bytes_each=Detector.bytes_each(),
        snapshot_s=snapshot_s,
        resume_s=time.perf_counter() - start,
    )


def show(found: Speed) -> None:
    """Print what was measured."""
    print(f"{found.series:,} series, {found.steps} steps")
    for name, rate in found.readings_a_second.items():
        print(f"{'scored on one core, ' + name:<36} {rate:>12,.0f} readings/s")
    print(f"{'share of a core, every 5 s':<36} {found.share:>12.2%}")
    print(f"{'state of a series':<36} {found.bytes_each:>12,} bytes")
    print(f"{'snapshot, resume':<36} {found.snapshot_s:>12.2f} s {found.resume_s:.2f} s")
