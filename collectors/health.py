"""When to ask a device again: pure decisions, no waiting.

A device is ``pending`` until its first answer. After a failure it is ``suspect`` and asked at its ordinary pace; at the
third failure in a row it is ``away`` and asked ever more rarely, one read as a probe. The first answer makes it ``ok``
again.
"""

from __future__ import annotations

import msgspec

from collectors import backoff

AWAY_AFTER = 3
"""Failures in a row; one lost datagram is no news, three are."""
LONGEST_PAUSE_S = 300.0
UNKNOWN_PAUSE_S = 10.0
"""A device that has never answered is asked again so soon: it may be starting. Shorter would be refused by its line."""

PENDING = "pending"
OK = "ok"
SUSPECT = "suspect"
AWAY = "away"


class Health(msgspec.Struct, frozen=True):
    """The state of a device and how many reads have failed since the last answer."""

    state: str = PENDING
    failures: int = 0

    @property
    def proven(self) -> bool:
        """Tell whether the device answered the last time it was asked."""
        return self.state == OK


def after_answer(health: Health) -> Health:
    """Return the health after a read that gave readings."""
    return health if health.state == OK else Health(OK, 0)


def after_failure(health: Health) -> Health:
    """Return the health after a read that gave nothing."""
    failures = health.failures + 1
    return Health(AWAY if failures >= AWAY_AFTER else SUSPECT, failures)


def pause_s(health: Health, interval_s: float, draw: float, *, known: bool = True) -> float:
    """Return how long a device is left alone [s]; 0 means until its next tick.

    For one that is away the pause doubles with each failure, from twice the interval up to five minutes (or the
    interval, if longer). ``draw``, from 0 up to 1, spreads it over the upper half: devices that went together do not
    come back together. One that is not ``known``, because it has never answered, is soon asked again until it is away.
    """
    if health.state == SUSPECT and not known:
        return min(interval_s, UNKNOWN_PAUSE_S)
    if health.state != AWAY:
        return 0.0
    longest_s = max(LONGEST_PAUSE_S, interval_s)
    return backoff.pause_s(health.failures - AWAY_AFTER + 1, draw, first_s=2 * interval_s, longest_s=longest_s)


def next_tick_ns(now_ns: int, interval_ns: int, phase_ns: int = 0) -> int:
    """Return the first time after now that is ``phase_ns`` after a multiple of the interval since 1970."""
    return ((now_ns - phase_ns) // interval_ns + 1) * interval_ns + phase_ns
