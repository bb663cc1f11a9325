"""What the data-quality gate told of a day: faults of sensors that only days before it can show.

The gate watches readings as they come and its findings are alarms in the ledger; here they are read back. What a day
shows by itself (silence, a stuck value, a register that falls, a value out of range) is found without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.quality.day import clock_time
from analytics.quality.finding import Finding, Severity

if TYPE_CHECKING:
    from analytics.quality.day import Day
    from greendc.contracts import Ledger
    from greendc.site import Site

RULES = frozenset({"data_fault", "data_gap"})
FAULTS = frozenset({"clock", "unit", "sentinel", "spike", "swap", "drift", "noise", "lossy"})
RAISED, CLEARED = "alarm.raised", "alarm.cleared"
CODE = "data_fault"


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    """As much of an alarm as is needed here."""

    rule: str
    kind: str
    device: str
    part: str = ""
    quantity: str = ""
    since_ns: int


def gate_findings(ledger: Ledger, site: Site, day: Day) -> list[Finding]:
    """Return what stood at any time of a day, each once and for as long as it stood within the day.

    Raises:
        StoreError: the ledger is away.
    """
    events = [event for kind in (RAISED, CLEARED) for event in ledger.events(kind=kind)]
    standing: dict[str, _Told] = {}
    spans: dict[tuple[str, str], tuple[_Told, int, int]] = {}
    for event in sorted(events, key=lambda event: event.seq):
        if event.kind == CLEARED:
            if event.subject in standing:
                _note(spans, event.subject, standing.pop(event.subject), event.time_ns, day)
            continue
        if event.subject.partition("/")[0] not in RULES or event.subject in standing:
            continue
        told = msgspec.json.decode(event.body, type=_Told)
        if told.kind in FAULTS:
            standing[event.subject] = told
    for subject, told in standing.items():
        _note(spans, subject, told, day.until_ns, day)
    return [_finding(told, start_ns, end_ns, site) for told, start_ns, end_ns in spans.values()]


def _note(
    spans: dict[tuple[str, str], tuple[_Told, int, int]], subject: str, told: _Told, end_ns: int, day: Day
) -> None:
    start_ns, end_ns = max(told.since_ns, day.start_ns), min(end_ns, day.until_ns)
    if start_ns >= end_ns:
        return
    key = subject, told.kind
    if key in spans:
        start_ns = min(start_ns, spans[key][1])
    spans[key] = told, start_ns, end_ns


def _finding(told: _Told, start_ns: int, end_ns: int, site: Site) -> Finding:
    return Finding(
        code=CODE,
        severity=Severity.GAP if told.kind == "lossy" else Severity.FAULT,
        device=told.device,
        part=told.part,
        quantity=told.quantity,
        start_ns=start_ns,
        end_ns=end_ns,
        params={
            "fault": told.kind,
            "action": told.kind,
            "start": clock_time(site, start_ns),
            "end": clock_time(site, end_ns),
        },
    )
