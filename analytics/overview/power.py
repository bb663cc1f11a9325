"""Power now by role, and where it goes."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

from analytics.carriers import CARRIED
from analytics.kpis.side import CATEGORIES, FACILITY
from analytics.overview.figure import Figure, Share, State
from greendc.model import SeriesKey
from greendc.site import Role
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.overview.pulse import Pulse
    from greendc.site import Meter, Site

IT_ROLES = tuple(role for _category, role in CATEGORIES)
"""Where IT is metered, the best point first (PUE category 3, 2, 1)."""
ELECTRIC = {role: sign for role, sign in FACILITY.signs.items() if role not in CARRIED}
"""The roles whose power adds to the centre's, with the sign of each; a storage's power is positive while it gives."""
_RANK = (State.FRESH, State.ESTIMATED, State.STALE, State.SUPPRESSED, State.MISSING)


def meters_now(site: Site, role: Role, now_ns: int) -> list[Meter]:
    """Return the meters that play a role today, by the site's calendar."""
    day = dt.datetime.fromtimestamp(now_ns // NS_PER_SECOND, tz=dt.UTC).astimezone(site.zone()).date()
    return site.meters_of(role, day)


def it_meters(site: Site, now_ns: int) -> list[Meter]:
    """Return the meters of the best IT metering point that the site has."""
    return next((found for role in IT_ROLES if (found := meters_now(site, role, now_ns))), [])


def power_key(site: Site, meter: Meter) -> SeriesKey:
    """Return the series of a meter's power."""
    return SeriesKey(site.name, meter.device, meter.part, meter.power)


def power(pulse: Pulse, site: Site, meters: Sequence[Meter]) -> Figure:
    """Return the sum [W] of the meters' newest powers; unknown when one of them is, as old as the oldest of them."""
    if not meters:
        return Figure(unit="W", reason="no_meter")
    return summed([pulse.figure(power_key(site, meter), "W", meter.factor) for meter in meters])


def facility_power(pulse: Pulse, site: Site) -> Figure:
    """Return the power [W] that the centre uses: supply, own generation and storage, less what is not the centre's."""
    if not meters_now(site, Role.FACILITY_INPUT, pulse.now_ns):
        return Figure(unit="W", reason="no_meter")
    by_sign = ((sign, meters_now(site, role, pulse.now_ns)) for role, sign in ELECTRIC.items())
    signed = [(sign, power(pulse, site, meters)) for sign, meters in by_sign if meters]
    return summed(
        [
            figure if figure.value is None else msgspec.structs.replace(figure, value=sign * figure.value)
            for sign, figure in signed
        ]
    )


def summed(figures: Sequence[Figure]) -> Figure:
    """Return the sum of figures, in the worst of their states."""
    worst = max(figures, key=lambda figure: _RANK.index(figure.state))
    values = [figure.value for figure in figures if figure.value is not None]
    return Figure(
        value=sum(values) if len(values) == len(figures) else None,
        unit=worst.unit,
        time_ns=min(figure.time_ns for figure in figures),
        state=worst.state,
        reason=worst.reason,
        detail=worst.detail,
    )


def shares(pulse: Pulse, site: Site, facility: Figure, it: Figure) -> list[Share]:
    """Return where the facility's power goes: IT, what is metered apart, and a remainder of losses and unmetered loads.

    A negative remainder is not a share: it says that a meter is wrong, and is given as a figure without a value.
    """
    parts = [("it", it)]
    for key, role in (("cooling", Role.COOLING), ("lighting", Role.LIGHTING), ("other", Role.OTHER)):
        meters = meters_now(site, role, pulse.now_ns)
        if meters:
            parts.append((key, power(pulse, site, meters)))
    rest = _remainder(facility, [figure for _, figure in parts])
    whole = facility.value or 0.0
    return [
        Share(key=key, figure=figure, ratio=figure.value / whole if figure.value is not None and whole > 0 else None)
        for key, figure in [*parts, ("rest", rest)]
    ]


def _remainder(facility: Figure, parts: list[Figure]) -> Figure:
    known = [part.value for part in parts if part.value is not None]
    if facility.value is None or len(known) != len(parts):
        return Figure(unit="W", reason="part_missing")
    rest = facility.value - sum(known)
    if rest < 0:
        return Figure(unit="W", reason="parts_exceed_whole")
    total = summed([facility, *parts])
    return Figure(value=rest, unit="W", time_ns=total.time_ns, state=total.state, reason=total.reason)
