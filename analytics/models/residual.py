"""One fitted model: its expectation, the range it knows, and what each term adds."""

from __future__ import annotations

from itertools import product
from math import factorial
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.models.forms import Estimator, choose
from analytics.models.plan import Plan
from analytics.models.verdict import Contribution
from analytics.models.watch import Limits, calibrate
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.models.family import Family, Judgement
    from analytics.models.steps import Design
    from greendc.physics.kinds import FloatArray

USUAL_HIGH = 0.95
DAY_NS = 86_400 * NS_PER_SECOND
CONSTANT = 1e-6
"""A feature that varies by less than this share of its size teaches nothing."""
LEAST_REACH = 0.01
WIDER_PER_REACH = 1.0


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """All of a fitted model but its estimator; it is kept in the manifest.

    ``kept`` are the features that vary. ``lows`` and ``highs`` bound each driver, ``reference`` is the row of features
    of the reference operating point and ``reference_value`` what is expected there. Below ``idle_below`` the place is
    idle. ``limits`` are what is judged by.
    """

    plan: Plan
    form: str
    floor: float
    limits: Limits
    kept: tuple[int, ...]
    owner: tuple[int, ...]
    lows: tuple[float, ...]
    highs: tuple[float, ...]
    reference: tuple[float, ...]
    reference_value: float
    idle_below: float | None
    rows: int
    days: int
    step_s: float
    provisional: bool
    version: str = ""


class ResidualModel:
    """A card and its estimator."""

    def __init__(self, card: Card, estimator: Estimator) -> None:
        """Keep both."""
        self.card = card
        self.estimator = estimator

    def usable(self, seen: Design) -> np.ndarray:
        """Tell which steps can be judged: all known and the place is not idle."""
        running: np.ndarray = seen.known
        if self.card.idle_below is not None:
            running = running & (seen.running > self.card.idle_below)
        return running

    def expected(self, features: FloatArray) -> FloatArray:
        """Return the expected value of each row of features."""
        return np.asarray(self.estimator.predict(features[:, list(self.card.kept)]), dtype=np.float64)

    def beyond(self, drivers: FloatArray) -> FloatArray:
        """Return how far each driver of each row lies beyond what is known, in parts of its range; 0 within."""
        lows, highs = np.array(self.card.lows), np.array(self.card.highs)
        outside = np.maximum(np.maximum(lows - drivers, drivers - highs), 0.0)
        found: FloatArray = outside / np.maximum(highs - lows, 1e-12)
        return found

    def contributions(self, features: FloatArray) -> tuple[Contribution, ...]:
        """Return by how much each driver moves the expectation from the reference, as the mean over rows.

        Shapley values of the drivers against the reference operating point: exact, and they sum to the difference.
        """
        names = [driver.name for driver in self.card.plan.drivers if not driver.guard]
        owner = np.unique(np.array(self.card.owner), return_inverse=True)[1]
        count = len(names)
        masks = np.array(list(product((False, True), repeat=count)))
        chosen = masks[:, owner]
        mixed = np.where(chosen[:, None, :], features[None, :, :], np.array(self.card.reference)[None, None, :])
        values = self.expected(mixed.reshape(-1, features.shape[1])).reshape(len(masks), len(features)).mean(axis=1)
        place = {tuple(mask): value for mask, value in zip(masks.tolist(), values.tolist(), strict=True)}
        found = []
        for i, name in enumerate(names):
            total = 0.0
            for mask in masks.tolist():
                if mask[i]:
                    continue
                size = sum(mask)
                weight = factorial(size) * factorial(count - size - 1) / factorial(count)
                total += weight * (place[(*mask[:i], True, *mask[i + 1 :])] - place[tuple(mask)])
            found.append(Contribution(term=name, value=total))
        return tuple(found)


def fit(
    plan: Plan, family: Family, judgement: Judgement, seen: Design, time_ns: np.ndarray, step_s: float
) -> ResidualModel | None:
    """Fit a plan to what was seen; None where too few steps are usable."""
    known = seen.known
    idle_below = None
    if family.idle_share and known.any():
        idle_below = family.idle_share * float(np.quantile(seen.running[known], USUAL_HIGH))
        known &= seen.running > idle_below
    days = time_ns[known] // DAY_NS
    day_count = len(np.unique(days))
    if known.sum() < judgement.least_steps or day_count < judgement.least_days:
        return None
    x, y = seen.features[known], seen.target[known]
    spread = x.std(axis=0)
    kept = np.flatnonzero(spread > CONSTANT * np.maximum(np.abs(x).max(axis=0), 1e-9))
    if len(kept) == 0:
        kept = np.array([0])
    floor = max(family.floor, family.floor_share * float(np.quantile(np.abs(y), USUAL_HIGH)))
    chosen = choose(x[:, kept], y, days, [seen.signs[i] for i in kept], family.forms, floor)
    estimator: Estimator = chosen.estimator  # type: ignore[assignment]  # a struct field cannot hold a protocol
    lows, highs = _ranges(seen.drivers[known], judgement.reach_share)
    reference = _medoid(x)
    card = Card(
        plan=plan,
        form=chosen.form,
        floor=floor,
        limits=calibrate(chosen.residuals, floor, step_s, judgement),
        kept=tuple(kept.tolist()),
        owner=seen.owner,
        lows=lows,
        highs=highs,
        reference=tuple(reference.tolist()),
        reference_value=float(estimator.predict(reference[None, kept])[0]),
        idle_below=idle_below,
        rows=int(known.sum()),
        days=day_count,
        step_s=step_s,
        provisional=day_count < judgement.firm_days,
    )
    return ResidualModel(card, estimator)


def _ranges(drivers: FloatArray, reach: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the bounds of each driver: those of the training and a little beyond."""
    low, high = drivers.min(axis=0), drivers.max(axis=0)
    pad = np.maximum(reach * (high - low), LEAST_REACH * np.maximum(np.abs(high), np.abs(low)))
    return tuple((low - pad).tolist()), tuple((high + pad).tolist())


def _medoid(x: FloatArray) -> FloatArray:
    """Return the row nearest to the median of all: an operating point that was really seen."""
    scale = np.maximum(x.std(axis=0), 1e-12)
    found: FloatArray = x[int(np.argmin((((x - np.median(x, axis=0)) / scale) ** 2).sum(axis=1)))]
    return found
