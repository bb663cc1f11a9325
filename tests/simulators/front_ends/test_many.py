"""Many devices in one process, all read by the real collectors at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from collectors.modbus.line import ModbusLines
from collectors.sources import make_source
from greendc.clock import SystemClock
from greendc.device import Credential, DeviceEntry
from greendc.model import Quality
from greendc.settings import Secret
from simulators.front_ends.front_ends import Address, FrontEnds
from simulators.front_ends.ports import Ports
from simulators.front_ends.snmp_usm import User
from tests.simulators.front_ends import still

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.model import Reading

AGENTS = UNITS = 50
UNITS_A_GATEWAY = 25
USER = User(name="monitor", auth="a-long-passphrase", privacy="another-passphrase")
CREDENTIALS = {
    "v2c": Credential(kind="snmp-v2c", community=Secret("public")),
    "v3": Credential(
        kind="snmp-v3",
        user=USER.name,
        auth_protocol="sha256",
        auth=Secret(USER.auth),
        privacy_protocol="aes128",
        privacy=Secret(USER.privacy),
    ),
}


def _site() -> tuple[list[Address], list[DeviceEntry]]:
    free = Ports()
    given = [free() for _ in range(AGENTS + UNITS // UNITS_A_GATEWAY)]
    addresses, entries = [], []
    for i in range(AGENTS):
        name, port, kind = f"pdu-{i}", given.pop(), "v3" if i % 10 == 0 else "v2c"
        access = USER if kind == "v3" else "public"
        addresses.append(Address(device=still.pdu(name), plate=still.PLATE, port=port, access=access))
        where = f"snmp://{still.HOST}:{port}"
        entries.append(DeviceEntry(name=name, profile="apc-rpdu2", address=where, credential=kind, timeout_s=10))
    for i in range(UNITS):
        name, port, unit = f"meter-{i}", given[i // UNITS_A_GATEWAY], 1 + i % UNITS_A_GATEWAY
        addresses.append(Address(device=still.meter(name), plate=still.PLATE, port=port, unit=unit))
        where = f"modbus://{still.HOST}:{port}?unit={unit}"
        entries.append(DeviceEntry(name=name, profile="schneider-iem3000", address=where, timeout_s=10))
    return addresses, entries


async def _read() -> tuple[list[Sequence[Reading]], int, int]:
    addresses, entries = _site()
    fronts, lines, clock = FrontEnds(addresses), ModbusLines(), SystemClock()
    await fronts.start()
    sources = [make_source(entry, "lab", CREDENTIALS, clock, lines) for entry in entries]
    found = await asyncio.gather(*(source.read() for source in sources))
    answered = sum(agent.answered for agent in fronts.agents.values())
    asked = sum(gateway.answered for gateway in fronts.gateways.values())
    for source in sources:
        await source.close()
    await lines.close()
    await fronts.stop()
    # The same addresses can be served again at once.
    again = FrontEnds(addresses)
    await again.start()
    await again.stop()
    return found, answered, asked


def test_many_devices_in_one_process() -> None:
    """Fifty agents, some over v3, and fifty units behind two gateways: each gives all its readings, all good."""
    found, answered, asked = asyncio.run(_read())
    assert len(found) == AGENTS + UNITS
    assert {len(readings) for readings in found[:AGENTS]} == {len(still.pdu().points)}
    assert {len(readings) for readings in found[AGENTS:]} == {len(still.meter().points)}
    assert {reading.quality for readings in found for reading in readings} == {Quality.GOOD}
    assert answered > AGENTS * 10
    assert asked > UNITS * 2
