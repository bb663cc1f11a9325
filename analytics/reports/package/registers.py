"""The readings that figures of registers rest on: at the ends of the period and of each month, at gaps and at resets.

Energy over any stretch is a difference of two values of one curve. A figure asks for the energy of all its meters over
the stretches in which all of them are known, so each meter has a value at every instant at which any of them begins or
ceases to be known, and at no other. The rest of a register's readings changes no figure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.counters import Step, judge
from analytics.energy import power_curve, register_curve, traits_of
from analytics.figures.day_curves import series_of
from analytics.kpis.calendar import days, years
from analytics.points import CONTEXT_NS, LONG_NS, NOTHING, Points, known, step_of, stepped
from analytics.reports.gathering.once import PartPeriod, WholePeriod
from analytics.reports.package.model import MODEL, WindowModel, model_of
from analytics.reports.package.readings import BOUNDARY, FIRST, INTEGRATED, REGISTER, REGISTERS, Run, encoded
from analytics.reports.package.windows import BESIDE_NS, counterpart, windows_of
from greendc.site import Meter, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from analytics.counters import Floats, Times
    from analytics.energy import MeterCurve
    from analytics.kpis.kind import Period
    from analytics.reports.facts import Facts
    from analytics.reports.package.readings import Flags
    from analytics.spans import Span
    from greendc.contracts import History
    from greendc.model import SeriesKey
    from greendc.site import Site


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A series: the meter that it is read for, without its factor, its readings, and the roles it plays."""

    meter: Meter
    points: Points
    roles: str


def registers_of(facts: Facts, history: History, site: Site, whole: WholePeriod | None = None) -> dict[str, bytes]:
    """Return the package's files of readings and of the site, `REGISTERS` and `MODEL`.

    ``whole`` is the period that the facts were computed with; without it the same is read again.

    Raises:
        StoreAway, StoreRefused: the store cannot be read.
    """
    spans = windows_of(facts)
    resolutions: dict[str, float] = {}
    runs: list[Run] = []
    if spans:
        first_span = next(iter(spans.values()))
        read = whole or WholePeriod(history, site, *first_span)
        periods: list[Period] = [read, *(PartPeriod(read, site, *span) for span in list(spans.values())[1:])]
        runs, resolutions = runs_of(site, periods)
        runs += _boundary_runs(history, runs, list(spans.values()), site.name)
    windows = [WindowModel(name=name, start_ns=span[0], end_ns=span[1]) for name, span in spans.items()]
    model = model_of(site, windows, resolutions, runs, days(site, facts.request.start_ns, facts.request.end_ns))
    return {REGISTERS: encoded(runs), MODEL: msgspec.json.format(msgspec.json.encode(model), indent=1) + b"\n"}


def runs_of(site: Site, periods: Sequence[Period]) -> tuple[list[Run], dict[str, float]]:
    """Return the rows that figures of periods need, and the resolution of each register; the first is the whole."""
    curves = [(period, curve) for period in periods for role in Role for curve in period.curves(role)]
    registers, powers = (_seen(site, [curve for _, curve in curves], kind) for kind in (REGISTER, INTEGRATED))
    marks = _marks(site, curves, registers, powers)
    span = periods[0].start_ns, periods[0].end_ns
    # Both readings beside an end, also where one is on it: a storage's last says how efficient it is.
    ends = [edge - 1 for period in periods for edge in (period.start_ns, period.end_ns)]
    shown = np.union1d(marks, np.array(ends, dtype=np.int64))
    runs = [_register_run(site, key, one, shown, span) for key, one in registers.items()]
    runs += [_integrated_run(key, one, marks) for key, one in powers.items()]
    found = {key.label(): traits_of(site, one.meter, one.points).quantum for key, one in registers.items()}
    return runs, dict(sorted(found.items()))


def _seen(site: Site, curves: Iterable[MeterCurve], kind: str) -> dict[SeriesKey, Seen]:
    """Return the series of registers or of powers that have readings."""
    roles: dict[SeriesKey, set[str]] = {}
    found: dict[SeriesKey, tuple[Meter, Points]] = {}
    for curve in curves:
        key = series_of(site, curve.meter)[0 if kind == REGISTER else 1]
        points = curve.register if kind == REGISTER else curve.power
        if not key.quantity or len(points) == 0:
            continue
        roles.setdefault(key, set()).add(curve.meter.role.value)
        found[key] = msgspec.structs.replace(curve.meter, factor=1.0), points
    return {
        key: Seen(meter=meter, points=points, roles=",".join(sorted(roles[key])))
        for key, (meter, points) in found.items()
    }


def _marks(
    site: Site,
    curves: Iterable[tuple[Period, MeterCurve]],
    registers: Mapping[SeriesKey, Seen],
    powers: Mapping[SeriesKey, Seen],
) -> Times:
    """Return the instants at which the energy of every meter must be known."""
    spans: set[Span] = set()
    edges: set[Span] = set()
    for period, curve in curves:
        spans.add((period.start_ns, period.end_ns))
        edges.update([(curve.start_ns, curve.end_ns), *curve.spans()])
    whole = min((one for one, _ in spans), default=0), max((one for _, one in spans), default=1)
    for span in spans:
        edges.update([span, *(part for _, part in years(site, *span))])
    for one in registers.values():
        edges.update(register_curve(site, one.meter, one.points).spans(*whole))
    for one in powers.values():
        edges.update(power_curve(one.meter, one.points).spans(*whole))
    return np.unique(np.array(sorted(edges), dtype=np.int64))


def _register_run(site: Site, key: SeriesKey, seen: Seen, marks: Times, span: Span) -> Run:
    times, values = seen.points.time_ns, seen.points.values
    traits = traits_of(site, seen.meter, seen.points)
    steps = judge(times, values, modulus=traits.modulus, quantum=traits.quantum, start=traits.start)
    odd = np.flatnonzero(steps.kind != Step.FORWARD)
    wide = np.flatnonzero((np.diff(times) > traits.gap_ns) & steps.valid)
    wide = wide[(times[wide] < span[1]) & (times[wide + 1] > span[0])]
    kept = np.unique(np.concatenate((_beside(times, marks), odd, odd + 1, wide, wide + 1)))
    # Between two rows that are no neighbours every step goes forward: those that do not are kept with both ends.
    last = kept[1:] - 1
    alone = np.diff(kept) == 1
    kind = np.where(alone, steps.kind[last], Step.FORWARD).astype(np.int8)
    wraps = np.where(kind == Step.WRAP, steps.gain[last] + values[last] - values[kept[1:]], np.nan)
    return Run(
        device=key.device,
        part=key.part,
        quantity=key.quantity,
        roles=seen.roles,
        kind=REGISTER,
        time_ns=times[kept],
        values=values[kept],
        exact=_exact(times[kept], span),
        step=np.concatenate(([FIRST], kind)).astype(np.int8),
        known=np.concatenate(([False], kind <= Step.WRAP)),
        gap=np.concatenate(([False], alone & np.isin(last, wide))),
        modulus=np.concatenate(([np.nan], wraps)),
    )


def _beside(times: Times, marks: Times) -> Times:
    """Return the rows at instants, and where there is none at one, the rows on both sides of it."""
    right = np.searchsorted(times, marks)
    inside = np.minimum(right, len(times) - 1)
    at = (right < len(times)) & (times[inside] == marks)
    both = np.concatenate((inside[at], right[~at] - 1, right[~at]))
    return np.unique(both[(both >= 0) & (both < len(times))])


def _exact(times: Times, span: Span) -> Flags:
    """Tell which readings stand at their own time: the store gives the inside of a long window in steps."""
    length = span[1] - span[0]
    if length <= LONG_NS:
        return np.ones(len(times), dtype=np.bool_)
    step_ns, (first_ns, last_ns) = step_of(length), stepped(*span)
    on_edge = (times % step_ns == 0) | ((times + 1) % step_ns == 0)
    return np.asarray(~((times >= first_ns) & (times < last_ns) & on_edge), dtype=np.bool_)


def _integrated_run(key: SeriesKey, seen: Seen, marks: Times) -> Run:
    curve = power_curve(seen.meter, seen.points)
    energy = curve.energies(marks)
    covered = np.diff(curve.covered(marks)) > np.diff(marks) / 2
    return _plain(key, seen.roles, INTEGRATED, marks, energy - energy[0], np.concatenate(([False], covered)))


def _boundary_runs(history: History, runs: Sequence[Run], spans: Sequence[Span], site: str) -> Iterator[Run]:
    """Yield what registers showed just before and just after each end of a window, at the readings' own time."""
    edges, step_ns = sorted({edge for span in spans for edge in span}), step_of(spans[0][1] - spans[0][0])
    chosen = {run.key(site): run for run in runs if run.kind == REGISTER}
    used = {key: dict(zip(run.time_ns.tolist(), run.values.tolist(), strict=True)) for key, run in chosen.items()}
    found: dict[SeriesKey, dict[int, float]] = {}
    for edge in edges:
        for key, points in _near(history, sorted(chosen), edge).items():
            at = int(np.searchsorted(points.time_ns, edge))
            rows = slice(max(0, at - 1), at + 1)
            for time_ns, value in zip(points.time_ns[rows].tolist(), points.values[rows].tolist(), strict=True):
                # A reading that no figure depends on could be altered unseen.
                if counterpart(used[key], time_ns, edge, step_ns) is not None:
                    found.setdefault(key, {})[time_ns] = value
    for key, at_time in found.items():
        times = np.array(sorted(at_time), dtype=np.int64)
        values = np.array([at_time[time_ns] for time_ns in times.tolist()], dtype=np.float64)
        known_since = np.zeros(len(times), dtype=np.bool_)
        yield _plain(key, chosen[key].roles, BOUNDARY, times, values, known_since)


def _near(history: History, keys: Sequence[SeriesKey], edge: int) -> dict[SeriesKey, Points]:
    """Return the readings around an instant, of a longer time for those that are read seldom."""
    found = known(history, keys, edge - CONTEXT_NS, edge + CONTEXT_NS)
    wanting = [key for key in keys if not _has_both(found.get(key, NOTHING), edge)]
    return found | known(history, wanting, edge - BESIDE_NS, edge + BESIDE_NS)


def _has_both(points: Points, edge: int) -> bool:
    return bool((points.time_ns < edge).any() and (points.time_ns >= edge).any())


def _plain(key: SeriesKey, roles: str, kind: str, times: Times, values: Floats, known_since: Flags) -> Run:
    rows = len(times)
    return Run(
        device=key.device,
        part=key.part,
        quantity=key.quantity,
        roles=roles,
        kind=kind,
        time_ns=times,
        values=values,
        exact=np.full(rows, kind == BOUNDARY),
        step=np.full(rows, FIRST, dtype=np.int8),
        known=known_since,
        gap=np.zeros(rows, dtype=np.bool_),
        modulus=np.full(rows, np.nan),
    )
