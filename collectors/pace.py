"""When in its interval a device is read: evenly spread, and the same after every restart.

Devices of one interval that were all read at once would wait for each other, and their network and this machine would
be idle in between. Each gets a slot of whole seconds in its interval by its name; what falls into one slot is still
read, written and stored together, which costs less than many small pieces.
"""

from __future__ import annotations

import hashlib

from greendc.units import NS_PER_SECOND

SLOT_S = 1.0
FIRST_ROUND_S = 5.0
"""After a start every device is asked for the first time within this time."""
FIRST_EACH_S = 0.01
"""A site of few devices is asked at once: its first round takes no longer than this for each device."""
_SHARES = 2**64


def phase_ns(name: str, interval_s: float) -> int:
    """Return when in its interval [s] a device is read: nanoseconds after each multiple of the interval since 1970."""
    slots = max(1, int(interval_s / SLOT_S))
    return round(int(_share(name) * slots) * interval_s / slots * NS_PER_SECOND)


def first_wait_s(name: str, interval_s: float, devices: int) -> float:
    """Return how long [s] after the start one of so many devices is read for the first time."""
    return _share(name) * min(interval_s, FIRST_ROUND_S, devices * FIRST_EACH_S)


def _share(name: str) -> float:
    """Return a number from 0 up to 1 that is spread evenly over names."""
    number = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest())
    # 53 bits: every quotient is below 1.
    return (number >> 11) / (_SHARES >> 11)
