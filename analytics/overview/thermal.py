"""The warmest rack inlet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.envelope import inlet_limits
from analytics.inlets import inlet_keys
from analytics.overview.figure import Figure, Hottest, Limits, State

if TYPE_CHECKING:
    from analytics.overview.pulse import Pulse
    from greendc.site import Site


def limits_of(site: Site) -> Limits:
    """Return the limits in force at the site's altitude."""
    known = inlet_limits(site.info.altitude_m, site.info.equipment_class)
    return Limits(low_c=known.recommended_low_c, high_c=known.recommended_high_c, limit_c=known.allowable_high_c)


def hottest(pulse: Pulse, site: Site) -> Hottest:
    """Return the warmest inlet among those that are fresh, else among those that were."""
    by_rack = inlet_keys(site, pulse.latest)
    figures = [(rack, key, pulse.figure(key, "Cel")) for rack, keys in by_rack.items() for key in keys]
    known = [entry for entry in figures if entry[2].value is not None]
    if not known:
        reason = "no_value" if figures else "no_sensor"
        return Hottest(figure=Figure(unit="Cel", reason=reason), limits=limits_of(site))
    live = [entry for entry in known if entry[2].state is not State.STALE]
    rack, key, figure = max(live or known, key=lambda entry: entry[2].value or 0.0)
    return Hottest(figure=figure, limits=limits_of(site), rack=rack, device=key.device, part=key.part)
