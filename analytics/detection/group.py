"""The detector of groups: sensors of one machine judged together, causally and deterministically.

Each sensor's deviation from its own slowly followed level is whitened by the shrunk covariance of normal running. The
statistic is the T2 of the moving mean of that. Its part along the principal axes of normal running is the machine's
state, its part outside them (Q) a relation between sensors that broke.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.detection.arrays import Arrays, FloatArray
from analytics.detection.group_fit import GroupModel, whitened
from greendc.errors import GreendcError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

PARTS = ("state", "relation", "stuck")
VERSION = "version"
SENSORS = ("baseline", "mean", "along", "frozen", "level", "last", "repeats")
SLOW = 0.1
"""Weight of the newest row in the mean by which a sensor is frozen, and in the level it settles on."""
THAW = 3.0
"""A sensor is as sure of its level again after a third of the rows for which it was frozen."""
STEADY = 3.0
HALF = 0.5
BELOW = 0.4999


class GroupSurprise(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of one step. ``score`` (0..1) is 0.5 or more for as long as an episode lasts; NaN without readings.

    ``alarm`` is true where an episode begins, ``active`` for as long as it lasts. ``contributions`` (one for each
    sensor) and ``shares`` (in the order of `PARTS`) sum to 1; sensors that are not judged have 0.
    """

    score: float
    surprise: float
    alarm: bool
    active: bool
    contributions: FloatArray
    shares: FloatArray


class GroupStateMismatch(GreendcError):
    """Saved state is not of this model."""


class GroupDetector:
    """Judges one row of the group after the other. ``steps_a_day`` tells when a lasting episode is the new normal."""

    def __init__(self, model: GroupModel, steps_a_day: float) -> None:
        """Begin right behind the rows the model was learned from."""
        self.model = model
        sensors = len(model.start)
        self._state: Arrays = {name: np.zeros(sensors) for name in SENSORS}
        self._state["baseline"] = model.start.copy()
        self._state["last"][:] = np.nan
        self._lasted = self._raised = 0
        self._settle = max(min(steps_a_day, model.config.settle_spans * model.rows), 1.0)
        self._precision = model.axes / model.loads
        self._inverse = model.axes @ model.axes.T

    def step(self, values: FloatArray) -> GroupSurprise:
        """Judge a row of readings, then learn from it. NaN is a missing reading: it is as the others let expect."""
        model, state = self.model, self._state
        row = values[model.used]
        here = np.isfinite(row)
        if not here.any():
            return self._nothing(len(values))
        deviation = self._whole(model.scale.apply(row) - state["baseline"], here)
        self._follow(row, here, deviation)
        together = self._together()
        stuck = state["repeats"] / model.stuck_after
        ratio = float(max(together.sum() / model.tail.threshold, stuck.max()))
        began, active = self._judge(ratio)
        self._learn(deviation, here, active=active)
        surprise = model.tail.surprise(ratio * model.tail.threshold)
        score = ratio / (1.0 + ratio)
        by_stuck = float(stuck.max()) >= ratio
        contributions = np.zeros(len(values))
        contributions[model.used] = _shared(stuck if by_stuck else self._by_sensor())
        parts = np.array([together[model.principal].sum(), together[~model.principal].sum(), 0.0])
        return GroupSurprise(
            score=max(score, HALF) if active else min(score, BELOW),
            surprise=surprise,
            alarm=began,
            active=active,
            contributions=contributions,
            shares=np.array([0.0, 0.0, 1.0]) if by_stuck else _shared(parts),
        )

    def snapshot(self) -> dict[str, NDArray[np.generic]]:
        """Return a copy of the whole state, to be saved."""
        kept: dict[str, NDArray[np.generic]] = {name: part.copy() for name, part in self._state.items()}
        return {**kept, VERSION: np.array(self.model.version), "counts": np.array([self._lasted, self._raised])}

    @classmethod
    def resume(cls, model: GroupModel, steps_a_day: float, saved: Mapping[str, NDArray[np.generic]]) -> GroupDetector:
        """Return a detector that goes on where a snapshot was taken.

        Raises:
            GroupStateMismatch: the snapshot is of another model, or a part of it is missing or misshapen.
        """
        found = cls(model, steps_a_day)
        if str(saved.get(VERSION)) != model.version:
            raise GroupStateMismatch(f"the group's state is of {saved.get(VERSION)}, not of {model.version}")
        if "counts" not in saved:
            raise GroupStateMismatch("the group's state has no counts")
        for name, part in found._state.items():
            given = saved.get(name)
            if given is None or given.shape != part.shape or given.dtype != part.dtype:
                raise GroupStateMismatch(f"the group's state has no whole {name}")
            part[:] = given
        found._lasted, found._raised = (int(count) for count in saved["counts"])
        return found

    def _nothing(self, size: int) -> GroupSurprise:
        nothing, parts = np.zeros(size), np.zeros(len(PARTS))
        active = self._lasted > 0
        return GroupSurprise(
            score=np.nan, surprise=0.0, alarm=False, active=active, contributions=nothing, shares=parts
        )

    def _whole(self, deviation: FloatArray, here: NDArray[np.bool_]) -> FloatArray:
        """Return deviations in which what the others let expect stands for a missing one."""
        if here.all():
            return deviation
        gone = ~here
        pulled = self._inverse[np.ix_(gone, here)] @ deviation[here]
        found = deviation.copy()
        found[gone] = -np.linalg.solve(self._inverse[np.ix_(gone, gone)], pulled)
        return found

    def _follow(self, row: FloatArray, here: NDArray[np.bool_], deviation: FloatArray) -> None:
        """Take a row into the moving means. A level that was not seen for long is doubted: it counts for less."""
        model, state, clip = self.model, self._state, self.model.config.clip
        doubt = 1.0 / np.sqrt(1.0 + model.drift.doubt(state["frozen"]) / model.deviation)
        doubted = np.clip(deviation * doubt, -clip, clip)
        along = whitened(doubted, model.axes, clip)
        state["along"] += model.config.memory * (along - state["along"])
        state["mean"] += model.config.memory * (doubted - state["mean"])
        state["level"] += SLOW * (np.clip(deviation / np.sqrt(model.deviation), -clip, clip) - state["level"])
        repeated = here & (row == state["last"])
        state["repeats"] = np.where(here, np.where(repeated, state["repeats"] + 1.0, 0.0), state["repeats"])
        state["last"] = np.where(here, row, state["last"])

    def _together(self) -> FloatArray:
        """Return the parts of T2 along each axis."""
        parts: FloatArray = self._state["along"] ** 2 / self.model.loads
        return parts

    def _by_sensor(self) -> FloatArray:
        """Return the part of T2 that each sensor adds."""
        mean = self._state["mean"]
        added: FloatArray = np.maximum(mean * (self._precision @ (mean @ self.model.axes)), 0.0)
        return added

    def _judge(self, ratio: float) -> tuple[bool, bool]:
        """Return whether an episode begins and whether one is there."""
        before = self._lasted > 0
        self._raised = self._raised + 1 if ratio >= 1.0 else 0
        active = ratio >= self.model.config.hold if before else self._raised >= self.model.config.rows_to_begin
        self._lasted = self._lasted + 1 if active else 0
        return active and not before, active

    def _learn(self, deviation: FloatArray, here: NDArray[np.bool_], *, active: bool) -> None:
        """Let the baseline follow. In an episode it follows only sensors that drift anyway and are not part of it."""
        model, state = self.model, self._state
        frozen = active & ((np.abs(state["level"]) > model.config.frozen) | ~model.follows)
        state["frozen"] = np.where(frozen, state["frozen"] + 1.0, np.maximum(state["frozen"] - THAW, 0.0))
        learned = np.where(frozen | ~here, 0.0, model.drift.gain)
        state["baseline"] += learned * np.clip(deviation, -STEADY, STEADY)
        if self._lasted > self._settle:
            self._settle_down(deviation)

    def _settle_down(self, deviation: FloatArray) -> None:
        """Take what has lasted for long for the new normal."""
        state = self._state
        state["baseline"] += np.where(np.abs(state["level"]) > 1.0, deviation, 0.0)
        for name in ("along", "mean", "level", "frozen", "repeats"):
            state[name][:] = 0.0
        self._lasted = self._raised = 0


def _shared(parts: FloatArray) -> FloatArray:
    """Return parts in shares that sum to 1."""
    total = parts.sum()
    shares: FloatArray = parts / total if total > 0.0 else np.full(len(parts), 1.0 / len(parts))
    return shares
