"""What the ledger holds of a report's period: alarms, exchanges of meters, and judged days of data quality."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.kpis.calendar import days
from analytics.meter_exchange import exchanges_of
from analytics.quality import QualityNote, quality_of
from analytics.reports.request import Masking

if TYPE_CHECKING:
    from analytics.meter_exchange import Exchange
    from analytics.reports.request import Request
    from greendc.contracts import Ledger
    from greendc.site import Site

DAYS_JUDGED = 366


def events_within(ledger: Ledger, kind: str, start_ns: int, end_ns: int) -> int:
    """Return how many events of a kind the ledger holds of a period."""
    return sum(start_ns <= event.time_ns <= end_ns for event in ledger.events(kind=kind))


def exchanges_within(ledger: Ledger, site: Site, request: Request) -> tuple[Exchange, ...]:
    """Return the exchanges of meters within a period, the oldest first, whenever they were recorded: papers come late.

    Where names are hidden, a device that the site file no longer has is left out: it has no number.

    Raises:
        StoreAway: the ledger cannot be read.
    """
    known = {*site.owners(), *(meter.device for meter in site.meters)}
    plain = request.masking is Masking.INTERNAL
    found = (one for one in exchanges_of(ledger) if request.start_ns <= one.time_ns < request.end_ns)
    shown = (one for one in found if plain or one.key.device in known)
    return tuple(sorted(shown, key=lambda one: (one.time_ns, one.noted_ns, one.key)))


def noted_quality(ledger: Ledger, site: Site, start_ns: int, end_ns: int) -> tuple[QualityNote, ...]:
    """Return what was noted of each day of the period that was judged by its end, at most of the last `DAYS_JUDGED`."""
    first, last = days(site, start_ns, end_ns)
    after = last.toordinal() + 1
    dates = [last.fromordinal(day).isoformat() for day in range(max(first.toordinal(), after - DAYS_JUDGED), after)]
    notes = [note for date in dates if (note := quality_of(ledger, date)) is not None]
    return tuple(note for note in notes if note.time_ns <= end_ns or note.over)
