"""The detector of single series: vectorised over series, causal, deterministic, in one configuration for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.detection import arrays, episode, level, novelty, residual, tail
from analytics.detection.arrays import Slot
from analytics.detection.config import COMPONENTS, CONFIG, Config
from analytics.detection.reading import Reading
from analytics.detection.surprise import Surprise
from greendc.errors import GreendcError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from analytics.detection.arrays import Arrays, BoolArray, FloatArray

LARGEST = 1e100
"""Values beyond are taken as this large, so that no square overflows."""
VERSION = "version"
SUM = "sum"
BONUS = 6.0
OWN = {"origin": Slot(), "count": Slot(), "floor": Slot()}
TAILS = ("level", "slow", "residual")
SLOTS: Mapping[str, Slot] = {
    **OWN,
    **level.SLOTS,
    **residual.SLOTS,
    **novelty.SLOTS,
    **episode.SLOTS,
    **{name: slot for each in (*TAILS, SUM) for name, slot in tail.slots(f"tail.{each}").items()},
}


class StateMismatch(GreendcError):
    """Saved state is not of this configuration, or not complete."""


class Detector:
    """Watches so many series; see `Surprise` for what it says. A value that is NaN leaves its series untouched.

    ``floors`` are the smallest deviations that matter, in the unit of each series; without them every deviation does.
    """

    def __init__(self, size: int, config: Config = CONFIG, floors: FloatArray | None = None) -> None:
        self.config = config
        self._state = arrays.make(SLOTS, size)
        if floors is not None:
            self._state["floor"][:] = floors

    @property
    def size(self) -> int:
        """Return how many series are watched."""
        return len(self._state["count"])

    @property
    def count(self) -> FloatArray:
        """Return how many values each series has had."""
        return self._state["count"].copy()

    def step(self, values: FloatArray) -> Surprise:
        """Judge one value of each series, then learn it."""
        here = np.isfinite(values)
        clipped = np.clip(values, -LARGEST, LARGEST)
        if here.all():
            return _judge(self._state, clipped, self.config)
        rows = np.flatnonzero(here)
        taken = arrays.take(self._state, rows)
        found = _judge(taken, clipped[rows], self.config)
        arrays.put(self._state, rows, taken)
        return _spread(found, rows, self.size)

    def grow(self, more: int, floors: FloatArray | None = None) -> None:
        """Watch so many more series, behind the others."""
        self._state = arrays.grow(self._state, SLOTS, more)
        if floors is not None:
            self._state["floor"][-more:] = floors

    def snapshot(self) -> dict[str, NDArray[np.generic]]:
        """Return a copy of the whole state, to be saved."""
        return {VERSION: np.array(self.config.version), **{name: part.copy() for name, part in self._state.items()}}

    @classmethod
    def resume(cls, saved: Mapping[str, NDArray[np.generic]], config: Config = CONFIG) -> Detector:
        """Return a detector that goes on where a snapshot was taken.

        Raises:
            StateMismatch: the snapshot is of another configuration, or a part of it is missing or misshapen.
        """
        if str(saved.get(VERSION)) != config.version:
            raise StateMismatch(f"the detector's state is of {saved.get(VERSION)}, not of {config.version}")
        size = len(saved["count"]) if "count" in saved else 0
        found = cls(size, config)
        for name, part in found._state.items():
            given = saved.get(name)
            if given is None or given.shape != part.shape or given.dtype != part.dtype:
                raise StateMismatch(f"the detector's state has no whole {name}")
            part[:] = given
        return found

    @staticmethod
    def bytes_each() -> int:
        """Return the bytes of state of one series."""
        return arrays.bytes_each(SLOTS)


def _judge(state: Arrays, values: FloatArray, config: Config) -> Surprise:
    np.copyto(state["origin"], values, where=state["count"] == 0.0)
    now = Reading(value=values - state["origin"], count=state["count"].copy(), floor=state["floor"])
    median, quick, slow = level.step(state, now, config.winsor)
    parts = {
        "level": tail.judge(state, "tail.level", quick),
        "slow": tail.judge(state, "tail.slow", slow),
        "residual": tail.judge(state, "tail.residual", residual.step(state, now, config.winsor)),
        "novelty": np.where(novelty.step(state, now), BONUS, 0.0),
    }
    kept = [np.minimum(parts[name], config.cap) if name not in config.off else 0.0 * values for name in COMPONENTS]
    shares = np.stack(kept, axis=1)
    total = shares.sum(axis=1)
    found = tail.judge(state, "tail." + SUM, total)
    found[now.count < config.warm_up] = 0.0
    shares *= np.where(total > 0.0, found / np.where(total > 0.0, total, 1.0), 0.0)[:, None]
    state["count"] += 1.0
    raised = episode.step(state, found, config.theta, config.held)
    width = state["tail.level.edge"] * np.maximum(state["level.spread"], now.floor)
    expected = median + state["origin"]
    return Surprise(
        expected=expected,
        low=expected - width,
        high=expected + width,
        surprise=found,
        score=raised.raised / (raised.raised + config.theta),
        alarm=raised.alarm,
        active=raised.active,
        shares=shares,
    )


def _spread(found: Surprise, rows: NDArray[np.int64], size: int) -> Surprise:
    """Return what was found for some series in arrays over all."""

    def wide(part: FloatArray, fill: float) -> FloatArray:
        spread = np.full((size, *part.shape[1:]), fill)
        spread[rows] = part
        return spread

    def told(part: BoolArray) -> BoolArray:
        spread = np.zeros(size, dtype=np.bool_)
        spread[rows] = part
        return spread

    return Surprise(
        expected=wide(found.expected, np.nan),
        low=wide(found.low, np.nan),
        high=wide(found.high, np.nan),
        surprise=wide(found.surprise, np.nan),
        score=wide(found.score, 0.0),
        alarm=told(found.alarm),
        active=told(found.active),
        shares=wide(found.shares, 0.0),
    )
