"""What an alarm rule is given and what it returns."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from analytics.alarms.alarm import Alarm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greendc.contracts import History
    from greendc.model import SeriesKey
    from greendc.site import Site


class Scene:
    """What rules look at: the store, the site, the time and the alarms that are open."""

    def __init__(
        self,
        history: History,
        site: Site,
        now_ns: int,
        standing: Mapping[str, Alarm],
        inlets: Mapping[str, list[SeriesKey]],
        *,
        delay_scale: float = 1.0,
        watching_since_ns: int = 0,
    ) -> None:
        """Take what to judge; ``delay_scale`` multiplies every delay, silence counts from ``watching_since_ns`` on."""
        self.history = history
        self.site = site
        self.now_ns = now_ns
        self.standing = standing
        self.inlets = inlets
        self.delay_scale = delay_scale
        self.watching_since_ns = watching_since_ns


class Verdicts(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule found: alarms whose condition holds now, and ids of those whose condition is surely over.

    An open alarm in neither list stands as it is: its sensor is silent, or its delay is not over.
    """

    raised: list[Alarm]
    over: list[str]


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule. Its texts are `alarms.<key>.<kind>.title`, ``detail`` and ``action``."""

    key: str
    evaluate: Callable[[Scene], Verdicts]
