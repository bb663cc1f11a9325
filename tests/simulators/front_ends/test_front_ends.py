"""Simulated devices answer ordinary clients, tell the truth to within their registers, and refuse to be written."""

from __future__ import annotations

import asyncio
import re
import struct
import subprocess
from functools import cache
from typing import TYPE_CHECKING

import pytest
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.constants import ExcCodes

from greendc.profiles import Raw, profile, profile_names
from simulators.devices.device import Device
from simulators.front_ends.modbus_image import octets
from simulators.front_ends.ports import Ports
from simulators.front_ends.snmp_device import Plate, instances, object_id_of, parsed
from simulators.sites.presets import DeviceSpec, preset
from simulators.sites.simulated_site import SimulatedSite
from simulators.sites.site_text import COMMUNITY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

START_S = 1_780_000_000.0
PDU = "1.3.6.1.4.1.318.1.1.26"
PROBES = "1.3.6.1.4.1.21239.5.1.4.1.5"


@cache
def _site() -> SimulatedSite:
    """Return a site that stands still; building one takes a second."""
    return _fresh_site()


def _fresh_site() -> SimulatedSite:
    return SimulatedSite(preset("room", Ports(), "mqtt://127.0.0.1:1883"), seed=7, start_s=START_S)


def _spec(site: SimulatedSite, name: str) -> DeviceSpec:
    return next(spec for spec in site.preset.devices if spec.name == name)


async def _run(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    process = await asyncio.create_subprocess_exec(
        str(program), *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    return subprocess.CompletedProcess(arguments, process.returncode or 0, out.decode(), err.decode())


async def _with_client(site: SimulatedSite, program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    await site.start()
    try:
        return await _run(program, *arguments)
    finally:
        await site.stop()


def _numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"(?:INTEGER|Gauge32): (-?\d+)", text)]


def test_snmpget(require_server: Callable[[str, str], Path]) -> None:
    """`snmpget` reads a PDU's power and energy as the plant has them, to within class and register."""
    site = _site()
    spec = _spec(site, "pdu-r02-b")
    program = require_server("snmpget", "snmp")
    oids = (f"{PDU}.4.3.1.5.1", f"{PDU}.4.3.1.9.1", f"{PDU}.2.1.8.1", "1.3.6.1.2.1.1.2.0")
    arguments = ("-v2c", "-c", COMMUNITY, "-On", f"127.0.0.1:{spec.port}", *oids)
    answer = asyncio.run(_with_client(site, program, *arguments))
    power, energy = _numbers(answer.stdout)
    signals = site.room.signals()
    assert power * 10.0 == pytest.approx(signals["pdu.power_w/1/1"], rel=0.01, abs=5.0)
    assert energy * 360_000.0 == pytest.approx(signals["pdu.energy_j/1/1"], rel=0.01)
    assert "AP8641" in answer.stdout
    assert "1.3.6.1.4.1.318" in answer.stdout


@pytest.mark.parametrize("program", ["snmpwalk", "snmpbulkwalk"])
def test_walk(require_server: Callable[[str, str], Path], program: str) -> None:
    """Walks, by GETNEXT and by GETBULK, end by themselves and show every instance once, in order."""
    site = _site()
    spec = _spec(site, "pdu-r01-a")
    walker = require_server(program, "snmp")
    arguments = ("-v2c", "-c", COMMUNITY, "-On", f"127.0.0.1:{spec.port}", "1.3.6.1.4.1")
    answer = asyncio.run(_with_client(site, walker, *arguments))
    shown = [parsed(oid) for oid in re.findall(r"^\.([\d.]+) = (?!No more)", answer.stdout, re.MULTILINE)]
    held = sorted(oid for oid in instances(site.devices[spec.name], spec.plate) if oid[:6] == (1, 3, 6, 1, 4, 1))
    assert shown == held


def test_three_probes_at_a_rack(require_server: Callable[[str, str], Path]) -> None:
    """The environment monitor shows low, middle and high inlet in tenths of a degree."""
    site = _site()
    spec = _spec(site, "env-r04")
    program = require_server("snmpwalk", "snmp")
    arguments = ("-v2c", "-c", COMMUNITY, "-On", f"127.0.0.1:{spec.port}", PROBES)
    answer = asyncio.run(_with_client(site, program, *arguments))
    offset_k = site.devices[spec.name].errors.offset_k
    expected = [(site.room.value(f"rack.inlet_c/3/{level}") + offset_k) * 10 for level in range(3)]
    # Half a step of the register, and noise.
    assert _numbers(answer.stdout) == pytest.approx(expected, abs=0.5 + 1.8)


def test_snmp_set_is_refused(require_server: Callable[[str, str], Path]) -> None:
    """SET is answered with notWritable and changes nothing."""
    site = _site()
    port = _spec(site, "ups-a").port
    program = require_server("snmpset", "snmp")
    target = (f"127.0.0.1:{port}", "1.3.6.1.2.1.1.5.0", "s", "mine")
    answer = asyncio.run(_with_client(site, program, "-v2c", "-c", COMMUNITY, *target))
    assert answer.returncode != 0
    assert "notWritable" in answer.stderr


def test_wrong_community_gets_no_answer(require_server: Callable[[str, str], Path]) -> None:
    """An agent is silent towards a wrong community."""
    site = _site()
    port = _spec(site, "ups-a").port
    program = require_server("snmpget", "snmp")
    target = ("-t", "0.3", "-r", "0", f"127.0.0.1:{port}", "1.3.6.1.2.1.1.5.0")
    answer = asyncio.run(_with_client(site, program, "-v2c", "-c", "guess", *target))
    assert "Timeout" in answer.stderr


async def _modbus(site: SimulatedSite) -> None:
    await site.start()
    main, chiller, unit = (_spec(site, name) for name in ("meter-main", "chiller-1", "crah-1"))
    meters = AsyncModbusTcpClient("127.0.0.1", port=main.port, timeout=2)
    client = AsyncModbusTcpClient("127.0.0.1", port=chiller.port, timeout=2)
    try:
        assert await meters.connect()
        assert await client.connect()
        signals = site.room.signals()
        power = await meters.read_holding_registers(3059, count=2, device_id=main.unit)
        assert client.convert_from_registers(power.registers, client.DATATYPE.FLOAT32) == pytest.approx(
            signals["utility.power_w"] / 1000.0, rel=0.005
        )
        energy = await meters.read_holding_registers(3203, count=4, device_id=main.unit)
        watt_hours = client.convert_from_registers(energy.registers, client.DATATYPE.INT64)
        assert watt_hours == pytest.approx(signals["utility.energy_j/0"] / 3600.0, rel=0.005)
        chilled = await client.read_input_registers(2, count=2, device_id=chiller.unit)
        assert struct.unpack(">f", struct.pack(">HH", *reversed(chilled.registers)))[0] == pytest.approx(10.0, abs=0.31)
        supply = await client.read_holding_registers(1, count=1, device_id=unit.unit)
        assert supply.registers[0] == pytest.approx(180, abs=4)

        single = await client.write_register(3, 200, device_id=unit.unit)
        several = await client.write_registers(3, [200, 1], device_id=unit.unit)
        coil = await client.write_coil(0, True, device_id=unit.unit)
        assert all(answer.isError() for answer in (single, several, coil))
        assert single.exception_code == ExcCodes.ILLEGAL_FUNCTION
        after = await client.read_holding_registers(3, count=1, device_id=unit.unit)
        assert after.registers[0] == 180

        assert (await client.read_input_registers(1, count=1, device_id=unit.unit)).isError()
        assert (await meters.read_holding_registers(9000, count=2, device_id=main.unit)).isError()
    finally:
        meters.close()
        client.close()
        await site.stop()


def test_modbus_reads_and_refuses_writes() -> None:
    """A client reads meters, chiller and air handler; FC 5, 6, 16, other functions and addresses are refused."""
    asyncio.run(_modbus(_site()))


def test_words_by_hand() -> None:
    """Byte orders, worked by hand: 0x0001E240 is 123456."""
    orders = {"ABCD": "0001e240", "CDAB": "e2400001", "BADC": "010040e2", "DCBA": "40e20100"}
    assert {order: octets(Raw.UINT32, 123456.0, order).hex() for order in orders} == orders


def test_registers_move_with_the_plant() -> None:
    """After an hour of plant time a meter's energy register has moved by its mean power."""
    site = _fresh_site()
    device = site.devices["meter-main"]
    energy = next(wired for wired in device.points if wired.point.quantity == "active_energy_j" and not wired.part)
    before, truth = device.raw(energy), site.truth()
    site.advance(3600.0)
    moved_j = (device.raw(energy) - before) * 3600.0
    assert moved_j == pytest.approx((site.truth().utility_j - truth.utility_j) * device.errors.gain, abs=7200.0)


@pytest.mark.parametrize("name", sorted({spec.profile for spec in _site().preset.devices}))
def test_every_point_is_served(name: str) -> None:
    """Each register and each scalar OID of a profile has a wire: nothing reads 0 for lack of one."""
    site = _site()
    spec = next(spec for spec in site.preset.devices if spec.profile == name)
    device = site.devices[spec.name]
    served = {(wired.point.quantity, wired.point.part) for wired in device.points}
    loose = {
        (point.quantity, point.part)
        for point in device.profile.points
        if point.table is None and (point.quantity, point.part) not in served
    }
    assert not loose


def test_agents_are_recognisable() -> None:
    """Each agent answers the sysObjectID and has something below at least one probe of its own profile."""
    site = _site()
    for spec in site.preset.devices:
        chosen = profile(spec.profile)
        if chosen.protocol != "snmp":
            continue
        held = instances(site.devices[spec.name], spec.plate)
        assert any(oid[: len(probe)] == probe for probe in map(parsed, chosen.match.probes) for oid in held)
        if chosen.match.object_ids:
            assert any(object_id_of(chosen).startswith(prefix.strip(".")) for prefix in chosen.match.object_ids)


def test_loose_wire_is_refused() -> None:
    """A wire that no point of the profile takes is an error, not a silence."""
    assert "apc-rpdu2" in profile_names()
    errors = _site().devices["ups-a"].errors
    with pytest.raises(ValueError, match="no point for"):
        Device("x", profile("apc-rpdu2"), {("outlet/1", "air_temperature_c"): 1.0}, lambda _: 0.0, errors)


def test_plate_is_shown() -> None:
    """Model and serial number stand where the profile looks for them."""
    site = _site()
    held = instances(site.devices["crah-3"], Plate(model="PCW 40", serial="S1"))
    texts = [value() for value in held.values()]
    assert any(b"PCW 40" in text for text in texts)
    assert any(b"S1" in text for text in texts)
