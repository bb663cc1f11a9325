"""Energy of meters and of the roles they play: register differences first, integrated power second.

A register is used once it has moved enough for its resolution to vanish beside its class; before that, and where it
is silent or was replaced, power is integrated. Roles are dated: a window across a change is split at local midnight
of the change.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.counters import PLAUSIBLE_START_W, PLAUSIBLE_STARTS
from analytics.curve import EMPTY, EnergyCurve, filled, from_power, from_register
from analytics.lineage import Source
from analytics.points import NOTHING, STEP_NS, Points, counter_points, gauge_points
from analytics.spans import Span, intersection, total_ns
from greendc.model import SeriesKey
from greendc.profiles import Point, Raw, profile, profile_names
from greendc.quantities import quantities
from greendc.site import ALWAYS, FOREVER, Meter, Role
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from greendc.contracts import History
    from greendc.site import Site

LEAST_GAP_NS = 300 * NS_PER_SECOND
"""Power is integrated over at most this long without a reading, or over `GAP_STEPS` usual intervals."""
GAP_STEPS = 3.0
FULL = 0.995
"""A register that covers this share of the window needs no help."""
MIXED_SHARE = 0.01

_LATEST_NS = 2**62
_TOUCHING_NS = 1_000
_WIDTHS = {
    Raw.COUNTER32: 2.0**32,
    Raw.UINT32: 2.0**32,
    Raw.UINT16: 2.0**16,
    Raw.COUNTER64: 2.0**64,
    Raw.UINT64: 2.0**64,
}
_NOT_WHOLE = {Raw.FLOAT32, Raw.FLOAT64, Raw.TEXT}


class EnergyResult(msgspec.Struct, frozen=True, kw_only=True):
    """Energy of a meter or a role in [start_ns, end_ns).

    ``value_j`` is what is known, or None with a ``reason`` (``no_meter``, ``no_readings``). ``coverage`` is the share
    of the window that valid readings bracket. ``method`` is register, integrated or mixed. ``uncertainty_ratio``
    combines meter class and register resolution. ``gaps`` are stretches without readings whose energy is known as a
    whole; ``resets`` counts new segments of the register.
    """

    start_ns: int
    end_ns: int
    value_j: float | None
    coverage: float = 0.0
    method: str = ""
    uncertainty_ratio: float | None = None
    reason: str = ""
    gaps: tuple[Span, ...] = ()
    resets: int = 0
    meters: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()


class MeterCurve(msgspec.Struct, frozen=True, kw_only=True):
    """A meter's energy within the part of a window in which it plays its role, and the values it was made of."""

    meter: Meter
    start_ns: int
    end_ns: int
    curve: EnergyCurve
    method: str
    uncertainty_ratio: float
    register: Points = NOTHING
    power: Points = NOTHING

    @property
    def label(self) -> str:
        """Return ``device`` or ``device/part``."""
        return f"{self.meter.device}/{self.meter.part}" if self.meter.part else self.meter.device

    def spans(self) -> list[Span]:
        """Return where the energy is known; outside its validity a meter is no part of the role and counts as known."""
        return self.curve.spans(self.start_ns, self.end_ns)

    def over(self, spans: Iterable[Span]) -> float:
        """Return the energy [J] within stretches of time, as far as the meter plays its role there."""
        return self.curve.over(intersection(list(spans), [(self.start_ns, self.end_ns)]))


def midnight_ns(day: dt.date, site: Site) -> int:
    """Return the start of a local day [ns]; the open ends of a validity are the ends of time."""
    if day <= ALWAYS:
        return 0
    if day >= FOREVER:
        return _LATEST_NS
    moment = dt.datetime(day.year, day.month, day.day, tzinfo=site.zone())
    return min(round(moment.timestamp()) * NS_PER_SECOND, _LATEST_NS)


def metered_energy(history: History, site: Site, meter: Meter, start_ns: int, end_ns: int) -> EnergyResult:
    """Return the energy of one meter in a window, whatever its validity."""
    always = msgspec.structs.replace(meter, valid_from=ALWAYS, valid_to=FOREVER)
    found = meter_curves(history, site, [always], start_ns, end_ns)
    return energy_of(found, start_ns, end_ns)


def role_energy(history: History, site: Site, role: Role, start_ns: int, end_ns: int) -> EnergyResult:
    """Return the energy of all meters of a role together (A and B feeds are summed).

    ``coverage`` is the share of the window in which every meter of the role is known; the value is the energy of that
    share.
    """
    meters = [meter for meter in site.meters if meter.role is role]
    return energy_of(meter_curves(history, site, meters, start_ns, end_ns), start_ns, end_ns)


def energy_of(curves: Sequence[MeterCurve], start_ns: int, end_ns: int) -> EnergyResult:
    """Return the energy of meters together, over the time in which each of them is known."""
    if not curves:
        return EnergyResult(start_ns=start_ns, end_ns=end_ns, value_j=None, reason="no_meter")
    spans = common_spans(curves, start_ns, end_ns)
    labels = tuple(curve.label for curve in curves)
    covered = total_ns(spans)
    if covered == 0:
        return EnergyResult(start_ns=start_ns, end_ns=end_ns, value_j=None, reason="no_readings", meters=labels)
    energies = [curve.over(spans) for curve in curves]
    methods = {curve.method for curve in curves if curve.method}
    gaps = {gap for curve in curves for gap in curve.curve.bridged if gap[0] < end_ns and gap[1] > start_ns}
    return EnergyResult(
        start_ns=start_ns,
        end_ns=end_ns,
        value_j=sum(energies),
        coverage=covered / (end_ns - start_ns),
        method=methods.pop() if len(methods) == 1 else "mixed",
        uncertainty_ratio=_together(curves, energies),
        gaps=tuple(sorted(gaps)),
        resets=sum(curve.curve.breaks for curve in curves),
        meters=labels,
    )


def known_spans(curves: Sequence[MeterCurve], start_ns: int, end_ns: int) -> list[Span]:
    """Return where every meter is known that plays its role there."""
    spans: list[Span] = [(start_ns, end_ns)]
    for curve in curves:
        outside = [(a, b) for a, b in ((start_ns, curve.start_ns), (curve.end_ns, end_ns)) if a < b]
        spans = intersection(spans, _merged([*outside, *curve.spans()]))
    return spans


def common_spans(curves: Sequence[MeterCurve], start_ns: int, end_ns: int) -> list[Span]:
    """Return where all meters of one role are known, and at least one of them plays it."""
    played = _merged((curve.start_ns, curve.end_ns) for curve in curves)
    return intersection(known_spans(curves, start_ns, end_ns), played)


def meter_curves(
    history: History, site: Site, meters: Sequence[Meter], start_ns: int, end_ns: int, *, fine_ns: int | None = None
) -> list[MeterCurve]:
    """Return the curve of each meter that plays its role within the window, in few queries for all of them.

    A register must be fine enough for stretches of ``fine_ns``, by default for the whole window.
    """
    parts = parts_of(site, meters, start_ns, end_ns)
    registers = counter_points(history, _keys(site, meters, "energy"), start_ns, end_ns)
    found = {
        meter: registers.get(_key(site, meter, "energy"), NOTHING) if meter.energy else NOTHING for meter, _ in parts
    }
    curves = {meter: register_curve(site, meter, points) for meter, points in found.items()}
    share = 1.0 if fine_ns is None else fine_ns / (end_ns - start_ns)
    poor = [meter for meter, window in parts if not is_enough(curves[meter], meter, window, share)]
    powers = gauge_points(history, _keys(site, poor, "power"), start_ns, end_ns)
    results = []
    for meter, window in parts:
        power = powers.get(_key(site, meter, "power"), NOTHING)
        chosen = best_curve(meter, window, curves[meter], power_curve(meter, power), share)
        results.append(msgspec.structs.replace(chosen, register=found[meter], power=power))
    return results


def parts_of(site: Site, meters: Iterable[Meter], start_ns: int, end_ns: int) -> list[tuple[Meter, Span]]:
    """Return each meter with the part of a window in which it plays its role, where there is one."""
    parts = []
    for meter in meters:
        first = max(start_ns, midnight_ns(meter.valid_from, site))
        last = min(end_ns, midnight_ns(meter.valid_to, site))
        if first < last:
            parts.append((meter, (first, last)))
    return parts


def _key(site: Site, meter: Meter, field: str) -> SeriesKey:
    return SeriesKey(site.name, meter.device, meter.part, meter.energy if field == "energy" else meter.power)


def _keys(site: Site, meters: Iterable[Meter], field: str) -> list[SeriesKey]:
    return sorted({key for key in (_key(site, meter, field) for meter in meters) if key.quantity})


def best_curve(
    meter: Meter, window: Span, register: EnergyCurve, integrated: EnergyCurve, share: float = 1.0
) -> MeterCurve:
    """Return the curve of a meter by its register, by integrated power or by both, whichever tells most."""
    length = window[1] - window[0]
    counted = total_ns(register.spans(*window)) / length
    coarse = _coarseness(register, window, share)
    accuracy = meter.accuracy_ratio
    # A coarse register that covers clearly more than power does is still the better witness, with a wider error.
    poorer = total_ns(integrated.spans(*window)) / length < counted - MIXED_SHARE and not math.isinf(coarse)
    if counted > 0 and (coarse <= accuracy or poorer or len(integrated.time_ns) == 0):
        curve = filled(register, integrated) if counted < FULL or register.breaks else register
        helped = total_ns(curve.spans(*window)) / length - counted
        method = "mixed" if helped > MIXED_SHARE else "register"
        error = accuracy if math.isinf(coarse) else math.hypot(accuracy, coarse)
    else:
        curve, method, error = integrated, "integrated" if len(integrated.time_ns) else "", accuracy
    return MeterCurve(
        meter=meter, start_ns=window[0], end_ns=window[1], curve=curve, method=method, uncertainty_ratio=error
    )


def power_curve(meter: Meter, power: Points) -> EnergyCurve:
    """Return the energy of a meter by its power."""
    return from_power(power.time_ns, power.values, gap_ns=_gap_ns(power)).scaled(meter.factor)


def is_enough(register: EnergyCurve, meter: Meter, window: Span, share: float = 1.0) -> bool:
    """Tell whether a register needs no help from power in a window: it is known, whole and fine enough."""
    counted = total_ns(register.spans(*window)) / (window[1] - window[0])
    # What a reset hides in a step of a long window is power's to tell, however short it is.
    return counted >= FULL and not register.breaks and _coarseness(register, window, share) <= meter.accuracy_ratio


def _coarseness(register: EnergyCurve, window: Span, share: float) -> float:
    """Return the resolution of a register relative to what it moved in a share of the window."""
    moved = abs(register.energy(*window)) * share
    return math.inf if moved == 0 else register.quantum_j / moved


class Traits(msgspec.Struct, frozen=True, kw_only=True):
    """What its steps are judged by: where a register starts again, how fine it is, what it may begin to move at."""

    modulus: float | None
    quantum: float
    start: float
    gap_ns: int


def traits_of(site: Site, meter: Meter, points: Points) -> Traits:
    """Return how the readings of a meter's register are to be judged, in the register's unit before any factor."""
    point = _profile_point(site, meter)
    return Traits(
        modulus=None if point is None else _modulus_j(point),
        quantum=_quantum_j(point, points),
        start=PLAUSIBLE_STARTS.get(quantities()[meter.energy].unit, PLAUSIBLE_START_W),
        gap_ns=_gap_ns(points),
    )


def register_curve(site: Site, meter: Meter, points: Points) -> EnergyCurve:
    """Return the energy of a meter by its register."""
    if len(points) == 0:
        return EMPTY
    traits = traits_of(site, meter, points)
    curve = from_register(
        points.time_ns,
        points.values,
        modulus_j=traits.modulus,
        quantum_j=traits.quantum,
        gap_ns=traits.gap_ns,
        start_w=traits.start,
    )
    return curve.scaled(meter.factor)


def _gap_ns(points: Points) -> int:
    apart = np.diff(points.time_ns)
    # The two values of a step of a long window lie next to those of its neighbours: that is no interval.
    apart = apart[apart > _TOUCHING_NS]
    usual = float(np.median(apart)) if len(apart) else 0.0
    # Means of a long window stand a whole step apart.
    return round(max(LEAST_GAP_NS, GAP_STEPS * min(usual, 4 * STEP_NS)))


def _profile_point(site: Site, meter: Meter) -> Point | None:
    """Return the profile's point behind a meter's register, where the device's profile is known."""
    entry = next((device for device in site.devices if device.name == meter.device), None)
    if entry is None or entry.profile not in profile_names():
        return None
    for point in profile(entry.profile).points:
        pattern = re.sub(r"\\\{\w+\\\}", ".+", re.escape(point.part))
        if point.quantity == meter.energy and re.fullmatch(pattern, meter.part):
            return point
    return None


def _modulus_j(point: Point) -> float | None:
    raw = None if point.varies else point.modulus or _WIDTHS.get(point.raw)
    return None if raw is None else point.stored(raw) - point.stored(0.0)


def _quantum_j(point: Point | None, points: Points) -> float:
    """Return the register's resolution [J]: from its profile, else by what its steps differ."""
    if point is not None and point.raw not in _NOT_WHOLE and not point.varies:
        return abs(point.stored(1.0) - point.stored(0.0))
    steps = np.unique(np.diff(points.values))
    apart = np.diff(steps[steps >= 0])
    # No resolution is coarser than the smallest step that was seen: one odd step does not make it so.
    return float(min(apart.min(), steps[steps > 0].min())) if len(apart) else 0.0


def _together(curves: Sequence[MeterCurve], energies: Sequence[float]) -> float | None:
    whole = abs(sum(energies))
    if whole == 0:
        return None
    return math.hypot(*(curve.uncertainty_ratio * j for curve, j in zip(curves, energies, strict=True))) / whole


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
