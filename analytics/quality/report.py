"""The quality of one day of a site: what pages show, reports print and the ledger keeps in short."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.quality import traits
from analytics.quality.balance import Balance, balances, untracked
from analytics.quality.day import STEP_NS, day_of
from analytics.quality.finding import Finding, in_order
from analytics.quality.findings import Finder
from analytics.quality.gathering import Gathered, Silence, devices_of, gather
from analytics.quality.pace import Declared
from analytics.quality.rollup import Rollup, SeriesQuality, rolled_up
from analytics.quality.scores import Evidence, all_scores
from analytics.quality.twins import Agreement, agreements
from greendc.quantities import quantities

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping, Sequence

    from greendc.contracts import History
    from greendc.model import SeriesKey
    from greendc.site import Site

STANDARD = "GB/T 36344-2018"
NOT_EVALUATED = ("duplicates", "order_of_arrival", "lateness", "calibration")
"""What nothing here can tell (`quality.not_evaluated.*`)."""
NOT_GATED = "sensor_faults"
"""Nor this, where nobody says what the data-quality gate told."""


class QualityDay(msgspec.Struct, frozen=True, kw_only=True):
    """The quality of a local day (``date``, ISO) over [start_ns, until_ns); ``over`` when the day has ended.

    ``site_scores``, ``roles`` (by the role of meters) and ``devices`` are roll-ups of ``series``. ``balances`` begins
    with the site's bus, whose remainder is what no meter tracks. ``level`` says which levels of the store were read,
    ``not_evaluated`` what could not be judged at all (`quality.not_evaluated.*`).
    """

    site: str
    date: str
    start_ns: int
    until_ns: int
    over: bool
    level: str
    site_scores: tuple[Rollup, ...]
    roles: dict[str, tuple[Rollup, ...]]
    devices: dict[str, tuple[Rollup, ...]]
    series: tuple[SeriesQuality, ...]
    balances: tuple[Balance, ...] = ()
    findings: tuple[Finding, ...] = ()
    not_evaluated: tuple[str, ...] = NOT_EVALUATED

    @property
    def untracked(self) -> Balance | None:
        """Return the balance of the site's bus: facility energy less all metered branches."""
        return untracked(self.balances)


def quality_of_day(
    history: History,
    site: Site,
    date: dt.date,
    now_ns: int,
    *,
    catalogued: Collection[SeriesKey] | None = None,
    gated: Sequence[Finding] | None = None,
) -> QualityDay:
    """Return the quality of a local day as far as it has passed at ``now_ns``.

    ``catalogued`` are the series that a catalogue offers; without a catalogue accessibility is unknown. ``gated`` is
    what the data-quality gate told of the day (`analytics.quality.gated`), None where nobody knows.

    Raises:
        StoreAway: the store does not answer.
        StoreRefused: it will not serve us.
    """
    day, declared = day_of(site, date, now_ns), Declared(site)
    gathered = gather(history, site, declared, day)
    twins = agreements(gathered.steps, declared)
    found = balances(history, site, day, gathered.steps, twins)
    evidences = _evidences(gathered, declared, twins, _judged(site, found), catalogued)
    series = tuple(SeriesQuality(key=key, scores=all_scores(evidence)) for key, evidence in sorted(evidences.items()))
    return QualityDay(
        site=site.name,
        date=date.isoformat(),
        start_ns=day.start_ns,
        until_ns=day.until_ns,
        over=day.over,
        level=gathered.level,
        site_scores=rolled_up(series),
        roles=_roles(site, series, date),
        devices={name: rolled_up(some) for name, some in _by_device(series).items()},
        series=series,
        balances=tuple(found),
        findings=in_order([*Finder(site, gathered, evidences).all(found), *(gated or ())]),
        not_evaluated=NOT_EVALUATED if gated is not None else (*NOT_EVALUATED, NOT_GATED),
    )


def _evidences(
    gathered: Gathered,
    declared: Declared,
    twins: Mapping[SeriesKey, Agreement],
    balanced: Mapping[tuple[str, str, str], float],
    catalogued: Collection[SeriesKey] | None,
) -> dict[SeriesKey, Evidence]:
    peers: dict[str, list[traits.Liveliness]] = {}
    for key, steps in gathered.steps.items():
        quantity = quantities().get(key.quantity)
        if quantity is not None and traits.measured(quantity):
            own = traits.liveliness(steps, steps.filled, declared.grain(key))
            peers.setdefault(key.quantity, []).append(own)
    found = {}
    day = gathered.day
    for key, steps in gathered.steps.items():
        quantity, point = quantities().get(key.quantity), declared.point(key)
        silence = gathered.silences.get(key, Silence())
        begun = gathered.begun[key.device]
        error = balanced.get((key.device, key.part, key.quantity))
        known = quantity is not None
        found[key] = Evidence(
            steps=steps,
            quantity=key.quantity,
            listed=declared.lists(key.device),
            pace=gathered.paces[key],
            point=point,
            begun=begun,
            reasons=gathered.reasons.get(key),
            stuck=traits.stuck_run(steps, quantity, declared.grain(key), peers.get(key.quantity, []))
            if quantity
            else None,
            falls=tuple(traits.falls(steps, point)) if quantity and traits.is_register(quantity) else (),
            twin=twins.get(key) if known else None,
            silent_ns=silence.stale_ns,
            age_ns=silence.age_ns,
            allowed_ns=gathered.allowed_ns[key],
            watched_ns=day.until_ns - day.start_ns - begun * STEP_NS,
            balance=error,
            balanced=error is not None,
            catalogued=None if catalogued is None else key in catalogued,
        )
    return found


def _judged(site: Site, found: Sequence[Balance]) -> dict[tuple[str, str, str], float]:
    """Return the error of each register that balances judge: 0 where all is well, that of a fault for its suspect.

    The other meters of a faulty group are not judged by it: nobody knows whether they are right.
    """
    registers = {
        f"{meter.device}/{meter.part}" if meter.part else meter.device: (meter.device, meter.part, meter.energy)
        for meter in site.meters
    }
    judged: dict[tuple[str, str, str], float] = {}
    for balance in found:
        rest = balance.remainder_j
        if rest is None or (not balance.faulty and len(balance.hours) == 0):
            continue
        labels = [balance.suspect] if balance.faulty else [*balance.parents, *balance.children]
        worst = min([rest, *(hour.remainder_j or 0.0 for hour in balance.hours if hour.negative)])
        error = abs(worst) / abs(balance.parents_j or worst) if balance.faulty and worst else 0.0
        for label in labels:
            if label in registers:
                judged[registers[label]] = max(judged.get(registers[label], 0.0), min(1.0, error))
    return judged


def _by_device(series: Sequence[SeriesQuality]) -> dict[str, list[SeriesQuality]]:
    by_key = {one.key: one for one in series}
    return {name: [by_key[key] for key in keys] for name, keys in devices_of(by_key).items()}


def _roles(site: Site, series: Sequence[SeriesQuality], date: dt.date) -> dict[str, tuple[Rollup, ...]]:
    """Return the roll-up of the channels that each role of meters needs: registers, and rates of those without one."""
    by_name = {(one.key.device, one.key.part, one.key.quantity): one for one in series}
    found: dict[str, list[SeriesQuality]] = {}
    for meter in site.meters:
        if not meter.valid_from <= date < meter.valid_to:
            continue
        names = [(meter.device, meter.part, name) for name in (meter.energy, meter.power)]
        channel = next((by_name[name] for name in names if name in by_name), None)
        if channel is not None:
            found.setdefault(str(meter.role), []).append(channel)
    return {role: rolled_up(some) for role, some in sorted(found.items())}
