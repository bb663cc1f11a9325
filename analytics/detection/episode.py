"""Episodes: a novelty is raised once, and again only when it grows or after it has been quiet.

A series that often has something new is believed less: what it raises is divided by one plus how much it has raised
of late. An alarm lasts until its series has been back in the band of that alarm for a while.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.detection.arrays import BoolArray, FloatArray, Slot

if TYPE_CHECKING:
    from analytics.detection.arrays import Arrays
    from analytics.detection.config import Config

LONG_AGO = 1e9
SLOTS = {
    "episode.peak": Slot(kind="f4"),
    "episode.age": Slot(begin=LONG_AGO, kind="f4"),
    "episode.told": Slot(kind="f4"),
    "episode.top": Slot(kind="f4"),
    "episode.since": Slot(begin=LONG_AGO, kind="f4"),
    "episode.lasted": Slot(begin=-1.0, kind="f4"),
    "episode.calm": Slot(kind="f4"),
    "episode.low": Slot(),
    "episode.high": Slot(),
}


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A value beside what is known, in units of the reading; ``outside`` where the value itself is what is new."""

    value: FloatArray
    low: FloatArray
    high: FloatArray
    outside: BoolArray


class Raised(msgspec.Struct, frozen=True):
    """Arrays over series: what is raised, else 0; whether that is an alarm; whether an alarm lasts."""

    amount: FloatArray
    alarm: BoolArray
    active: BoolArray


def believed(state: Arrays, novelty: FloatArray, config: Config) -> FloatArray:
    """Return novelty after doubt: a series that raised so much of late is believed that much less."""
    state["episode.told"] *= np.exp(-1.0 / config.remember)
    return novelty / (1.0 + config.doubt * state["episode.told"])


def step(state: Arrays, novelty: FloatArray, weighed: FloatArray, standing: Standing, config: Config) -> Raised:
    """Return what is raised in this step of novelties that were ``weighed`` by `believed`."""
    peak, age = state["episode.peak"], state["episode.age"]
    age += 1.0
    record = novelty > np.where(age > config.held, 0.0, peak)
    peak[record] = novelty[record]
    age[record] = 0.0
    state["episode.told"] += record & (novelty > config.worth)
    amount = np.where(record, weighed, 0.0)
    alarm = _alarms(state, amount, config)
    amount[~alarm & (state["episode.since"] <= config.held)] = 0.0
    return Raised(amount, alarm, _lasts(state, alarm, weighed, standing, config))


def quiet(state: Arrays, raised: Raised, young: BoolArray) -> Raised:
    """Return what is raised of series that are no longer ``young``; what these had begun does not last."""
    if not young.any():
        return raised
    state["episode.lasted"][young] = -1.0
    return Raised(np.where(young, 0.0, raised.amount), raised.alarm & ~young, raised.active & ~young)


def _alarms(state: Arrays, amount: FloatArray, config: Config) -> BoolArray:
    """Return which series alarm: enough is raised, and no alarm was near, or only one of a third of it."""
    top, since = state["episode.top"], state["episode.since"]
    since += 1.0
    enough = amount >= config.least
    alarm: BoolArray = enough & ((since > config.held) | (amount >= config.growth * top))
    top[alarm] = amount[alarm]
    since[enough] = 0.0
    return alarm


def _lasts(state: Arrays, alarm: BoolArray, weighed: FloatArray, standing: Standing, config: Config) -> BoolArray:
    """Return where an alarm lasts: not yet calm for long enough, and not so long that it is the new normal."""
    low, high = state["episode.low"], state["episode.high"]
    lasted, calm = state["episode.lasted"], state["episode.calm"]
    everywhere = np.inf
    low[alarm] = np.where(standing.outside, standing.low, -everywhere)[alarm]
    high[alarm] = np.where(standing.outside, standing.high, everywhere)[alarm]
    lasted[alarm], calm[alarm] = 0.0, 0.0
    inside = (standing.value >= low) & (standing.value <= high) & (weighed < config.least)
    calm[:] = np.where(inside, calm + 1.0, 0.0)
    active: BoolArray = (lasted >= 0.0) & (calm < config.calm) & (lasted < config.settle)
    lasted[:] = np.where(active, lasted + 1.0, -1.0)
    return active
