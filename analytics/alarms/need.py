"""Which series a rule looks at, and how."""

from __future__ import annotations

from enum import Enum

import msgspec


class View(Enum):
    """How a rule looks at a series: single readings of the last minutes, or means of a minute, of 5 min, of an hour."""

    READINGS = "readings"
    MINUTES = "minutes"
    STEPS = "steps"
    HOURS = "hours"


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """Series that a rule looks at: ``quantities`` of devices of ``kinds``, of all devices where it names none.

    ``prefix`` is what the part's name begins with; ``main`` leaves out all parts.
    """

    quantities: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    views: tuple[View, ...] = (View.READINGS,)
    prefix: str = ""
    main: bool = False
