"""Which series are the weather outside: dry bulb, humidity, wet bulb."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from greendc.physics import moist_air
from greendc.physics.air import station_pressure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from greendc.contracts import History
    from greendc.model import SeriesKey
    from greendc.physics.kinds import FloatArray
    from greendc.site import Site

DRY_BULB, WET_BULB, HUMIDITY = "outdoor_temperature_c", "outdoor_wet_bulb_c", "relative_humidity_ratio"
OUTDOOR = "outdoor"


def dry_bulb_keys(history: History, site: Site) -> list[SeriesKey]:
    """Return the outdoor temperatures, those of weather stations alone where there are any."""
    keys = list(history.series(site.name, quantity=DRY_BULB))
    stations = {key.device for key in _humidity_keys(history, site)}
    return [key for key in keys if key.device in stations] or keys


def wet_bulb(
    history: History, site: Site, means: Callable[[Sequence[SeriesKey]], pd.DataFrame]
) -> tuple[FloatArray, str] | None:
    """Return the outdoor wet bulb [degC] by steps and how it is known (``measured`` or ``computed``), or None.

    It is measured, or worked out from temperature and humidity at the pressure of the site's altitude.
    """
    measured = list(history.series(site.name, quantity=WET_BULB))
    if measured:
        return means(measured).mean(axis=1).to_numpy(dtype=float), "measured"
    humidity_keys = _humidity_keys(history, site)
    stations = {key.device for key in humidity_keys}
    dry_keys = [key for key in history.series(site.name, quantity=DRY_BULB) if key.device in stations]
    if not humidity_keys or not dry_keys:
        return None
    dry = means(dry_keys).mean(axis=1).to_numpy(dtype=float)
    humidity = means(humidity_keys).mean(axis=1).to_numpy(dtype=float)
    found = np.full(len(dry), np.nan)
    known = ~np.isnan(dry) & ~np.isnan(humidity)
    if known.any():
        pressure_pa = np.full(int(known.sum()), float(station_pressure(site.info.altitude_m)))
        dew = moist_air.dew_point(dry[known], np.clip(humidity[known], 0.01, 1.0))
        found[known] = moist_air.wet_bulb(dry[known], dew, pressure_pa)
    return found, "computed"


def _humidity_keys(history: History, site: Site) -> list[SeriesKey]:
    return [key for key in history.series(site.name, quantity=HUMIDITY) if key.part == OUTDOOR]
