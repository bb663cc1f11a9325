"""The nightly training: what is left out of it, where its models go, and how the ledger vouches for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.alarms import transition as tr
from analytics.alarms.alarm import SYSTEM, Alarm
from analytics.models.steps import Exclusion
from analytics.models.store import Loaded, load, save
from analytics.models.training import DAY_NS, DAYS, LOCAL, train
from analytics.topology import Topology
from greendc.clock import NS_PER_HOUR
from greendc.contracts import Event

if TYPE_CHECKING:
    from pathlib import Path

    from analytics.models.model_set import ModelSet
    from greendc.contracts import History, Ledger
    from greendc.site import Site

TRAINED = "models.trained"
"""The subject is the site; the body is `Note`."""
BEFORE_NS = NS_PER_HOUR
"""What shows in an alarm has often begun before it."""
FREED = frozenset((tr.NUISANCE, tr.TEST))
"""Verdicts of a person after which an alarm's time is learned from like any other."""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What a training made: the digest of its manifest, and how many models."""

    digest: str
    models: int


def renew(
    history: History,
    site: Site,
    ledger: Ledger,
    data_dir: Path,
    now_ns: int,
    *,
    days: int = DAYS,
    backend: str = LOCAL,
    jobs: int = 1,
) -> ModelSet:
    """Train on the time without alarms and maintenance, keep the models, and note their digest in the ledger.

    Where nothing can be trained, what was kept before stays.

    Raises:
        StoreAway: the store does not answer.
        StoreRefused: the store will not serve us.
        StoreError: the ledger cannot be written.
        OSError: the models cannot be written.
    """
    out = exclusions(ledger, site, now_ns - days * DAY_NS, now_ns)
    made = train(history, site, now_ns, days=days, exclude=out, backend=backend, jobs=jobs)
    if not len(made):
        return made
    kept = save(made, site, data_dir)
    body = msgspec.json.encode(Note(digest=kept.digest, models=len(kept))).decode()
    ledger.append(Event(time_ns=now_ns, kind=TRAINED, subject=site.name, principal=SYSTEM, body=body))
    return kept


def recall(site: Site, ledger: Ledger, data_dir: Path) -> Loaded:
    """Return the models of the last training, refusing what is not what the ledger vouches for.

    Raises:
        StoreError: the ledger cannot be read.
    """
    noted = ledger.newest(kind=TRAINED, subject=site.name)
    digest = msgspec.json.decode(noted.body, type=Note).digest if noted else ""
    return load(site, data_dir, digest)


def exclusions(ledger: Ledger, site: Site, start_ns: int, end_ns: int) -> tuple[Exclusion, ...]:
    """Return what is not learned from: devices in alarm, but for nuisances and tests, and nodes in maintenance."""
    spans = [*_alarmed(ledger, end_ns), *_maintained(ledger, end_ns)]
    topology = Topology(site)
    found = []
    for node, begun_ns, over_ns in spans:
        if over_ns <= start_ns or begun_ns >= end_ns:
            continue
        devices = (
            [name for name in topology.covered(node) if topology.is_device(name)] if node in topology.nodes else []
        )
        found += [Exclusion(start_ns=begun_ns, end_ns=over_ns, device=name) for name in sorted(devices)]
    return tuple(found)


def _alarmed(ledger: Ledger, end_ns: int) -> list[tuple[str, int, int]]:
    """Return device, begin and end of each time that an alarm stood."""
    freed = {
        (event.subject, judged.raised_ns)
        for event in ledger.events(kind=tr.VERDICT)
        if (judged := msgspec.json.decode(event.body, type=tr.Judgement)).verdict in FREED
    }
    events = [*ledger.events(kind=tr.RAISED), *ledger.events(kind=tr.CLEARED)]
    open_: dict[str, list[Alarm]] = {}
    found = []
    for event in sorted(events, key=lambda event: event.seq):
        if event.kind == tr.RAISED:
            open_.setdefault(event.subject, []).append(msgspec.json.decode(event.body, type=Alarm))
        else:
            found += [_span(alarm, event.time_ns) for alarm in open_.pop(event.subject, []) if _counts(alarm, freed)]
    found += [_span(alarm, end_ns) for alarms in open_.values() for alarm in alarms if _counts(alarm, freed)]
    return found


def _counts(alarm: Alarm, freed: set[tuple[str, int]]) -> bool:
    return bool(alarm.device) and (alarm.id, alarm.raised_ns) not in freed


def _span(alarm: Alarm, over_ns: int) -> tuple[str, int, int]:
    return alarm.device, (alarm.since_ns or alarm.raised_ns) - BEFORE_NS, over_ns


def _maintained(ledger: Ledger, end_ns: int) -> list[tuple[str, int, int]]:
    """Return node, begin and end of each maintenance window."""
    over = {(e.subject, e.time_ns) for e in ledger.events(kind=tr.MAINTENANCE_OVER)}
    found = []
    for event in ledger.events(kind=tr.MAINTENANCE):
        span = msgspec.json.decode(event.body, type=tr.Span)
        early = [at_ns for node, at_ns in over if node == event.subject and span.start_ns < at_ns < span.until_ns]
        found.append((event.subject, span.start_ns, min([span.until_ns, *early, end_ns])))
    return found
