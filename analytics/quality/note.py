"""The quality of a day in the ledger: roll-ups, balances and findings, without the many series behind them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

from analytics.quality.finding import Finding
from analytics.quality.rollup import Rollup
from greendc.clock import SystemClock
from greendc.contracts import Event
from greendc.model import Principal
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.quality.balance import Balance
    from analytics.quality.report import QualityDay
    from greendc.contracts import Ledger

QUALITY = "quality.day"
MOST_FINDINGS = 200
MOST_DAYS = 400
MOVED = 0.01
_SYSTEM = Principal(name="greendc", role="system")


class BalanceNote(msgspec.Struct, frozen=True, kw_only=True):
    """One balance in short; energies in [J]."""

    name: str
    parents_j: float | None
    children_j: float | None
    allowed_j: float | None
    coverage: float
    faulty: bool
    suspect: str = ""
    because: str = ""
    reason: str = ""

    @property
    def remainder_j(self) -> float | None:
        """Return what no branch counted [J]."""
        return None if self.parents_j is None or self.children_j is None else self.parents_j - self.children_j


class QualityNote(msgspec.Struct, frozen=True, kw_only=True):
    """A day in short. ``findings`` are the first `MOST_FINDINGS` of ``found``; ``time_ns`` is when it was computed."""

    site: str
    date: str
    start_ns: int
    until_ns: int
    over: bool
    time_ns: int
    site_scores: tuple[Rollup, ...]
    roles: dict[str, tuple[Rollup, ...]]
    devices: dict[str, tuple[float | None, ...]]
    series: int
    balances: tuple[BalanceNote, ...]
    findings: tuple[Finding, ...]
    found: int
    not_evaluated: tuple[str, ...]


def note_of(day: QualityDay, now_ns: int) -> QualityNote:
    """Return a day in short: of each device the mean of each dimension only."""
    return QualityNote(
        site=day.site,
        date=day.date,
        start_ns=day.start_ns,
        until_ns=day.until_ns,
        over=day.over,
        time_ns=now_ns,
        site_scores=day.site_scores,
        roles=day.roles,
        devices={name: tuple(_short(rollup.mean) for rollup in rollups) for name, rollups in day.devices.items()},
        series=len(day.series),
        balances=tuple(_balance(balance) for balance in day.balances),
        findings=day.findings[:MOST_FINDINGS],
        found=len(day.findings),
        not_evaluated=day.not_evaluated,
    )


def keep(ledger: Ledger, note: QualityNote) -> bool:
    """Note a day in the ledger unless what is noted of it says the same; return whether it was noted."""
    last = quality_of(ledger, note.date)
    if last is not None and not changed(last, note):
        return False
    body = msgspec.json.encode(note).decode()
    ledger.append(Event(time_ns=note.time_ns, kind=QUALITY, subject=note.date, principal=_SYSTEM, body=body))
    return True


def quality_of(ledger: Ledger, date: str) -> QualityNote | None:
    """Return what was noted last of a day (ISO date), or None."""
    events = ledger.events(kind=QUALITY, subject=date)
    return msgspec.json.decode(events[-1].body, type=QualityNote) if events else None


def latest_quality(ledger: Ledger, *, over: bool = False, today: dt.date | None = None) -> QualityNote | None:
    """Return the note of the newest day, or None when there is none; with ``over`` only days that have ended count.

    Days are looked for from ``today`` (UTC, by default that of this machine's clock) backwards, `MOST_DAYS` at most.
    """
    last = today or dt.datetime.fromtimestamp(SystemClock().now_ns() // NS_PER_SECOND, tz=dt.UTC).date()
    # East of Greenwich tomorrow has begun already.
    for back in range(-1, MOST_DAYS):
        note = quality_of(ledger, (last - dt.timedelta(days=back)).isoformat())
        if note is not None and (note.over or not over):
            return note
    return None


def changed(before: QualityNote, after: QualityNote) -> bool:
    """Tell whether a day says something new: another set of findings, a score that moved, or that it is over."""
    told = [{(one.code, one.subject) for one in note.findings} for note in (before, after)]
    if before.over != after.over or told[0] != told[1]:
        return True
    pairs = zip(before.site_scores, after.site_scores, strict=True)
    return any(_moved(old.mean, new.mean) or _moved(old.worst, new.worst) for old, new in pairs)


def _moved(before: float | None, after: float | None) -> bool:
    if before is None or after is None:
        return before is not after
    return abs(after - before) >= MOVED


def _short(ratio: float | None) -> float | None:
    return None if ratio is None else round(ratio, 4)


def _balance(balance: Balance) -> BalanceNote:
    return BalanceNote(
        name=balance.name,
        parents_j=balance.parents_j,
        children_j=balance.children_j,
        allowed_j=balance.allowed_j,
        coverage=balance.coverage,
        faulty=balance.faulty,
        suspect=balance.suspect,
        because=balance.because,
        reason=balance.reason,
    )
