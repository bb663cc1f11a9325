"""All addresses of a site at once: each SNMP agent on its port, each Modbus unit behind its gateway."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from greendc.ports import LOOPBACK
from simulators.devices.device import Device
from simulators.front_ends.modbus_server import ModbusServer
from simulators.front_ends.snmp_agent import SnmpAgent
from simulators.front_ends.snmp_device import Plate, instances
from simulators.front_ends.snmp_usm import User, Usm
from simulators.front_ends.troubles import CALM, line_to

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulators.front_ends.troubles import Troubles


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where a device answers on this machine.

    ``unit`` is a Modbus unit behind the gateway at ``port``, 0 for SNMP; ``access`` is a v2c community or a v3 user.
    """

    device: Device
    plate: Plate
    port: int
    unit: int = 0
    access: str | User = "public"


class FrontEnds:
    """Answers on addresses between `start` and `stop`."""

    def __init__(self, addresses: Iterable[Address], troubles: Troubles = CALM) -> None:
        """Prepare; ``troubles`` are asked by the devices' names."""
        self._addresses = list(addresses)
        self._troubles = troubles
        self._sockets: list[asyncio.DatagramTransport] = []
        self.agents: dict[str, SnmpAgent] = {}
        self.gateways: dict[int, ModbusServer] = {}

    async def start(self) -> None:
        """Answer on every address.

        Raises:
            OSError: a port is in use.
        """
        try:
            await self._start()
        except OSError:
            await self.stop()
            raise

    async def _start(self) -> None:
        loop = asyncio.get_running_loop()
        units: dict[int, dict[int, Device]] = {}
        for address in self._addresses:
            if address.unit:
                units.setdefault(address.port, {})[address.unit] = address.device
                continue
            socket, agent = await loop.create_datagram_endpoint(
                partial(_agent, address, self._troubles), local_addr=(LOOPBACK, address.port)
            )
            self._sockets.append(socket)
            self.agents[address.device.name] = agent
        for port, devices in units.items():
            self.gateways[port] = ModbusServer(port, devices, self._troubles)
            await self.gateways[port].start()

    async def stop(self) -> None:
        """Fall silent."""
        for socket in self._sockets:
            socket.close()
        self._sockets.clear()
        for gateway in self.gateways.values():
            await gateway.stop()
        self.gateways.clear()
        self.agents.clear()
        # The sockets are closed by the loop's next turn.
        await asyncio.sleep(0)


def _agent(address: Address, troubles: Troubles) -> SnmpAgent:
    device, access = address.device, address.access
    checked = Usm(device.name, access) if isinstance(access, User) else access
    return SnmpAgent(checked, instances(device, address.plate), line_to(device, troubles))
