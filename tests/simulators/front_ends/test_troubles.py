"""Troubles on the way to a device, as real collectors meet them."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from pymodbus.client import AsyncModbusTcpClient

from collectors.modbus.line import ExceptionReply, ModbusLine, ModbusLines
from collectors.poller import Job, Poller
from collectors.sources import make_source
from greendc.clock import SystemClock
from greendc.device import Credential, DeviceEntry
from greendc.errors import DeviceAway
from greendc.settings import Secret
from simulators.devices.sensors import SensorErrors
from simulators.front_ends import ber
from simulators.front_ends.front_ends import Address, FrontEnds
from simulators.front_ends.modbus_server import ModbusServer
from simulators.front_ends.snmp_objects import GET
from simulators.front_ends.troubles import CALM, NO_TROUBLE, Trouble, line_to
from tests.simulators.front_ends import still

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.model import Reading

CREDENTIAL = Credential(kind="snmp-v2c", community=Secret("public"))
FIRST, COUNT = 2999, 6


async def _asked(line: ModbusLine, unit: int, timeout_s: float = 0.3) -> str:
    try:
        words = await line.read(unit, 3, FIRST, COUNT, timeout_s=timeout_s)
    except ExceptionReply as error:
        return f"exception {error.code}"
    except DeviceAway as error:
        return str(error)
    return f"{len(words)} words"


async def _gateway(port: int) -> dict[str, str]:
    troubles, line, said = still.Schedule(), ModbusLine(still.HOST, port), {}
    server = ModbusServer(port, {1: still.meter("m1"), 2: still.meter("m2")}, troubles)
    await server.start()
    said["calm"] = await _asked(line, 1)
    troubles.now["m1"] = Trouble(exception=6)
    said["busy"] = await _asked(line, 1)
    troubles.now["m1"] = Trouble(delay_s=0.15)
    started_s = time.monotonic()
    said["slow"] = await _asked(line, 1)
    assert time.monotonic() - started_s > 0.14
    troubles.now["m1"] = Trouble(offline=True)
    said["one offline"] = await _asked(line, 1)
    said["its neighbour"] = await _asked(line, 2)
    troubles.now["m2"] = Trouble(offline=True)
    said["both offline"] = await _asked(line, 2)
    troubles.now.clear()
    await asyncio.sleep(0.35)
    said["no such unit"] = await _asked(line, 9)
    await line.close()
    await server.stop()
    return said


def test_a_gateway_in_trouble(free_port: int) -> None:
    """Busy is an exception, slow is late, one unit offline is silent, all offline is no connection."""
    assert asyncio.run(_gateway(free_port)) == {
        "calm": "6 words",
        "busy": "exception 6",
        "slow": "6 words",
        "one offline": "no answer from unit 1 within 0.3 s",
        "its neighbour": "6 words",
        "both offline": "no answer from unit 2 within 0.3 s",
        "no such unit": "exception 11",
    }


async def _refused(port: int) -> bool:
    troubles = still.Schedule()
    troubles.now["m1"] = Trouble(offline=True)
    server = ModbusServer(port, {1: still.meter("m1")}, troubles)
    await server.start()
    client = AsyncModbusTcpClient(still.HOST, port=port, timeout=0.5, retries=0, reconnect_delay=0)
    await client.connect()
    await asyncio.sleep(0.1)
    connected = client.connected
    client.close()
    await server.stop()
    return not connected


def test_a_lone_unit_offline_takes_no_connection(free_port: int) -> None:
    """A device that is off hangs up on whoever calls."""
    assert asyncio.run(_refused(free_port))


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x01\x00\x07\x00\x06\x01\x03\x0b\xb7\x00\x02",
        b"\x00\x01\x00\x00\xff\xff\x01\x03",
        b"\x00\x01\x00\x00\x00\x01\x01",
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_modbus_is_hung_up_on(data: bytes, free_port: int) -> None:
    """Another protocol number or an impossible length ends the connection, and the next one is served."""

    async def ask() -> tuple[bytes, bytes]:
        server = ModbusServer(free_port, {1: still.meter("m1")})
        await server.start()
        answers = []
        for sent in (data, b"\x00\x05\x00\x00\x00\x06\x01\x03\x0b\xb7\x00\x02"):
            reader, writer = await asyncio.open_connection(still.HOST, free_port)
            writer.write(sent)
            answers.append(await asyncio.wait_for(reader.read(64), 2))
            writer.close()
            await writer.wait_closed()
        await server.stop()
        return answers[0], answers[1]

    # 230 A as a 32-bit float.
    assert asyncio.run(ask()) == (b"", b"\x00\x05\x00\x00\x00\x07\x01\x03\x04\x43\x66\x00\x00")


@pytest.mark.parametrize(
    ("request_pdu", "answer"),
    [
        ("0300000001", "8302"),
        ("030bb70000", "8303"),
        ("030bb7007e", "8303"),
        ("030bb7", "8303"),
        ("040bb70002", "8401"),
        ("060bb70001", "8601"),
        ("2b0e0100", "ab01"),
        ("030bb70002", "030443660000"),
    ],
)
def test_requests_by_hand(request_pdu: str, answer: str, free_port: int) -> None:
    """Address, count and function that cannot be are refused by the codes of the standard."""
    unit = ModbusServer(free_port, {1: still.meter("m1")}).unit(1)
    assert unit is not None
    assert unit.answer(bytes.fromhex(request_pdu)).hex() == answer


class Kept:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []

    def write(self, readings: Sequence[Reading]) -> None:
        """Keep readings."""
        self.readings.extend(readings)


def _entry(name: str, address: str, profile: str) -> DeviceEntry:
    credential = "lab" if address.startswith("snmp") else ""
    return DeviceEntry(
        name=name, profile=profile, address=address, credential=credential, interval_s=0.2, timeout_s=0.15
    )


async def _polled(udp: int, tcp: int) -> tuple[dict[str, list[str]], Kept]:
    troubles, kept, lines = still.Schedule(), Kept(), ModbusLines()
    devices = [Address(device=still.pdu("pdu"), plate=still.PLATE, port=udp)]
    devices.append(Address(device=still.meter("meter"), plate=still.PLATE, port=tcp, unit=1))
    entries = [
        _entry("pdu", f"snmp://{still.HOST}:{udp}", "apc-rpdu2"),
        _entry("meter", f"modbus://{still.HOST}:{tcp}?unit=1", "schneider-iem3000"),
    ]
    fronts = FrontEnds(devices, troubles)
    await fronts.start()
    jobs = [
        Job(
            name=entry.name,
            profile=entry.profile,
            source=make_source(entry, "lab", {"lab": CREDENTIAL}, SystemClock(), lines),
            interval_s=entry.interval_s,
            deadline_s=2.0,
        )
        for entry in entries
    ]
    poller = Poller(jobs, kept, SystemClock(), lambda _status: None)
    task = asyncio.create_task(poller.run())
    states: dict[str, list[str]] = {"pdu": [], "meter": []}
    for offline, wanted in ((False, "ok"), (True, "away"), (False, "ok")):
        troubles.now = {name: Trouble(offline=offline) for name in states}
        async with asyncio.timeout(15):
            while any(seen[-1:] != [wanted] for seen in states.values()):
                for device in poller.status().devices:
                    if states[device.name][-1:] != [device.state]:
                        states[device.name].append(device.state)
                await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await lines.close()
    await fronts.stop()
    return states, kept


def test_a_device_that_goes_and_comes_back(free_udp_port: int, free_port: int) -> None:
    """The poller sees each device go away once and come back, over SNMP and over Modbus, and stores no false value."""
    states, kept = asyncio.run(_polled(free_udp_port, free_port))
    for name, seen in states.items():
        known = [state for state in seen if state not in {"pending", "suspect"}]
        assert known.count("away") == 1, (name, seen)
        assert known[0] == known[-1] == "ok", (name, seen)
    assert {reading.value for reading in kept.readings if reading.quantity == "voltage_v"} == {230.0}


def test_lost_reads_of_a_device_are_trouble() -> None:
    """A second in which the device does not answer is one in which nothing comes back; all others are calm."""
    clock = still.Clock()
    device = still.pdu(clock=clock)
    device.errors = SensorErrors(loss=0.5, key=9)
    line = line_to(device, CALM)
    said = []
    for second in range(200):
        clock.time_s = still.START_S + second
        said.append(line())
    lost = [trouble.loss_ratio == 1.0 for trouble in said]
    assert 70 < sum(lost) < 130
    assert all(trouble == NO_TROUBLE for trouble, gone in zip(said, lost, strict=True) if not gone)


class Ear(asyncio.DatagramProtocol):
    """Notes when it hears something."""

    def __init__(self, heard: asyncio.Future[float]) -> None:
        self._heard = heard

    def datagram_received(self, _data: bytes, _addr: object) -> None:
        """Note the time."""
        self._heard.set_result(asyncio.get_running_loop().time())


def test_a_share_of_requests_is_lost(free_udp_port: int) -> None:
    """With 30 % loss about that many datagrams are not answered; a delay makes all of them late."""

    async def ask() -> tuple[int, int, float]:
        troubles = still.Schedule()
        loop = asyncio.get_running_loop()
        request = _get()
        async with still.agents("public", {free_udp_port: still.pdu()}, troubles) as (agent,):
            troubles.now["pdu"] = Trouble(loss_ratio=0.3)
            for _ in range(300):
                agent.datagram_received(request, (still.HOST, 9))
            lost = agent.lost
            troubles.now["pdu"] = Trouble(delay_s=0.1)
            heard: asyncio.Future[float] = loop.create_future()

            ear, _ = await loop.create_datagram_endpoint(lambda: Ear(heard), remote_addr=(still.HOST, free_udp_port))
            sent_s = loop.time()
            ear.sendto(request)
            late_s = await asyncio.wait_for(heard, 2) - sent_s
            ear.close()
            return lost, agent.answered, late_s

    lost, answered, late_s = asyncio.run(ask())
    assert 60 < lost < 120
    assert lost + answered == 301
    assert late_s > 0.09


def _get() -> bytes:
    name = ber.pack(ber.SEQUENCE, ber.object_id((1, 3, 6, 1, 2, 1, 1, 5, 0)) + ber.pack(ber.NULL, b""))
    body = ber.integer(7) + ber.integer(0) + ber.integer(0) + ber.pack(ber.SEQUENCE, name)
    return ber.pack(ber.SEQUENCE, ber.integer(1) + ber.octets(b"public") + ber.pack(GET, body))
