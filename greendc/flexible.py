"""What a site can move in time, and where its hourly carbon factors stand: battery, work that may wait, factors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec

from greendc.device import NAME_PATTERN

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from greendc.errors import Problem
    from greendc.toml_source import TomlSource

CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"
Clock = Annotated[str, msgspec.Meta(pattern=CLOCK)]
Positive = Annotated[float, msgspec.Meta(gt=0)]


class SiteBattery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ``[battery]`` table: a storage that may be scheduled, never the batteries of a UPS.

    ``device`` tells its state of charge. ``reserve_kwh`` stays in it for an outage, on top of ``least_share``.
    ``wear_per_kwh`` is paid for each kWh moved. What a schedule makes of the fields: `analytics.schedule.Battery`.
    """

    device: str = ""
    capacity_kwh: float
    charge_kw: float
    discharge_kw: float
    charge_efficiency: float = 0.95
    discharge_efficiency: float = 0.95
    least_share: float = 0.1
    most_share: float = 0.9
    reserve_kwh: float = 0.0
    c_rate: float | None = None
    wear_per_kwh: float | None = None
    cycles_per_day: float | None = None


class Deferrable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A ``[[deferrable]]`` entry: work of each day that may run at any time from ``start`` to ``end``, local clock.

    An ``end`` that is not after ``start`` is that of the next day. ``device`` meters it; without one ``energy_kwh`` is
    its energy of a day. ``most_kw`` is the most it may take.
    """

    name: Annotated[str, msgspec.Meta(pattern=NAME_PATTERN)]
    device: str = ""
    part: str = ""
    energy_kwh: Positive | None = None
    most_kw: Positive
    start: Clock = "00:00"
    end: Clock = "00:00"

    def minutes(self) -> tuple[int, int]:
        """Return when it may start and when it has to be done [minutes from midnight]; the end may pass 1440."""
        start, end = (int(text[:2]) * 60 + int(text[3:]) for text in (self.start, self.end))
        return start, end if end > start else end + 1440


class Carbon(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ``[carbon]`` table: ``factors`` is a CSV file of hourly factors; its path starts at the site's folder."""

    factors: str = ""


def carbon_of(source: TomlSource, value: object, problems: list[Problem]) -> Carbon | None:
    """Return the table with its path resolved."""
    found = source.convert(value, Carbon, "carbon", problems)
    if found is None or not found.factors:
        return found
    return msgspec.structs.replace(found, factors=str(Path(source.file).parent / found.factors))


def check_flexible(
    source: TomlSource,
    battery: SiteBattery | None,
    deferrable: Sequence[Deferrable],
    devices: Collection[str],
    problems: list[Problem],
) -> None:
    """Add what is wrong with names: devices that are not there, two entries of one name, energy that nothing tells."""
    named = [] if battery is None else [("battery.device", battery.device)]
    named += [(f"deferrable[{i}].device", one.device) for i, one in enumerate(deferrable)]
    for path, name in named:
        if name and name not in devices:
            problems.append(source.problem(path, "errors.unknown_device", name=name))
    for i, one in enumerate(deferrable):
        if not one.device and one.energy_kwh is None:
            problems.append(source.problem(f"deferrable[{i}]", "errors.deferrable_energy", name=one.name))
        if any(one.name == other.name for other in deferrable[:i]):
            problems.append(source.problem(f"deferrable[{i}].name", "errors.deferrable_twice", name=one.name))
