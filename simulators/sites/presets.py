"""Ready-made simulated sites: which devices stand where, and the files a person would write for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from greendc.errors import ConfigError
from simulators.devices import wiring
from simulators.devices.device import Wires
from simulators.front_ends.snmp_device import Plate
from simulators.sites.site_text import COMMUNITY, CREDENTIAL, CREDENTIAL_V3, SITE, USER, edge_text, site_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulators.front_ends.snmp_usm import User

RACKS = 6
OVER_V3 = frozenset({"ups-b"})
"""Devices that are read over SNMP v3."""
EDGE_NODES = ("edge-01", "edge-02")
ROOM = "room"

FAULTY_RACK = 3
"""Place of rack r04 in the plant's arrays."""


class DeviceSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One device of a preset: what it is, where it answers, and what of which plant it measures.

    ``accuracy`` is its meter class as a ratio; ``node`` is the edge node that reads it, empty for the centre;
    ``unit`` is a Modbus unit; ``credential`` names what an SNMP agent asks for in the site file.
    """

    name: str
    profile: str
    wires: Wires
    plate: Plate
    port: int
    unit: int = 0
    accuracy: float = 0.01
    plant: str = ROOM
    node: str = ""
    rack: str = ""
    interval_s: float = 5.0
    credential: str = CREDENTIAL

    @property
    def access(self) -> str | User:
        """Return the community or the user that the device's agent knows."""
        return USER if self.credential == CREDENTIAL_V3 else COMMUNITY

    @property
    def address(self) -> str:
        """Return the address for a ``[[devices]]`` stanza."""
        if self.unit:
            return f"modbus://127.0.0.1:{self.port}?unit={self.unit}"
        return f"snmp://127.0.0.1:{self.port}"


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """A simulated site: its name, its devices, and its files by name."""

    site: str
    devices: list[DeviceSpec]
    files: dict[str, str]


def preset(name: str, port: Callable[[], int], broker: str) -> Preset:
    """Return a preset; ``port`` gives a free port at each call, ``broker`` is the URL that edge nodes publish to.

    Raises:
        ConfigError: there is no preset of this name.
    """
    if name != ROOM:
        raise ConfigError.single("simulate.unknown_preset", name=name, known=ROOM)
    devices = _room(port)
    for node in EDGE_NODES:
        devices += _edge(node, port)
    files = {"site.toml": site_text(devices)}
    files |= {f"{node}.toml": edge_text(node, devices, broker) for node in EDGE_NODES}
    return Preset(site=SITE, devices=devices, files=files)


def _room(port: Callable[[], int]) -> list[DeviceSpec]:
    gateway = port()
    devices = [
        DeviceSpec(
            name=name,
            profile=profile,
            wires=wires,
            plate=Plate(model=model, serial=f"SIM{unit:05}"),
            port=gateway,
            unit=unit,
            accuracy=accuracy,
        )
        for name, profile, wires, model, unit, accuracy in (
            ("meter-main", "schneider-iem3000", wiring.iem3000("utility"), "iEM3255", 1, 0.005),
            ("meter-mech", "eastron-sdm630", wiring.sdm630("cooling"), "SDM630", 2, 0.01),
            ("meter-aux", "eastron-sdm630", wiring.sdm630("other"), "SDM630", 3, 0.01),
            ("crah-1", "generic-crah", wiring.crah(0), "CRAH 30", 11, 0.01),
            ("crah-2", "generic-crah", wiring.crah(1), "CRAH 30", 12, 0.01),
            ("chiller-1", "generic-chiller", wiring.chiller(), "WCC 38", 21, 0.01),
        )
    ]
    devices += [_agent(f"ups-{feed}", "ups-rfc1628", wiring.ups(i), "UPS 25K", port) for i, feed in enumerate("ab")]
    devices.append(_agent("crac-1", "vertiv-crac", wiring.liebert(2), "Liebert PCW", port))
    for rack in range(RACKS):
        label = f"r{rack + 1:02}"
        for i, feed in enumerate("ab"):
            at = f"/{i}/{rack}"
            devices.append(_agent(f"pdu-{label}-{feed}", "apc-rpdu2", wiring.rack_pdu(at), "AP8641", port, label))
        devices.append(
            _agent(f"env-{label}", "geist-environment", wiring.environment(f"/{rack}"), "Watchdog 15", port, label)
        )
    devices += [_agent(f"srv-{i + 1:02}", "host-resources", wiring.host(i), "Linux 6.1", port, "r01") for i in range(2)]
    return devices


def _edge(node: str, port: Callable[[], int]) -> list[DeviceSpec]:
    meter = DeviceSpec(
        name=f"{node}-meter",
        profile="eastron-sdm630",
        wires=wiring.sdm630("utility"),
        plate=Plate(model="SDM630", serial=f"SIM-{node}"),
        port=port(),
        unit=1,
    )
    agents = [
        _agent(f"{node}-pdu", "apc-rpdu2", wiring.rack_pdu("/0/0"), "AP8641", port),
        _agent(f"{node}-env", "geist-environment", wiring.environment("/0"), "Watchdog 15", port),
    ]
    return [msgspec.structs.replace(spec, plant=node, node=node, interval_s=10.0) for spec in (meter, *agents)]


def _agent(name: str, profile: str, wires: Wires, model: str, port: Callable[[], int], rack: str = "") -> DeviceSpec:
    return DeviceSpec(
        name=name,
        profile=profile,
        wires=wires,
        plate=Plate(model=model, serial=f"SIM-{name}"),
        port=port(),
        rack=rack,
        credential=CREDENTIAL_V3 if name in OVER_V3 else CREDENTIAL,
    )
