"""Which series are the air that enters a rack."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greendc.contracts import History
    from greendc.model import SeriesKey
    from greendc.site import Site

QUANTITY = "air_temperature_c"
_BEHIND = ("outlet", "rear", "return", "exhaust")


def inlet_keys(site: Site, keys: Iterable[SeriesKey]) -> dict[str, list[SeriesKey]]:
    """Return by rack the air temperatures of devices in it, but for parts whose name says that they are behind it."""
    return _by_rack(site, [key for key in keys if not _is_behind(key)])


def outlet_keys(site: Site, keys: Iterable[SeriesKey]) -> dict[str, list[SeriesKey]]:
    """Return by rack the air temperatures whose part says that they are behind it."""
    return _by_rack(site, [key for key in keys if _is_behind(key)])


def _is_behind(key: SeriesKey) -> bool:
    return any(word in key.part.lower() for word in _BEHIND)


def _by_rack(site: Site, keys: Iterable[SeriesKey]) -> dict[str, list[SeriesKey]]:
    racks = {device.name: device.rack for device in site.devices if device.rack}
    found: dict[str, list[SeriesKey]] = {}
    for key in sorted(keys):
        if key.quantity == QUANTITY and key.device in racks:
            found.setdefault(racks[key.device], []).append(key)
    return found


def inlets(history: History, site: Site) -> dict[str, list[SeriesKey]]:
    """Return by rack the inlet series that the store knows."""
    return inlet_keys(site, history.series(site.name, quantity=QUANTITY))


def outlets(history: History, site: Site) -> dict[str, list[SeriesKey]]:
    """Return by rack the series behind it that the store knows."""
    return outlet_keys(site, history.series(site.name, quantity=QUANTITY))
