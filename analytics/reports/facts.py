"""Everything a report states, before it is worded: gathered once for all languages and formats."""

from __future__ import annotations

import datetime as dt

import msgspec

from analytics.advice_view import AdviceStanding
from analytics.alarm_view import Performance
from analytics.alarms import Alarm
from analytics.eu_report import EuReport
from analytics.lineage import Configuration
from analytics.meter_exchange import Exchange
from analytics.quality import QualityNote
from analytics.reports.account import AccountLine
from analytics.reports.commitments import Commitments, DeclaredText
from analytics.reports.request import Request
from analytics.result import KpiResult
from greendc.site import Site


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar month of the site, cut to the report's period; ``name`` is ``2026-03``."""

    name: str
    start_ns: int
    end_ns: int
    figures: tuple[KpiResult, ...]


class Hour(msgspec.Struct, frozen=True, kw_only=True):
    """One hour: energies [J] by name, None where not all of the hour was read.

    Names are ``facility`` (E_DC), ``it`` (at the metering point of PUE) and each metered role of electricity, heat and
    fuel by its `greendc.site.Role`. What the site does not meter has no entry.
    """

    start_ns: int
    energies_j: dict[str, float | None]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """The baseline: the figures of its period as measured, or as declared in the commitments."""

    start: dt.date
    end: dt.date
    figures: tuple[KpiResult, ...] = ()
    declared: dict[str, float] = {}


class ChangedFigure(msgspec.Struct, frozen=True, kw_only=True):
    """A figure of the period that differs from the version before, in its stored unit; ``part`` is as in a result."""

    kpi: str
    part: str
    before: float | None
    after: float | None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of one report. ``site`` is already masked; ``figures`` are of the whole period, with their lineage.

    ``version`` counts reports of one kind and period that say different things, from 1, and ``changed`` are the figures
    that differ from the version before. ``command`` is the command line that makes the same report. ``exchanges`` are
    those of meters within the period, the oldest first. ``open_ns`` is the end of the last hour that was read of a
    period that was not over when the report was asked for (its start where none was), None of one that was over.
    """

    request: Request
    site: Site
    software: str
    command: str
    version: int
    figures: tuple[KpiResult, ...]
    months: tuple[Month, ...]
    hours: tuple[Hour, ...]
    baseline: Comparison | None
    commitments: Commitments | None
    declared: tuple[DeclaredText, ...]
    eu: EuReport
    advice: AdviceStanding
    alarms: tuple[Alarm, ...]
    raised: int
    cleared: int
    performance: Performance
    account: tuple[AccountLine, ...]
    quality: tuple[QualityNote, ...]
    configuration: Configuration
    changed: tuple[ChangedFigure, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    open_ns: int | None = None

    @property
    def simulated(self) -> bool:
        """Tell whether any input is simulated."""
        return self.site.info.simulated

    def figure(self, kpi: str, part: str = "") -> KpiResult | None:
        """Return a figure of the whole period, None where the site has none of this name."""
        return next((one for one in self.figures if one.kpi == kpi and one.part == part), None)
