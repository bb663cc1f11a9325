"""A site with devices of any profile, readings by hand, and one rule judged on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarms.rule import Scene
from analytics.alarms.rules import NEEDS, RULES, Board
from analytics.inlets import inlets
from analytics.topology import Topology
from greendc.device import DeviceEntry
from greendc.model import SeriesKey
from greendc.site import Feed, Rack, Site, SiteInfo
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import MINUTE, SITE, START

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from analytics.alarms.alarm import Alarm
    from analytics.alarms.rule import Verdicts


class Bench:
    """Devices by name and profile, racks by name, and readings that are given by hand, one a minute."""

    def __init__(
        self,
        devices: Mapping[str, str],
        *,
        racks: Mapping[str, float] | None = None,
        feeds: Sequence[tuple[str, str]] = (),
        altitude_m: float = 0.0,
        rated: Mapping[str, float] | None = None,
    ) -> None:
        """Build the site; a device named ``rack:name`` stands in that rack. ``racks`` gives ratings [kW]."""
        self.history = MemoryHistory()
        self.now_ns = START
        entries = []
        for name, profile in devices.items():
            rack, _, own = name.rpartition(":")
            entries.append(
                DeviceEntry(
                    name=own,
                    profile=profile,
                    address="snmp://127.0.0.1",
                    rack=rack,
                    rated_a=(rated or {}).get(own),
                )
            )
        self.site = Site(
            info=SiteInfo(name=SITE, altitude_m=altitude_m),
            racks=[Rack(name=name, nominal_kw=kw) for name, kw in (racks or {}).items()],
            devices=entries,
            feeds=[Feed(source=source, target=target) for source, target in feeds],
        )

    def key(self, name: str) -> SeriesKey:
        """Return the series of ``device quantity`` or ``device/part quantity``."""
        where, quantity = name.split()
        device, _, part = where.partition("/")
        return SeriesKey(SITE, device, part, quantity)

    def run(
        self, minutes: float, values: Mapping[str, float | Callable[[float], float]], *, every_s: float = 60.0
    ) -> None:
        """Let time pass while series have values, or what a function of the minute gives."""
        count = round(minutes * 60.0 / every_s)
        times = [self.now_ns + round((i + 1) * every_s / 60.0 * MINUTE) for i in range(count)]
        for name, value in values.items():
            course = [value((at - START) / MINUTE) if callable(value) else value for at in times]
            self.history.add(self.key(name), times, course)
        self.now_ns = times[-1]

    def judge(self, rule: str, standing: Sequence[Alarm] = (), *, delay_scale: float = 1.0) -> Verdicts:
        """Return what a rule finds now."""
        found = next(entry for entry in RULES if entry.key == rule)
        return found.evaluate(
            Scene(
                history=self.history,
                site=self.site,
                topology=Topology(self.site),
                now_ns=self.now_ns,
                standing={alarm.id: alarm for alarm in standing},
                inlets=inlets(self.history, self.site),
                board=Board(self.history, self.site, self.now_ns, NEEDS),
                delay_scale=delay_scale,
            )
        )

    def raised(self, rule: str) -> list[str]:
        """Return id and kind of what a rule raises now."""
        return [f"{alarm.id} {alarm.kind}" for alarm in self.judge(rule).raised]
