"""The words of the overview: figures that say how far they can be trusted, and the structs that hold them.

All values are in stored units (SI, degrees Celsius, ratios 0..1); all times are UTC nanoseconds, 0 where there is none.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from analytics.advice import Recommendation
from analytics.alarms import Alarm


class State(StrEnum):
    """How a figure can be trusted. None of these looks like another, and none of the last four looks like normal."""

    FRESH = "fresh"
    STALE = "stale"
    MISSING = "missing"
    ESTIMATED = "estimated"
    SUPPRESSED = "suppressed"


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One number of a page. ``reason`` is a code with a text under ``overview.reason``, empty for a fresh figure.

    ``detail`` names what the reason is about: a meter, a device, a rack.
    """

    value: float | None = None
    unit: str
    time_ns: int = 0
    state: State = State.MISSING
    reason: str = ""
    detail: str = ""


class Ratio(msgspec.Struct, frozen=True, kw_only=True):
    """A PUE over a window with what an auditor asks of it. ``category`` is 1, 2 or 3, and 0 when it has none."""

    window: str
    figure: Figure
    start_ns: int
    end_ns: int
    category: int = 0
    coverage: float = 0.0
    uncertainty: float | None = None
    method: str = ""
    provisional: bool = True


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Inlet temperatures [degree Celsius]: the band to stay in and the limit that must not be passed."""

    low_c: float
    high_c: float
    limit_c: float


class Hottest(msgspec.Struct, frozen=True, kw_only=True):
    """The warmest rack inlet [degree Celsius] and where it is."""

    figure: Figure
    limits: Limits
    rack: str = ""
    device: str = ""
    part: str = ""


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How much of what should be arriving is arriving. A point is one series of the store."""

    points: int = 0
    fresh: int = 0
    oldest_s: float | None = None
    oldest: str = ""
    devices: int = 0
    devices_ok: int = 0
    away: list[str] = []

    @property
    def fresh_ratio(self) -> float | None:
        """Return the share of points that are fresh, None when there is no point."""
        return self.fresh / self.points if self.points else None


class EdgeCell(msgspec.Struct, frozen=True, kw_only=True):
    """One edge node. ``backlog`` counts readings that wait in its spool as it last said, None when it never said."""

    name: str
    title_zh: str = ""
    title_en: str = ""
    state: State = State.MISSING
    last_seen_ns: int = 0
    backlog: int | None = None
    devices: int = 0
    devices_up: int = 0


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One reading of a device, for a person who wants to see that it speaks."""

    quantity: str
    part: str
    figure: Figure


class DeviceCell(msgspec.Struct, frozen=True, kw_only=True):
    """One device of a small site: whether it answers, how many of its points are fresh, and a few of them."""

    name: str
    state: State = State.MISSING
    last_seen_ns: int = 0
    points: int = 0
    fresh: int = 0
    facts: list[Fact] = []


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the facility's power now. ``key`` has its name under ``overview.share``."""

    key: str
    figure: Figure
    ratio: float | None = None


class Trend(msgspec.Struct, frozen=True, kw_only=True):
    """Means over steps of ``step_ns``; None where a step has no data. All lists are as long as ``times_ns``."""

    step_ns: int
    times_ns: list[int] = []
    facility_w: list[float | None] = []
    it_w: list[float | None] = []
    pue: list[float | None] = []
    inlet_c: list[float | None] = []


class ReportCard(msgspec.Struct, frozen=True, kw_only=True):
    """The newest report folder, its period, and the HTML files in it, one for each language."""

    folder: str
    pages: list[str]
    built_ns: int
    signed: bool
    draft: bool
    start_ns: int = 0
    end_ns: int = 0

    def page(self, lang: str) -> str:
        """Return the file in a language, else any, else nothing."""
        return next((page for page in self.pages if f".{lang}." in page), self.pages[0] if self.pages else "")


class Away(msgspec.Struct, frozen=True, kw_only=True):
    """The store does not answer: since when, and what it said."""

    since_ns: int
    cause: str


class Background(msgspec.Struct, frozen=True, kw_only=True):
    """What is dear to compute and changes slowly."""

    ratios: list[Ratio]
    trend: Trend
    ready: bool = True

    @classmethod
    def waiting(cls) -> Background:
        """Return what stands there until the first one is computed."""
        return cls(ratios=[], trend=Trend(step_ns=0), ready=False)


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the overview page shows."""

    now_ns: int
    site: str
    title_zh: str
    title_en: str
    timezone: str
    simulated: bool
    configured: bool
    facility: Figure
    it: Figure
    cooling: Figure
    ratios: list[Ratio]
    hottest: Hottest
    health: Health
    alarms: list[Alarm]
    advice: Recommendation | None
    advice_count: int
    edges: list[EdgeCell]
    shares: list[Share]
    trend: Trend
    ready: bool
    backfill: float | None
    waiting: int
    report: ReportCard | None
    currency: str
    price_per_kwh: float | None
    devices: list[DeviceCell] = []
    away: Away | None = None

    def title(self, lang: str) -> str:
        """Return the site's title in a language."""
        return (self.title_zh if lang == "zh" else self.title_en) or self.site

    @property
    def empty(self) -> bool:
        """Tell whether there is nothing at all to show yet."""
        return self.health.points == 0 and self.away is None
