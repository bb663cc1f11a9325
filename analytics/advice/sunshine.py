"""What an array gives for its light, day by day, and the day from which it gives less: a string that is lost.

``ln(E_d / H_d) = a + b H_d + s [d >= t]``: the yield of a day over its light differs between bright and dull days and
with the season, so that both sides of a day are compared over two weeks each. The step ``s`` that stands out most from
the scatter is the loss. Where no light is measured the best days of four weeks on either side are compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    from analytics.counters import Floats
    from analytics.wall_clock import Ints

SIDE_DAYS = 14
LEAST_SIDE = 4
BRIGHT_SHARE = 0.15
"""Days with less light than this share of the brightest say little."""
LIGHT_W_M2 = 20.0
LEAST_STEP = 0.06
SEASON_ERROR = 0.04
"""What season and clouds change of the yield for the light within a month, as a standard error."""
SURE = 5.0
"""So many standard errors a step has to be."""
BEST_DAYS = 3
BEST_SIDE = 28
LEAST_BEST_SIDE = 21
LEAST_BEST_STEP = 0.2
BEST_ERROR = 0.08
RECENT_DAYS = 5


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """From which row on an array gives less, by which share, and the standard error of that share's logarithm."""

    row: int
    share: float
    error: float
    by_light: bool


def loss_of(power_w: Floats, light_w_m2: Floats | None, day: Ints) -> Loss | None:
    """Return what an array has lost and not got back, None where nothing stands out.

    ``day`` [n] numbers the local days of the rows from 0.
    """
    return _by_best_days(power_w, day) if light_w_m2 is None else _by_light(power_w, light_w_m2, day)


def _by_light(power_w: Floats, light_w_m2: Floats, day: Ints) -> Loss | None:
    known = np.isfinite(power_w) & np.isfinite(light_w_m2) & (light_w_m2 > LIGHT_W_M2)
    count = int(day.max()) + 1 if len(day) else 0
    energy = np.bincount(day[known], weights=np.clip(power_w[known], 0.0, None), minlength=count)
    light = np.bincount(day[known], weights=light_w_m2[known], minlength=count)
    if not light.any():
        return None
    usable = np.flatnonzero((light > BRIGHT_SHARE * light.max()) & (energy > 0.0))
    ratio, bright = np.log(energy[usable] / light[usable]), light[usable] / light.max()
    steps = [_step(ratio, bright, k) for k in range(LEAST_SIDE, len(usable) - LEAST_SIDE + 1)]
    if not steps:
        return None
    best = min(range(len(steps)), key=lambda i: steps[i][0] / steps[i][1])
    size, error = steps[best]
    at = best + LEAST_SIDE
    before = ratio[max(0, at - SIDE_DAYS) : at]
    back = float(np.median(ratio[-RECENT_DAYS:]) - np.median(before))
    if size > np.log1p(-LEAST_STEP) or size > -SURE * error or back > size / 2.0:
        return None
    first = int(np.flatnonzero(day == usable[at])[0])
    return Loss(row=first, share=float(-np.expm1(size)), error=float(np.hypot(error, SEASON_ERROR)), by_light=True)


def _step(ratio: Floats, bright: Floats, at: int) -> tuple[float, float]:
    """Return the step at a day and its standard error, by least squares beside the day's brightness."""
    low, high = max(0, at - SIDE_DAYS), min(len(ratio), at + SIDE_DAYS)
    rows = np.arange(low, high)
    design = np.column_stack([np.ones(len(rows)), bright[rows], rows >= at])
    found, _, rank, _ = np.linalg.lstsq(design, ratio[rows], rcond=None)
    if rank < design.shape[1]:
        return 0.0, 1.0
    left = ratio[rows] - design @ found
    variance = float(left @ left) / max(len(rows) - design.shape[1], 1)
    spread = variance * float(np.linalg.inv(design.T @ design)[2, 2])
    # A plant without any scatter is none; the error of a meter stays.
    return float(found[2]), max(spread**0.5, 0.003)


def _by_best_days(power_w: Floats, day: Ints) -> Loss | None:
    known = np.isfinite(power_w)
    count = int(day.max()) + 1 if len(day) else 0
    energy = np.bincount(day[known], weights=np.clip(power_w[known], 0.0, None), minlength=count)
    found: tuple[float, int] = (0.0, 0)
    for at in range(LEAST_BEST_SIDE, count - LEAST_BEST_SIDE + 1):
        before, after = energy[max(0, at - BEST_SIDE) : at], energy[at : at + BEST_SIDE]
        best = [float(np.sort(side)[-BEST_DAYS:].mean()) for side in (before, after)]
        if best[0] > 0.0 and 1.0 - best[1] / best[0] > found[0]:
            found = (1.0 - best[1] / best[0], at)
    share, at = found
    if share < LEAST_BEST_STEP or share >= 1.0:
        return None
    level = np.sort(energy[max(0, at - BEST_SIDE) : at])[-BEST_DAYS:].mean()
    if energy[-BEST_SIDE:].max() > level * (1.0 - share / 2.0):
        return None
    first = int(np.flatnonzero(day == at)[0])
    return Loss(row=first, share=share, error=BEST_ERROR, by_light=False)
