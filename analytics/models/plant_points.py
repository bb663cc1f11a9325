"""Finds the points of a site's plant: which series a device, a rack or a kind of device has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.inlets import inlet_keys, outlet_keys
from analytics.models.plan import Column
from greendc.profiles import profile, profile_names
from greendc.site import Role

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from greendc.model import SeriesKey
    from greendc.site import Site

POWER = "active_power_w"
IT_ROLES = (Role.UPS_OUTPUT, Role.PDU_OUTPUT, Role.IT_INPUT)
AIR_UNITS = ("crah", "crac")


class PlantPoints:
    """The series of a site by device, rack and kind."""

    def __init__(self, site: Site, series: Iterable[SeriesKey], day: dt.date) -> None:
        """Take the series that the store knows; meters count with the roles that they have on ``day``."""
        self.site = site
        self.day = day
        self._known = sorted(series)
        self._by_device: dict[str, list[SeriesKey]] = {}
        for key in self._known:
            self._by_device.setdefault(key.device, []).append(key)
        known = set(profile_names())
        self._kinds = {d.name: profile(d.profile).kind for d in site.devices if d.profile in known}
        self._inlets, self._outlets = inlet_keys(site, self._known), outlet_keys(site, self._known)

    def devices(self, *kinds: str) -> list[str]:
        """Return the devices of some kinds that have any series."""
        return sorted(name for name, kind in self._kinds.items() if kind in kinds and name in self._by_device)

    def key(self, device: str, quantity: str, part: str = "") -> SeriesKey | None:
        """Return one series of a device, or None."""
        found = (key for key in self._by_device.get(device, ()) if key.quantity == quantity and key.part == part)
        return next(found, None)

    def one(self, device: str, quantity: str, part: str = "") -> Column | None:
        """Return one series of a device as a column, or None."""
        key = self.key(device, quantity, part)
        return None if key is None else Column(plus=(key,))

    def parts(self, device: str, quantity: str, role: str) -> Column | None:
        """Return the part ``role`` of a device, or the sum of its parts (``role/l1`` ...), or None."""
        whole = self.one(device, quantity, role)
        if whole is not None:
            return whole
        below = [k for k in self._by_device.get(device, ()) if k.quantity == quantity and k.part.startswith(f"{role}/")]
        return Column(plus=tuple(below)) if below else None

    def across(self, quantity: str, *kinds: str, part: str = "", mean: bool = True) -> Column | None:
        """Return the mean or sum of a quantity over all devices of some kinds, or None."""
        keys = [self.key(device, quantity, part) for device in self.devices(*kinds)]
        found = tuple(key for key in keys if key is not None)
        return Column(plus=found, mean=mean) if found else None

    def first(self, quantity: str) -> Column | None:
        """Return the first series of a quantity at the site that belongs to a whole device, or None."""
        found = (key for key in self._known if key.quantity == quantity and not key.part)
        return next((Column(plus=(key,)) for key in found), None)

    def metered(self, *roles: Role) -> Column | None:
        """Return the power of the first of some roles that is metered, summed, or None where a meter has no power."""
        for role in roles:
            meters = self.site.meters_of(role, self.day)
            keys = [self.key(meter.device, meter.power, meter.part) for meter in meters]
            if meters and all(key is not None for key in keys):
                return Column(plus=tuple(key for key in keys if key is not None))
        return None

    def metered_heat(self) -> Column | None:
        """Return the heat that a heat meter counts, else that of all chillers, or None."""
        for meter in self.site.meters_of(Role.HEAT_REMOVED, self.day):
            found = self.one(meter.device, "heat_power_w", meter.part)
            if found is not None:
                return found
        return self.across("cooling_power_w", "chiller", mean=False)

    @property
    def racks(self) -> Sequence[str]:
        """Return the names of the racks."""
        return [rack.name for rack in self.site.racks]

    def inlet(self, rack: str) -> Column | None:
        """Return the mean of the inlet temperatures of a rack, or None."""
        return _mean(self._inlets.get(rack, ()))

    def outlet(self, rack: str) -> Column | None:
        """Return the mean of the temperatures behind a rack, or None."""
        return _mean(self._outlets.get(rack, ()))

    def rack_power(self, rack: str) -> Column | None:
        """Return the sum of the power of all PDUs of a rack, or None."""
        names = {device.name for device in self.site.devices if device.rack == rack}
        keys = [self.key(device, POWER) for device in self.devices("pdu") if device in names]
        found = tuple(key for key in keys if key is not None)
        return Column(plus=found) if found and len(found) == len(keys) else None

    def air_units(self, quantity: str) -> Column | None:
        """Return the mean of a quantity over all air handlers, or None."""
        return self.across(quantity, *AIR_UNITS)


def _mean(keys: Iterable[SeriesKey]) -> Column | None:
    found = tuple(keys)
    return Column(plus=found, mean=True) if found else None
