"""The detector of single series: vectorised over series, causal, deterministic, in one configuration for all.

It remembers where a series has been, and asks of each value how far it lies from all of that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.detection import arrays, episode, level, novelty, reading, season, transition
from analytics.detection.arrays import Slot
from analytics.detection.config import COMPONENTS, CONFIG, KNEE, STEEPNESS, Config
from analytics.detection.grid import Grid
from analytics.detection.surprise import Surprise
from greendc.errors import GreendcError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from analytics.detection.arrays import Arrays, BoolArray, FloatArray, Rows
    from analytics.detection.novelty import Novelty
    from analytics.detection.reading import Reading

VERSION = "version"
VALUE = Grid("value", 512)
SLOTS: Mapping[str, Slot] = {
    **reading.SLOTS,
    **VALUE.slots,
    **transition.SLOTS,
    **level.SLOTS,
    **season.SLOTS,
    **episode.SLOTS,
    "fade.since": Slot(kind="f4"),
}


class StateMismatch(GreendcError):
    """Saved state is not of this configuration, or not complete."""


class Detector:
    """Watches so many series; see `Surprise` for what it says. A value that is NaN leaves its series untouched.

    ``floors`` are the smallest distances that matter, in the unit of each series; without them every distance does.
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
        return self._state["count"].astype(np.float64)

    def step(self, values: FloatArray, time_ns: int | Rows | None = None) -> Surprise:
        """Judge one value of each series, then learn it.

        ``time_ns`` is when the step is, UTC, one for all or one each; without it no season is known.
        """
        here = np.isfinite(values)
        times = None if time_ns is None else np.broadcast_to(np.asarray(time_ns, dtype=np.int64), values.shape)
        if here.all():
            return _judge(self._state, values, times, self.config)
        rows = np.flatnonzero(here)
        taken = arrays.take(self._state, rows)
        found = _judge(taken, values[rows], None if times is None else times[rows], self.config)
        arrays.put(self._state, rows, taken)
        return _spread(found, rows, self.size)

    def grow(self, more: int, floors: FloatArray | None = None) -> None:
        """Watch so many more series, behind the others."""
        self._state = arrays.grow(self._state, SLOTS, more)
        if floors is not None:
            self._state["floor"][self.size - more :] = floors

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


def _judge(state: Arrays, values: FloatArray, time_ns: Rows | None, config: Config) -> Surprise:
    now = reading.read(state, values, time_ns)
    value = novelty.judge(state, VALUE, now.value, now.count > config.start, config, now.floor)
    low, high = _band(state, value, now)
    cell = VALUE.learn(state, now.value, value.cell)
    parts = {
        "value": value.amount,
        "transition": config.transition_weight * transition.step(state, VALUE, now, cell, config),
        "level": config.level_weight * level.level(state, now, config),
        "spread": config.spread_weight * level.spread(state, now, config),
        "season": config.season_weight * season.step(state, now, config),
    }
    shares = np.stack([parts[name] if name not in config.off else np.zeros(len(values)) for name in COMPONENTS], axis=1)
    new = shares.max(axis=1) * now.count / (now.count + config.young)
    weighed = episode.believed(state, new, config)
    standing = episode.Standing(value=now.value, low=low, high=high, outside=value.amount > 0.0)
    raised = episode.quiet(state, episode.step(state, new, weighed, standing, config), now.count < config.warm_up)
    _fade(state, config)
    expected = np.where(value.amount > 0.0, value.nearest, state["level.mean"])
    surprise = _surprise(weighed, config)
    return Surprise(
        expected=reading.in_unit(state, expected),
        low=reading.in_unit(state, low),
        high=reading.in_unit(state, high),
        surprise=surprise,
        score=raised.amount / (raised.amount + config.least),
        alarm=raised.alarm,
        active=raised.active,
        shares=_shares(shares, surprise),
    )


def _band(state: Arrays, value: Novelty, now: Reading) -> tuple[FloatArray, FloatArray]:
    """Return the edges of what is known around each value, before it is learned."""
    least, most = state["value.least"], state["value.most"]
    unknown = now.count == 0.0
    new = value.amount > 0.0
    half = np.where(new, VALUE.width(state), 0.0) / 2
    low = np.where(new & ~value.above, np.maximum(value.nearest - half, least), least)
    high = np.where(new & value.above, np.minimum(value.nearest + half, most), most)
    return np.where(unknown, now.value, low), np.where(unknown, now.value, high)


def _fade(state: Arrays, config: Config) -> None:
    """Forget in each series whose time it is what it has not done for long: else all would be known one day."""
    since = state["fade.since"]
    since += 1.0
    rows = np.flatnonzero(since >= config.fade)
    if len(rows):
        for grid in (VALUE, level.LEVEL, level.SPREAD, season.RESIDUAL):
            grid.fade(state, rows)
        transition.fade(state, rows)
        since[rows] = 0.0


def _surprise(novelty: FloatArray, config: Config) -> FloatArray:
    """Return -log10 of the chance that a step raises an episode of this novelty, 0 where nothing is new."""
    surprise = np.zeros(len(novelty))
    new = np.flatnonzero(novelty)
    surprise[new] = np.maximum(config.base + STEEPNESS * np.log10(novelty[new] / KNEE), 0.0)
    return surprise


def _shares(parts: FloatArray, surprise: FloatArray) -> FloatArray:
    total = parts.sum(axis=1)
    return parts * np.where(total > 0.0, surprise / np.where(total > 0.0, total, 1.0), 0.0)[:, None]


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
