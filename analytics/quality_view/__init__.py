"""What the data quality page shows of a day: dimensions, findings, balances, devices and series, worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.kpis.calendar import local_day
from analytics.quality import Finding, QualityDay, QualityNote, Score, SeriesQuality, note_of, quality_of
from analytics.quality.finding import Severity

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from analytics.quality import BalanceNote, Rollup
    from greendc.contracts import Ledger
    from greendc.site import Site

__all__ = ["DAYS", "DeviceLine", "QualityView", "days_shown", "device_series", "newest_note", "view_of"]

DAYS = 31
"""So many days back the page goes."""
_SEVERITY = tuple(Severity)


class DeviceLine(msgspec.Struct, frozen=True, kw_only=True):
    """One device: the mean of each dimension (0..1, None where nothing tells) and the least of them."""

    name: str
    scores: tuple[float | None, ...]
    worst: float | None


class QualityView(msgspec.Struct, frozen=True, kw_only=True):
    """One day. ``kept`` tells whether it is what the ledger keeps rather than judged now."""

    note: QualityNote
    kept: bool
    findings: tuple[Finding, ...]
    devices: tuple[DeviceLine, ...]

    @property
    def rollups(self) -> tuple[Rollup, ...]:
        """Return the six dimensions of the whole site."""
        return self.note.site_scores

    @property
    def balances(self) -> tuple[BalanceNote, ...]:
        """Return the balances, those that cannot be right first, then the site's bus."""
        return tuple(sorted(self.note.balances, key=lambda one: not one.faulty))


def days_shown(site: Site, now_ns: int) -> list[dt.date]:
    """Return the local days that can be looked at, today first."""
    today = local_day(site, now_ns)
    return [today.fromordinal(today.toordinal() - i) for i in range(DAYS)]


def newest_note(ledger: Ledger, days: Iterable[dt.date]) -> QualityNote | None:
    """Return what was noted of the first of some days that has a note, or None.

    Raises:
        StoreAway: the ledger cannot be read.
    """
    return next((note for day in days if (note := quality_of(ledger, day.isoformat())) is not None), None)


def view_of(noted: QualityNote | QualityDay, now_ns: int) -> QualityView:
    """Return the page of a day, as noted or as judged just now."""
    kept = isinstance(noted, QualityNote)
    note = noted if isinstance(noted, QualityNote) else note_of(noted, now_ns)
    lines = [DeviceLine(name=name, scores=scores, worst=_least(scores)) for name, scores in note.devices.items()]
    return QualityView(
        note=note,
        kept=kept,
        findings=tuple(sorted(note.findings, key=lambda one: _SEVERITY.index(one.severity))),
        devices=tuple(sorted(lines, key=_badness)),
    )


def device_series(day: QualityDay, device: str) -> list[SeriesQuality]:
    """Return the series of a device, the worst first."""
    return sorted((one for one in day.series if one.key.device == device), key=lambda one: _series_badness(one.scores))


def _series_badness(scores: tuple[Score, ...]) -> tuple[float, float]:
    known = [score.ratio for score in scores if score.ratio is not None]
    return (min(known, default=2.0), sum(known) / len(known) if known else 2.0)


def _badness(line: DeviceLine) -> tuple[float, float, str]:
    known = [score for score in line.scores if score is not None]
    # A device of which nothing is known comes before all others.
    return (min(known, default=-1.0), sum(known) / len(known) if known else -1.0, line.name)


def _least(scores: tuple[float | None, ...]) -> float | None:
    return min((score for score in scores if score is not None), default=None)
