"""A whole simulated site: its plants, its devices, and the servers through which they are read."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Protocol

import msgspec

from greendc.ports import LOOPBACK
from greendc.profiles import profile
from simulators.devices.device import Device
from simulators.devices.sensors import draw_errors
from simulators.front_ends.snmp_agent import SnmpAgent
from simulators.front_ends.snmp_device import instances
from simulators.plant.cabinet import Cabinet
from simulators.plant.plant import Plant
from simulators.sites.presets import EDGE_NODES, ROOM
from simulators.sites.site_text import COMMUNITY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simulators.front_ends.modbus_server import ModbusServer
    from simulators.plant.signals import SignalBlocks
    from simulators.plant.truth import Truth
    from simulators.sites.presets import Preset

logger = logging.getLogger("greendc.simulators")

LONGEST_STEP_S = 60.0


class Steppable(Protocol):
    """A plant that moves on in time."""

    time_s: float
    blocks: SignalBlocks

    def step(self, dt_s: float) -> None:
        """Move on by ``dt_s`` seconds."""

    def registers(self) -> dict[str, list[float]]:
        """Return all energy registers [J] by name."""

    def restore(self, registers: Mapping[str, Sequence[float]]) -> None:
        """Set all energy registers [J]."""


class SiteState(msgspec.Struct, frozen=True, kw_only=True):
    """What a site needs to go on after its process was started again: the time, the fault's onset and the registers."""

    seed: int
    time_s: float
    onset_s: float
    registers: dict[str, dict[str, list[float]]]


class SimulatedSite:
    """The plants and devices of a preset. `advance` moves time; between `start` and `stop` the devices answer."""

    def __init__(self, preset: Preset, *, seed: int, start_s: float) -> None:
        """Build all plants as they stand at ``start_s`` [s since 1970]."""
        self.preset = preset
        self.room = Plant(seed, start_s)
        self.plants: dict[str, Steppable] = {ROOM: self.room}
        for i, node in enumerate(EDGE_NODES):
            self.plants[node] = Cabinet(seed + 101 * (i + 1), start_s)
        self.devices: dict[str, Device] = {}
        for spec in preset.devices:
            family, plant = profile(spec.profile), self.plants[spec.plant]
            errors = draw_errors(seed, spec.name, spec.accuracy, family.protocol)
            now_s = partial(getattr, plant, "time_s")
            self.devices[spec.name] = Device(spec.name, family, spec.wires, plant.blocks.value, errors, now_s)
        self._agents: list[asyncio.DatagramTransport] = []
        self._servers: list[ModbusServer] = []

    @property
    def time_s(self) -> float:
        """Return the plants' time [s since 1970]."""
        return self.room.time_s

    def truth(self) -> Truth:
        """Return what the room really does."""
        return self.room.truth()

    def advance(self, seconds: float, step_s: float = LONGEST_STEP_S) -> None:
        """Move all plants on, in steps of at most ``step_s``."""
        left = seconds
        while left > 1e-9:  # noqa: PLR2004 (a nanosecond left over from rounding is no step)
            dt_s = min(step_s, left)
            for plant in self.plants.values():
                plant.step(dt_s)
            left -= dt_s

    async def start(self) -> None:
        """Answer on every address of the preset."""
        from simulators.front_ends.modbus_server import ModbusServer  # noqa: PLC0415 (slow to load; needed where it serves only)

        loop = asyncio.get_running_loop()
        units: dict[int, dict[int, Device]] = {}
        for spec in self.preset.devices:
            device = self.devices[spec.name]
            if spec.unit:
                units.setdefault(spec.port, {})[spec.unit] = device
                continue
            transport, _ = await loop.create_datagram_endpoint(
                partial(SnmpAgent, COMMUNITY, instances(device, spec.plate)), local_addr=(LOOPBACK, spec.port)
            )
            self._agents.append(transport)
        for port, devices in units.items():
            server = ModbusServer(port, devices)
            await server.start()
            self._servers.append(server)
        logger.info("%d devices answer on %s", len(self.devices), LOOPBACK)

    async def stop(self) -> None:
        """Fall silent."""
        for transport in self._agents:
            transport.close()
        self._agents.clear()
        for server in self._servers:
            await server.stop()
        self._servers.clear()
