"""Gives devices their addresses: a port for each SNMP agent, one port and a unit each behind a Modbus gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from greendc.profiles import profile
from simulators.front_ends.snmp_device import Plate
from simulators.sites.device_spec import ROOM, DeviceSpec
from simulators.sites.site_text import CREDENTIAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulators.devices.device import Wires

MOST_UNITS = 247
"""Units behind one gateway (Modbus application protocol 1.1b3, section 4.1)."""


class Fitting(msgspec.Struct, frozen=True, kw_only=True):
    """How a device is fitted into its site; ``gateway`` is what it hangs behind where it speaks Modbus."""

    role: str = ""
    accuracy: float = 0.01
    fed_by: tuple[str, ...] = ()
    rack: str = ""
    interval_s: float = 5.0
    credential: str = CREDENTIAL
    gateway: str = "plant"
    rated_a: float | None = None
    heights: tuple[tuple[str, str], ...] = ()


class Installer:
    """Places the devices of one plant."""

    def __init__(self, port: Callable[[], int], *, plant: str = ROOM, node: str = "") -> None:
        """Take ports from ``port`` for devices that measure ``plant`` and are read by ``node``."""
        self.devices: list[DeviceSpec] = []
        self._port = port
        self._plant = plant
        self._node = node
        self._gateways: dict[str, int] = {}
        self._units: dict[str, int] = {}

    def place(self, name: str, family: str, wires: Wires, model: str, fitting: Fitting) -> None:
        """Add a device of a profile."""
        modbus = profile(family).protocol == "modbus"
        port, unit = self._behind(fitting.gateway) if modbus else (self._port(), 0)
        self.devices.append(
            DeviceSpec(
                name=name,
                profile=family,
                wires=wires,
                plate=Plate(model=model, serial=f"SIM-{name}"),
                port=port,
                unit=unit,
                accuracy=fitting.accuracy,
                plant=self._plant,
                node=self._node,
                rack=fitting.rack,
                role=fitting.role,
                fed_by=fitting.fed_by,
                interval_s=fitting.interval_s,
                credential=fitting.credential,
                rated_a=fitting.rated_a,
                heights=fitting.heights,
            )
        )

    def _behind(self, gateway: str) -> tuple[int, int]:
        """Return the port and the next unit of a gateway; a full one gets another beside it."""
        unit = self._units.get(gateway, 0) + 1
        if gateway not in self._gateways or unit > MOST_UNITS:
            self._gateways[gateway], unit = self._port(), 1
        self._units[gateway] = unit
        return self._gateways[gateway], unit
