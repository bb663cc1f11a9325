"""Meters that cannot be right as the site file has them: counted twice, in two roles, before the UPS, no factor."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import msgspec

from analytics.carriers import CARRIED, without_factor
from analytics.kpis.calendar import days
from analytics.result import Remark
from greendc.profiles import profile, profile_names
from greendc.site import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.energy import MeterCurve
    from analytics.kpis.kind import Period
    from analytics.kpis.side import Side
    from greendc.site import Site

_UPS_KIND = "ups"
_UPS_INPUT_PART = "input"


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Why meters cannot make a figure: a code of `kpis.reason.*`, and the remark that names the meters."""

    reason: str
    remark: Remark


def fault_of(period: Period, side: Side) -> Fault | None:
    """Return what is wrong with the meters of one side, or None."""
    return _no_factor(period, side) or fault_of_meters(period.site, side, side.curves(period))


def fault_of_meters(site: Site, side: Side, curves: Sequence[MeterCurve]) -> Fault | None:
    """Return what is wrong with the meters of one side whatever they counted, or None."""
    return (
        _two_roles(curves)
        or _counted_twice(site, [one for one in curves if side.signs[one.meter.role] > 0])
        or (_before_the_ups(site, curves) if side.category else None)
    )


def fault_between(period: Period, above: Side, below: Side) -> Fault | None:
    """Return which meter plays a role on both sides of a ratio, or None."""
    return _two_roles([curve for role in above.signs | below.signs for curve in period.curves(role)])


def _no_factor(period: Period, side: Side) -> Fault | None:
    if not any(role in side.signs for role in CARRIED):
        return None
    first, last = days(period.site, period.start_ns, period.end_ns)
    missing = [meter for meter in without_factor(period.site, first, last) if meter.role in side.signs]
    if not missing:
        return None
    params = {"meter": missing[0].device, "carrier": missing[0].kind or "?", "day": first.isoformat()}
    return Fault(reason="no_carrier_factor", remark=Remark(code="carrier_unknown", params=params))


def _two_roles(curves: Sequence[MeterCurve]) -> Fault | None:
    registers: dict[tuple[str, str, str], list[MeterCurve]] = {}
    for curve in curves:
        registers.setdefault((curve.meter.device, curve.meter.part, curve.meter.energy), []).append(curve)
    for one, other in (pair for same in registers.values() for pair in combinations(same, 2)):
        if one.meter.role is not other.meter.role and _at_once(one, other):
            params = {"meter": one.label, "role": one.meter.role.value, "other": other.meter.role.value}
            return Fault(reason="overlapping_roles", remark=Remark(code="two_roles", params=params))
    return None


def _counted_twice(site: Site, curves: Sequence[MeterCurve]) -> Fault | None:
    by_device: dict[str, list[MeterCurve]] = {}
    for curve in curves:
        by_device.setdefault(curve.meter.device, []).append(curve)
    feeds = _feeds(site)
    for outer in curves:
        fed = _fed_by(feeds, outer.meter.device) & by_device.keys()
        inside = [inner for device in sorted(fed) for inner in by_device[device]]
        inside += [inner for inner in by_device[outer.meter.device] if _part_of(inner, outer)]
        for inner in inside:
            if _at_once(inner, outer):
                params = {"outer": outer.label, "inner": inner.label}
                return Fault(reason="double_counted", remark=Remark(code="counted_twice", params=params))
    return None


def _before_the_ups(site: Site, curves: Sequence[MeterCurve]) -> Fault | None:
    kinds = {device.name: profile(device.profile).kind for device in site.devices if device.profile in profile_names()}
    feeds = _feeds(site)
    for curve in curves:
        if curve.meter.role is Role.UPS_NON_IT:
            continue
        device, part = curve.meter.device, curve.meter.part
        own_input = kinds.get(device) == _UPS_KIND and part.split("/")[0] == _UPS_INPUT_PART
        if own_input or any(kinds.get(fed) == _UPS_KIND for fed in _fed_by(feeds, device)):
            remark = Remark(code="before_the_ups", params={"meter": curve.label, "role": curve.meter.role.value})
            return Fault(reason="ups_input_is_not_it", remark=remark)
    return None


def _at_once(one: MeterCurve, other: MeterCurve) -> bool:
    return one.start_ns < other.end_ns and other.start_ns < one.end_ns


def _part_of(inner: MeterCurve, outer: MeterCurve) -> bool:
    """Tell whether a meter is a part of another on the same device: a phase or an outlet of a whole."""
    if inner.meter.device != outer.meter.device or inner.meter.part == outer.meter.part:
        return False
    return outer.meter.part == "" or inner.meter.part.startswith(outer.meter.part + "/")


def _feeds(site: Site) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for feed in site.feeds:
        found.setdefault(feed.source, set()).add(feed.target)
    return found


def _fed_by(feeds: dict[str, set[str]], device: str) -> set[str]:
    """Return the devices that a device feeds, directly or through others."""
    found: set[str] = set()
    ahead = [device]
    while ahead:
        fed = feeds.get(ahead.pop(), set()) - found
        found |= fed
        ahead += fed
    return found - {device}
