"""Devices whose signals stand still, on free ports of this machine."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING

from greendc.profiles import profile
from simulators.devices.device import Device
from simulators.devices.sensors import SensorErrors
from simulators.devices.wiring import meters, power
from simulators.front_ends.snmp_agent import SnmpAgent
from simulators.front_ends.snmp_device import Plate, instances
from simulators.front_ends.troubles import CALM, Trouble, line_to

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from simulators.front_ends.snmp_access import Access
    from simulators.front_ends.troubles import Troubles

START_S = 1_780_000_000.0
PLATE = Plate(model="AP8641", serial="S1")
HOST = "127.0.0.1"
VALUES = {"uptime_s": 1000.0, "x.frequency_hz": 50.0, "x.power_factor": 0.97}


class Clock:
    """The time of a plant, moved by the test."""

    def __init__(self) -> None:
        self.time_s = START_S

    def now_s(self) -> float:
        """Return the time [s since 1970]."""
        return self.time_s


class Schedule:
    """Troubles that the test sets by device."""

    def __init__(self) -> None:
        self.now: dict[str, Trouble] = {}

    def at(self, target: str, _time_s: float) -> Trouble:
        """Return what was set for a device."""
        return self.now.get(target, Trouble())


def pdu(name: str = "pdu", clock: Clock | None = None) -> Device:
    """Return a rack PDU of 230 W everywhere."""
    now_s = clock.now_s if clock else Clock().now_s
    wires = power.rack_pdu("/0/0")
    return Device(name, profile("apc-rpdu2"), wires, lambda signal: VALUES.get(signal, 230.0), SensorErrors(), now_s)


def meter(name: str = "meter", clock: Clock | None = None) -> Device:
    """Return a power meter of 230 W, 230 V and 230 A."""
    now_s = clock.now_s if clock else Clock().now_s
    wires = meters.iem3000("x")
    family = profile("schneider-iem3000")
    return Device(name, family, wires, lambda signal: VALUES.get(signal, 230.0), SensorErrors(), now_s)


@contextlib.asynccontextmanager
async def agents(
    access: Access | str, devices: dict[int, Device], troubles: Troubles = CALM
) -> AsyncIterator[list[SnmpAgent]]:
    """Serve devices by port for the length of the block."""
    loop = asyncio.get_running_loop()
    transports, made = [], []
    for port, device in devices.items():
        factory = partial(SnmpAgent, access, instances(device, PLATE), line_to(device, troubles))
        transport, agent = await loop.create_datagram_endpoint(factory, local_addr=(HOST, port))
        transports.append(transport)
        made.append(agent)
    try:
        yield made
    finally:
        for transport in transports:
            transport.close()
        # The sockets are closed by the loop's next turn.
        await asyncio.sleep(0)
