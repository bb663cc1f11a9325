"""A small site with a known day, for tests of data quality."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

from analytics.quality import Dimension, QualityDay, Score, quality_of_day
from greendc.device import DeviceEntry
from greendc.model import SeriesKey
from greendc.site import Feed, Meter, Role, Site, SiteInfo
from greendc.units import J_PER_KWH
from tests.analytics.plant import HOUR, MINUTE, SITE, START

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.analytics.memory_history import MemoryHistory

DATE = dt.date(2026, 3, 1)
DAY = 24 * HOUR
END = START + DAY
TIMES = [START + i * MINUTE for i in range(24 * 60 + 1)]


def small_site(
    *, feeds: Sequence[tuple[str, str]] = (), meters: Sequence[Meter] = (), more: Sequence[str] = ()
) -> Site:
    """Return a site whose devices are read each minute: those of the meters, and ``more``."""
    names = dict.fromkeys([*(meter.device for meter in meters), *more])
    return Site(
        info=SiteInfo(name=SITE, timezone="UTC"),
        devices=[DeviceEntry(name=name, profile="tested", address="host://", interval_s=60.0) for name in names],
        feeds=[Feed(source=source, target=target) for source, target in feeds],
        meters=list(meters),
    )


def metered(role: Role, device: str, accuracy: float = 0.005) -> Meter:
    """Return a meter of a class."""
    return Meter(role=role, device=device, accuracy_ratio=accuracy)


def add_meter(
    history: MemoryHistory, device: str, kw: float, shown: Callable[[int], float] = lambda _: 1.0, *, power: bool = True
) -> None:
    """Add a day of a load of ``kw``; its register counts ``shown(hour)`` times what there is."""
    kwh, counted = 1000.0, []
    for i in range(len(TIMES)):
        counted.append(kwh * J_PER_KWH)
        kwh += kw / 60.0 * shown(i // 60)
    history.add(SeriesKey(SITE, device, "", "active_energy_j"), TIMES, counted)
    if power:
        history.add(SeriesKey(SITE, device, "", "active_power_w"), TIMES, [kw * 1000.0] * len(TIMES))


def probe(device: str, part: str = "") -> SeriesKey:
    """Return the key of an air temperature."""
    return SeriesKey(SITE, device, part, "air_temperature_c")


def lively(i: int, offset: float = 0.0) -> float:
    """Return a temperature [degC] that a sensor of 0.1 degC shows in minute ``i``."""
    return round(20.0 + offset + 2.0 * math.sin(i / 40.0) + 0.2 * math.sin(i * 1.7), 1)


def judged(history: MemoryHistory, site: Site, now_ns: int = END + HOUR) -> QualityDay:
    """Return the quality of the day."""
    return quality_of_day(history, site, DATE, now_ns)


def score(day: QualityDay, key: SeriesKey, dimension: Dimension) -> Score:
    """Return one score of one series."""
    return next(one for one in day.series if one.key == key).score(dimension)


def codes(day: QualityDay) -> dict[str, str]:
    """Return the subject of each code that was found."""
    return {finding.code: finding.subject for finding in day.findings}
