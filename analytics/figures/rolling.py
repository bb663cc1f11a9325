"""Rolling figures: windows of months and years are put together from days that were read once."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from typing import TYPE_CHECKING

import msgspec

from analytics.energy import best_curve, midnight_ns, parts_of
from analytics.figures.day_curves import PIECE_FORMAT, DayPieces, Piece, joined, metered, read_days, series_of
from analytics.figures.day_file import DayFile, MadeDay
from analytics.figures.period import Window, window_span
from analytics.kpis import KPIS, first_metered_ns
from analytics.kpis.calendar import local_day
from analytics.kpis.kind import Period
from analytics.lineage import configuration
from analytics.result import KpiResult
from greendc.clock import NS_PER_HOUR
from greendc.contracts import Event
from greendc.errors import StoreRefused
from greendc.model import Principal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analytics.curve import EnergyCurve
    from analytics.energy import MeterCurve
    from greendc.contracts import Arrivals, History, Ledger
    from greendc.contracts import Window as Arrival
    from greendc.site import Meter, Site

log = logging.getLogger("greendc.analyse")

COMPUTED = "kpi.computed"
_SYSTEM = Principal(name="greendc", role="system")

DAY = dt.timedelta(days=1)
KEPT = 2 * 366 * DAY
CHUNK = 31
"""How many days are read at most at once."""
CALLS = 20
"""How many pages of arrivals are looked at in one go."""
LINGER_NS = NS_PER_HOUR
"""A day that was made sooner after its end is made again: its last readings may have been on their way."""
BACK = 31
"""So many days back a register that came back tells what it counted."""
SHORT = (Window.HOUR, Window.DAY)


class Rolling:
    """The days of one site, kept up with what arrives, and windows made of them."""

    def __init__(self, site: Site, file: DayFile) -> None:
        """Take the site and the file of its days."""
        self._site = site
        self._file = file
        self._made: dict[dt.date, MadeDay] = file.made()
        self._late = file.late()
        self._first: dt.date | None = None

    @property
    def late(self) -> dict[dt.date, int]:
        """Return when data last arrived for days that were over by then [ns]."""
        return self._late

    def first_day(self, history: History, now_ns: int) -> dt.date | None:
        """Return the first local day with a reading of a facility meter, or None."""
        if self._first is None:
            first_ns = first_metered_ns(history, self._site, 0, now_ns)
            self._first = None if first_ns is None else local_day(self._site, first_ns)
        return self._first

    def look(self, history: History, now_ns: int) -> None:
        """Take note of what arrived for days that are over."""
        today_ns = midnight_ns(local_day(self._site, now_ns), self._site)
        for _ in range(CALLS):
            answer = self._arrived(history)
            if not answer.windows:
                return
            late = self._late_days(answer.windows, today_ns)
            if late and self._first is not None and min(late) < self._first:
                self._first = None
            self._file.note_arrivals(answer.cursor, late, now_ns)
            self._late |= dict.fromkeys(late, now_ns)

    def refresh(self, history: History, now_ns: int) -> bool:
        """Make the newest days that are missing or stale, a chunk at most; tell whether none is left."""
        first = self.first_day(history, now_ns)
        if first is None:
            return True
        today = local_day(self._site, now_ns)
        meters = metered(history, self._site)
        series = _names_sha256(self._site, meters)
        kept = _days(max(first, today - KEPT), today)
        stale = [day for day in kept if self._stale(day, series, now_ns)]
        if not stale:
            return True
        newest = stale[-1]
        chunk = [day for day in stale if day > newest - CHUNK * DAY]
        for one, after in _runs(chunk):
            days = read_days(history, self._site, meters, one, after)
            self._file.keep(days, series, now_ns)
            self._made |= {
                day: MadeDay(made_ns=now_ns, series=series, ragged=pieces.ragged()) for day, pieces in days.items()
            }
        return len(chunk) == len(stale)

    def figures(self, history: History, window: Window, now_ns: int) -> list[KpiResult] | None:
        """Return the figures of a window since metering began, or None while its days are not read yet."""
        start_ns, end_ns = window_span(self._site, window, now_ns)
        first_ns = first_metered_ns(history, self._site, start_ns, end_ns)
        if first_ns is not None and first_ns < end_ns:
            start_ns = first_ns
        if window in SHORT:
            period = Period(history, self._site, start_ns, end_ns)
        else:
            first, today = local_day(self._site, start_ns), local_day(self._site, now_ns)
            if any(day not in self._made for day in _days(first, min(today, local_day(self._site, end_ns)))):
                return None
            period = RollingPeriod(history, self._site, start_ns, end_ns, self._days_of(history, first, end_ns, now_ns))
        return [result for kpi in KPIS for result in kpi.results(period)]

    def _days_of(self, history: History, first: dt.date, end_ns: int, now_ns: int) -> list[DayPieces]:
        today = local_day(self._site, now_ns)
        days = self._file.days(first, min(today, local_day(self._site, end_ns - 1) + DAY))
        if end_ns > midnight_ns(today, self._site):
            known = read_days(history, self._site, metered(history, self._site), today, today + DAY, end_ns)
            days += known.values()
        return days

    def _stale(self, day: dt.date, series: str, now_ns: int) -> bool:
        made = self._made.get(day)
        if made is None or made.series != series:
            return True
        settled_ns = midnight_ns(day + DAY, self._site) + LINGER_NS
        return made.made_ns < self._late.get(day, 0) or made.made_ns < settled_ns <= now_ns

    def _arrived(self, history: History) -> Arrivals:
        try:
            return history.arrived(self._site.name, self._file.cursor)
        except StoreRefused:
            if not self._file.cursor:
                raise
            # The cursor is another store's: everything is told anew.
            return history.arrived(self._site.name)

    def _late_days(self, windows: Sequence[Arrival], today_ns: int) -> set[dt.date]:
        late: set[dt.date] = set()
        back: set[tuple[dt.date, str]] = set()
        for window in windows:
            first = local_day(self._site, window.start_ns)
            back.add((first, window.key.label()))
            if window.start_ns < today_ns:
                last = local_day(self._site, min(window.end_ns, today_ns) - 1)
                late |= set(_days(first, last + DAY))
        for day, label in back:
            late.update(self._bridged(day, label))
        return late

    def _bridged(self, day: dt.date, label: str) -> list[dt.date]:
        """Return the days beside one of which a register is not wholly known: a reading may tell what it counted."""
        found = []
        for step in (-DAY, DAY):
            other = day + step
            while abs(other - day) <= BACK * DAY and other in self._made and label in self._made[other].ragged:
                found.append(other)
                other += step
        return found


class RollingPeriod(Period):
    """A period whose meters are read from days instead of from the store."""

    def __init__(self, history: History, site: Site, start_ns: int, end_ns: int, days: Sequence[DayPieces]) -> None:
        """Take the days that hold the period."""
        super().__init__(history, site, start_ns, end_ns)
        self._days = len(days)
        self._registers = _by_label(day.registers for day in days)
        self._powers = _by_label(day.powers for day in days)

    def read(self, meters: list[Meter]) -> list[MeterCurve]:
        """Return the curves of meters from the days; of meters that the days do not know, from the store."""
        new = [meter for meter in meters if meter.energy and len(self._pieces(meter)) < self._days]
        if new:
            return super().read(meters)
        return [
            best_curve(meter, window, *self._curves_of(meter))
            for meter, window in parts_of(self.site, meters, self.start_ns, self.end_ns)
        ]

    def _pieces(self, meter: Meter) -> list[Piece]:
        return self._registers.get(series_of(self.site, meter)[0].label(), [])

    def _curves_of(self, meter: Meter) -> tuple[EnergyCurve, EnergyCurve]:
        register, power = (key.label() for key in series_of(self.site, meter))
        registers = self._registers.get(register, []) if meter.energy else []
        powers = self._powers.get(power, []) if meter.power else []
        return joined(registers).scaled(meter.factor), joined(powers).scaled(meter.factor)


def rolling_of(ledger: Ledger, window: Window) -> tuple[int, list[KpiResult]] | None:
    """Return when the figures of a window were last noted [ns] and what they were, or None."""
    event = ledger.newest(kind=COMPUTED, subject=window)
    return None if event is None else (event.time_ns, msgspec.json.decode(event.body, type=list[KpiResult]))


def note(ledger: Ledger, window: Window, results: Sequence[KpiResult], now_ns: int) -> None:
    """Put the figures of a window into the ledger.

    Raises:
        StoreAway: the disk is full; nothing was appended.
    """
    body = msgspec.json.encode(results).decode()
    ledger.append(Event(time_ns=now_ns, kind=COMPUTED, subject=window, principal=_SYSTEM, body=body))


def about(site: Site) -> str:
    """Return what the days of a site depend on: its name, its zone, and what is known of its devices' registers."""
    parts = configuration(site, dt.date.min, dt.date.max).parts
    told = [PIECE_FORMAT, site.name, site.info.timezone, parts["devices"], parts["profiles"]]
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()


def _names_sha256(site: Site, meters: Iterable[Meter]) -> str:
    names = sorted({key.label() for meter in meters for key in series_of(site, meter) if key.quantity})
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def _by_label(days: Iterable[dict[str, Piece]]) -> dict[str, list[Piece]]:
    found: dict[str, list[Piece]] = {}
    for day in days:
        for label, piece in day.items():
            found.setdefault(label, []).append(piece)
    return found


def _days(first: dt.date, after: dt.date) -> list[dt.date]:
    return [first + i * DAY for i in range(max(0, (after - first).days))]


def _runs(days: Sequence[dt.date]) -> list[tuple[dt.date, dt.date]]:
    """Return sorted days as [first, after) of days that follow each other."""
    found: list[tuple[dt.date, dt.date]] = []
    for day in days:
        if found and found[-1][1] == day:
            found[-1] = found[-1][0], day + DAY
        else:
            found.append((day, day + DAY))
    return found
