"""What one process of simulated devices answers, asked by real clients over loopback from another process.

Run: ``python -m benchmarks.simulated_devices [SECONDS]``. 200 SNMP agents, v2c and v3, and 200 Modbus units.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import resource
import sys
import time
from typing import TYPE_CHECKING

import msgspec
from gufo.snmp.aio import SnmpSession
from pymodbus.client import AsyncModbusTcpClient

from collectors.snmp.choice import make_engine
from greendc.device import Credential
from greendc.ports import BOTH, free_port
from greendc.profiles import profile
from greendc.settings import Secret
from simulators.devices.device import Device
from simulators.devices.sensors import draw_errors
from simulators.devices.wiring import meters, power
from simulators.front_ends.front_ends import Address, FrontEnds
from simulators.front_ends.snmp_device import Plate
from simulators.front_ends.snmp_usm import User

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from multiprocessing.connection import Connection

HOST = "127.0.0.1"
AGENTS = 200
UNITS = 200
UNITS_A_GATEWAY = 25
AT_ONCE = 50
REPETITIONS = 30
COMMUNITY = "bench"
USER = User(name="bench", auth="bench-auth-phrase", privacy="bench-privacy-phrase")
V3 = Credential(
    kind="snmp-v3",
    user=USER.name,
    auth_protocol="sha256",
    auth=Secret(USER.auth),
    privacy_protocol="aes128",
    privacy=Secret(USER.privacy),
)
POWER = "1.3.6.1.4.1.318.1.1.26.4.3.1.5.1"
OUTLETS = "1.3.6.1.4.1.318.1.1.26.9.4.3.1"
REGISTERS = (2999, 120)


class Rate(msgspec.Struct, frozen=True):
    """What was asked for, how often a second, and how often in a second of the devices' own computing time."""

    what: str
    per_s: float
    per_cpu_s: float


def devices(protocol: str, ports: Sequence[int], access: str | User = COMMUNITY) -> list[Address]:
    """Return devices of one protocol on ports: agents one each, units several to a port."""
    made = []
    family = profile("apc-rpdu2" if protocol == "snmp" else "schneider-iem3000")
    wires = power.rack_pdu("/0/0") if protocol == "snmp" else meters.iem3000("load")
    for i, port in enumerate(ports):
        errors = draw_errors(1, f"{protocol}-{i}", 0.01, protocol)
        device = Device(f"{protocol}-{i}", family, wires, lambda _: 0.5, errors, time.time)
        unit = 0 if protocol == "snmp" else 1 + i % UNITS_A_GATEWAY
        plate = Plate(model="bench", serial=str(i))
        made.append(Address(device=device, plate=plate, port=port, unit=unit, access=access))
    return made


def serve(pipe: Connection, v2c: list[int], v3: list[int], gateways: list[int]) -> None:
    """Serve all devices until told to stop; tell the computing time used so far whenever asked."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(pipe, v2c, v3, gateways))


async def _serve(pipe: Connection, v2c: list[int], v3: list[int], gateways: list[int]) -> None:
    units = [gateways[i // UNITS_A_GATEWAY] for i in range(UNITS)]
    fronts = FrontEnds([*devices("snmp", v2c), *devices("snmp", v3, USER), *devices("modbus", units)])
    await fronts.start()
    stop = asyncio.Event()

    def told() -> None:
        if pipe.recv() == "stop":
            stop.set()
        else:
            used = resource.getrusage(resource.RUSAGE_SELF)
            pipe.send(used.ru_utime + used.ru_stime)

    asyncio.get_running_loop().add_reader(pipe.fileno(), told)
    pipe.send(0.0)
    await stop.wait()
    asyncio.get_running_loop().remove_reader(pipe.fileno())
    await fronts.stop()


async def _rate(what: str, pipe: Connection, seconds: float, asks: Sequence[Callable[[], Awaitable[int]]]) -> Rate:
    """Ask in several tasks for some seconds; an ask returns how much it brought."""

    async def repeated(ask: Callable[[], Awaitable[int]], until_s: float) -> int:
        done = 0
        while time.monotonic() < until_s:
            done += await ask()
        return done

    pipe.send("used")
    used_s = float(pipe.recv())
    start_s = time.monotonic()
    done = sum(await asyncio.gather(*(repeated(ask, start_s + seconds) for ask in asks)))
    took_s = time.monotonic() - start_s
    pipe.send("used")
    return Rate(what, done / took_s, done / max(1e-9, float(pipe.recv()) - used_s))


async def measure(pipe: Connection, v2c: list[int], v3: list[int], gateways: list[int], seconds: float) -> list[Rate]:
    """Return the rates of all kinds of requests."""
    sessions = [SnmpSession(HOST, port, community=COMMUNITY, timeout=5.0) for port in v2c]
    turns = {"get": 0, "walk": 0}

    def following(kind: str) -> SnmpSession:
        turns[kind] += 1
        return sessions[turns[kind] % len(sessions)]

    async def get() -> int:
        await following("get").get(POWER)
        return 1

    async def rows() -> int:
        return len([1 async for _ in following("walk").getbulk(OUTLETS, REPETITIONS)])

    engines = [make_engine("gufo", HOST, port, V3, timeout_s=5.0) for port in v3]
    clients = [AsyncModbusTcpClient(HOST, port=port, timeout=5, retries=0) for port in gateways]
    for client in clients:
        await client.connect()

    def secure(i: int) -> Callable[[], Awaitable[int]]:
        async def ask() -> int:
            return len(await engines[i].get([POWER]))

        return ask

    def registers(i: int) -> Callable[[], Awaitable[int]]:
        units = iter(range(10**9))

        async def ask() -> int:
            unit = 1 + next(units) % UNITS_A_GATEWAY
            answer = await clients[i].read_holding_registers(REGISTERS[0], count=REGISTERS[1], device_id=unit)
            return 0 if answer.isError() else 1

        return ask

    rates = [
        await _rate("SNMP v2c, GET requests", pipe, seconds, [get] * AT_ONCE),
        await _rate("SNMP v2c, GETBULK varbinds", pipe, seconds, [rows] * AT_ONCE),
        await _rate("SNMP v3 authPriv, GET requests", pipe, seconds, [secure(i) for i in range(len(engines))]),
        await _rate("Modbus TCP, reads of 120 registers", pipe, seconds, [registers(i) for i in range(len(clients))]),
    ]
    for client in clients:
        client.close()
    return rates


def rates(seconds: float) -> list[Rate]:
    """Start the devices in a process of their own, ask them, and return how fast they answered."""
    given: list[int] = []
    while len(given) < AGENTS + UNITS // UNITS_A_GATEWAY:
        port = free_port(BOTH)
        if port is not None and port not in given:
            given.append(port)
    v2c, v3, gateways = given[: AGENTS - 20], given[AGENTS - 20 : AGENTS], given[AGENTS:]
    spawning = multiprocessing.get_context("spawn")
    ours, theirs = spawning.Pipe()
    child = spawning.Process(target=serve, args=(theirs, v2c, v3, gateways), daemon=True)
    child.start()
    try:
        ours.recv()
        return asyncio.run(measure(ours, v2c, v3, gateways, seconds))
    finally:
        ours.send("stop")
        child.join(5)
        if child.is_alive():
            child.terminate()


def main() -> None:
    """Print a table of rates."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    print(f"{AGENTS} SNMP agents and {UNITS} Modbus units in one process")
    print(f"{'':<40}{'per second':>12}{'per CPU second':>16}")
    for rate in rates(seconds):
        print(f"{rate.what:<40}{rate.per_s:>12,.0f}{rate.per_cpu_s:>16,.0f}")


if __name__ == "__main__":
    main()
