"""Probing recorded devices that snmpsim replays, a real agent, and devices that do not answer."""

from __future__ import annotations

import asyncio
import grp
import os
import pwd
import shutil
import socket
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from collectors.probe import ProbeResult, as_toml, matches, probe
from collectors.snmp.engine import oid_key
from greendc.clock import ManualClock
from greendc.device import Credential
from greendc.errors import ConfigError, DeviceAway, DeviceRefused
from greendc.model import DeviceIdentity
from greendc.profiles import Match, profile
from greendc.quantities import quantity
from greendc.settings import Secret
from tests.servers import ServerProcess, free_port, require_server
from tests.snmp_cases import CASES, case, differences
from tests.snmpd import V2C, V3, answers, snmpd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greendc.model import Reading

NAMES = ["apc-rpdu2", "geist-environment", "host-resources", "ups-huawei", "ups-rfc1628", "vertiv-crac"]
OBJECT_ID = "1.3.6.1.2.1.1.2.0|6|"
STRANGE = {"": "nameless", "1.3.6.1.4.1.8072.3.2.10": "net-snmp", "0.10.43.6.1.4.1": "no-maker"}
"""What some agents give as sysObjectID: nothing, that of their software, or something else."""


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Replay the recordings by snmpsim, each under its profile's name as community; give the port."""
    program = Path(sys.executable).with_name("snmpsim-command-responder")
    if not program.exists():
        require_server("snmpsim-command-responder", "python3-snmpsim")
    folder = tmp_path_factory.mktemp("snmpsim")
    (folder / "data").mkdir()
    for name in NAMES:
        recording = CASES / name / "recording.snmprec"
        shutil.copy(recording, folder / "data" / f"{name}.snmprec")
        lines = recording.read_text("utf-8").splitlines(keepends=True)
        for object_id, kind in STRANGE.items():
            changed = [f"{OBJECT_ID}{object_id}\n" * bool(object_id) if OBJECT_ID in line else line for line in lines]
            (folder / "data" / f"{name}-{kind}.snmprec").write_text("".join(changed), "utf-8")
    (folder / "data" / "card.snmprec").write_text(both("ups-huawei", "host-resources"), "utf-8")
    port = free_port(socket.SOCK_DGRAM)
    command: list[str | Path] = [
        program,
        f"--data-dir={folder}/data",
        f"--cache-dir={folder}/cache",
        "--log-level=error",
    ]
    command += [f"--agent-udpv4-endpoint=127.0.0.1:{port}"]
    if os.geteuid() == 0:
        command += [f"--process-user={pwd.getpwuid(0).pw_name}", f"--process-group={grp.getgrgid(0).gr_name}"]
    ready = community(NAMES[-1])
    server = ServerProcess(command, ready=lambda: answers(port, ready), timeout_s=60, env={"PYTHONWARNINGS": ""})
    with server:
        yield port


def both(first: str, second: str) -> str:
    """Return two recordings as one, in the order of OIDs; the first is the one that counts."""
    rows: dict[str, str] = {}
    for name in (second, first):
        rows |= {
            line.partition("|")[0]: line
            for line in (CASES / name / "recording.snmprec").read_text("utf-8").splitlines()
        }
    return "".join(f"{rows[oid]}\n" for oid in sorted(rows, key=oid_key))


def community(name: str) -> Credential:
    """Return the credential under which snmpsim serves a recording."""
    return Credential(kind="snmp-v2c", community=Secret(name))


def look(address: str, credential: Credential | None, name: str | None = None) -> ProbeResult:
    """Probe an address."""
    return asyncio.run(probe(address, credential=credential, profile=name, clock=ManualClock(5)))


def by_key(readings: list[Reading]) -> dict[tuple[str, str], float | None]:
    """Return values by part and quantity."""
    return {(reading.part, reading.quantity): reading.value for reading in readings}


@pytest.mark.parametrize("name", NAMES)
def test_replayed_device(replay: int, name: str) -> None:
    """A replayed device says who it is, is recognised, and reads as worked out by hand."""
    result = look(f"snmp://127.0.0.1:{replay}", community(name))
    wanted = case(name)
    assert result.profiles == wanted.profiles
    device = result.device
    assert (device.model, device.serial, device.firmware) == (wanted.model, wanted.serial, wanted.firmware)
    assert device.name == wanted.name
    if name == "geist-environment":
        moving = {key: value for key, value in by_key(result.readings).items() if key[1] == "air_temperature_c"}
        assert set(moving) == {(part, "air_temperature_c") for part in ("internal/1", "remote/2", "remote/3")}
        assert all(value is not None and 10 <= value <= 30 for value in moving.values())
    else:
        # The time since the start moves on while it is replayed.
        still = msgspec.structs.replace(
            wanted.walks[0], values=[row for row in wanted.walks[0].values if row[1] != "uptime_s"]
        )
        assert differences(still, result.readings) == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("object_id", STRANGE)
def test_strange_object_id(replay: int, name: str, object_id: str) -> None:
    """Every device is recognised by what it has, whatever it gives as sysObjectID, and as nothing else."""
    result = look(f"snmp://127.0.0.1:{replay}", community(f"{name}-{STRANGE[object_id]}"))
    assert result.device.object_id == object_id
    assert result.profiles == [name]


def test_card_with_a_computer(replay: int) -> None:
    """A UPS whose card also tells of its own computer is a UPS first, and says so in the site file."""
    result = look(f"snmp://127.0.0.1:{replay}", community("card"))
    assert result.profiles == ["ups-huawei", "host-resources"]
    assert result.device.model == "UPS5000"
    stanza = as_toml(result, "snmp://10.0.0.5", "ups-1")
    assert tomllib.loads(stanza)["devices"][0]["profile"] == "ups-huawei"
    assert "host-resources" in stanza
    read = by_key(result.readings)
    assert read["output/l1", "voltage_v"] == pytest.approx(219.9)
    assert read["", "memory_total_by"]


def test_volts_times_amperes(replay: int) -> None:
    """The replayed PDU's V x I is its apparent power within 5 %."""
    read = by_key(look(f"snmp://127.0.0.1:{replay}", community("apc-rpdu2")).readings)
    volts, amperes, apparent = (read["phase/l1", key] for key in ("voltage_v", "current_a", "apparent_power_va"))
    assert volts is not None
    assert amperes is not None
    assert volts * amperes == pytest.approx(apparent, rel=0.05)


def test_named_profile(replay: int) -> None:
    """With a profile named, only that one is read, whether it fits or not."""
    result = look(f"snmp://127.0.0.1:{replay}", community("apc-rpdu2"), "ups-rfc1628")
    assert result.profiles == ["ups-rfc1628"]
    scalars = [reading for reading in result.readings if reading.quantity != "uptime_s"]
    assert {(reading.value, reading.reason) for reading in scalars} == {(None, "not_supported")}


@pytest.mark.parametrize("credential", [V2C, V3], ids=["v2c", "v3"])
def test_real_agent(tmp_path: Path, credential: Credential) -> None:
    """This machine's own agent is recognised as a server, by v2c and by v3."""
    server, port = snmpd(tmp_path, ["sysName this-machine"])
    with server:
        result = look(f"snmp://127.0.0.1:{port}", credential)
    assert result.profiles == ["host-resources"]
    assert result.device.name == "this-machine"
    assert result.device.object_id.startswith("1.3.6.1.4.1.8072.")
    assert by_key(result.readings)["", "memory_total_by"]


def test_wrong_credentials(tmp_path: Path) -> None:
    """A wrong community looks like no device at all; a wrong v3 key is refused."""
    server, port = snmpd(tmp_path)
    with server:
        with pytest.raises(DeviceRefused):
            look(f"snmp://127.0.0.1:{port}", msgspec.structs.replace(V3, auth=Secret("not the passphrase")))
        with pytest.raises(DeviceAway):
            look(f"snmp://127.0.0.1:{port}", community("wrong"))


@pytest.mark.parametrize(
    ("address", "credential", "name", "said"),
    [
        ("ftp://127.0.0.1", None, None, "ftp"),
        ("snmp://127.0.0.1", None, None, "credential"),
        ("snmp://127.0.0.1", V2C, "no-such-profile", "no-such-profile"),
        ("snmp://127.0.0.1", V2C, "eastron-sdm630", "eastron-sdm630"),
        ("modbus://127.0.0.1:1502", None, None, "schneider-iem3000"),
    ],
)
def test_mistakes_of_the_caller(address: str, credential: Credential | None, name: str | None, said: str) -> None:
    """What can only be wrong in the command line is told as that, before anything is asked."""
    with pytest.raises(ConfigError, match=said):
        look(address, credential, name)


def test_modbus_nobody_there() -> None:
    """A Modbus device that does not answer is away."""
    with pytest.raises(DeviceAway):
        look(f"modbus://127.0.0.1:{free_port()}?unit=1", None, "eastron-sdm630")


def test_this_machine() -> None:
    """The machine itself is probed without a profile."""
    result = look("host://", None)
    assert result.profiles == ["host"]
    assert by_key(result.readings)["", "memory_total_by"]


@pytest.mark.parametrize("kind", ["snmp-v2c", "snmp-v3"])
def test_stanza(kind: str) -> None:
    """The stanza is TOML that names the profile and where the secrets are, and holds no secret."""
    device = DeviceIdentity(maker="APC", model='AP"8641"\nx', serial="1")
    result = ProbeResult(
        device=device, profiles=["apc-rpdu2", "host-resources"], readings=[], credential=kind, user="monitor"
    )
    text = as_toml(result, "snmp://10.0.0.5", "rack.1")
    data = tomllib.loads(text)
    assert data["devices"] == [
        {
            "name": "rack.1",
            "profile": "apc-rpdu2",
            "address": "snmp://10.0.0.5",
            "credential": "rack.1",
            "interval_s": 10,
        }
    ]
    assert data["credentials"]["rack.1"]["kind"] == kind
    assert "host-resources" in text


@pytest.mark.parametrize(
    ("name", "object_id", "probed", "fits"),
    [
        ("apc-rpdu2", "1.3.6.1.4.1.318.1.3.4.6", True, True),
        ("apc-rpdu2", "1.3.6.1.4.1.318.1.3.27", False, False),
        ("apc-rpdu2", "1.3.6.1.4.1.3180.1", True, True),
        ("apc-rpdu2", "0.10.43.6.1.4.1", True, True),
        ("apc-rpdu2", "", False, False),
        ("ups-rfc1628", "1.3.6.1.2.1.33", True, True),
        ("ups-rfc1628", "1.3.6.1.4.1.318.1.3.27", False, False),
    ],
)
def test_matches(name: str, object_id: str, *, probed: bool, fits: bool) -> None:
    """Probes decide, whatever the sysObjectID is."""
    known = profile(name)
    assert matches(known, object_id, known.match.probes[:1] * probed, {}) is fits


@pytest.mark.parametrize(
    ("prefix", "fits"), [("1.3.6.1.4.1.9", True), ("1.3.6.1.4.1.99", False), ("1.3.6.1.4.1", True)]
)
def test_matches_without_probes(prefix: str, *, fits: bool) -> None:
    """A profile without probes fits by sysObjectID, arc by arc."""
    match = Match(object_ids=[prefix])
    known = msgspec.structs.replace(profile("apc-rpdu2"), match=match)
    assert matches(known, "1.3.6.1.4.1.9.1", [], {}) is fits


@pytest.mark.parametrize(
    ("maker", "model", "fits"),
    [
        ("HUAWEI", "UPS5000", True),
        ("Huawei Technologies", "UPS5000-E", True),
        ("Eaton", "UPS5000", False),
        ("", "", False),
    ],
)
def test_matches_by_text(maker: str, model: str, *, fits: bool) -> None:
    """A profile that asks for texts fits only where they are said."""
    known = profile("ups-huawei")
    said = dict(zip(known.match.says, (maker, model), strict=True))
    assert matches(known, "", known.match.probes, said) is fits


def test_readings_have_their_time_and_quantity(replay: int) -> None:
    """Every reading of a probe carries the clock's time and a quantity of the data dictionary."""
    readings = look(f"snmp://127.0.0.1:{replay}", community("vertiv-crac")).readings
    assert {reading.time_ns for reading in readings} == {5}
    assert all(quantity(reading.quantity).unit for reading in readings)
