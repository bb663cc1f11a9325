"""What an advisor is given and what it returns."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from analytics.advice.recommendation import Recommendation, Refusal

if TYPE_CHECKING:
    from greendc.contracts import History
    from greendc.site import Site


class Situation:
    """What advisors look at: store, site, time, ids of open alarms, and how much data is enough."""

    def __init__(
        self, history: History, site: Site, now_ns: int, open_alarms: tuple[str, ...], *, least_ns: int
    ) -> None:
        """Take what to judge; less than ``least_ns`` of data gives no advice."""
        self.history = history
        self.site = site
        self.now_ns = now_ns
        self.open_alarms = open_alarms
        self.least_ns = least_ns


class Advisor(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of advice. Its texts are `advice.<key>.title` and ``proposal``."""

    key: str
    advise: Callable[[Situation], Recommendation | Refusal]
