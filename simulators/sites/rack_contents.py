"""What stands in the racks of a simulated site: servers at the outlets of the rack PDUs, and a switch on top."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.plant.distribution import OUTLETS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simulators.sites.device_spec import DeviceSpec, RackSpec

RACKS_FILLED = 20
"""The contents of so many racks are written down: more would only make the file long."""
RACK_UNITS = 42
RACK_KG = 900.0
_SERVER_UNITS, _SERVER_KG, _SWITCH_KG = 4, 62.0, 9.0


def contents(racks: Sequence[RackSpec], devices: Sequence[DeviceSpec]) -> Iterator[dict[str, object]]:
    """Yield the ``[[mounted]]`` stanzas; servers that are read stand lowest in their rack."""
    for rack in racks[:RACKS_FILLED]:
        inside = [device for device in devices if device.rack == rack.name and not device.node]
        pdus = [device.name for device in inside if device.profile == "apc-rpdu2"]
        hosts = [device.name for device in inside if device.profile == "host-resources"]
        for i in range(OUTLETS):
            yield {
                "name": hosts[i] if i < len(hosts) else f"{rack.name}-s{i + 1}",
                "rack": rack.name,
                "unit": 1 + i * _SERVER_UNITS,
                "units": _SERVER_UNITS,
                "title": f"Server {i + 1}",
                "mass_kg": _SERVER_KG,
                "power": [f"{pdu}/outlet/{i + 1}" for pdu in pdus],
            }
        yield {
            "name": f"{rack.name}-switch",
            "rack": rack.name,
            "unit": RACK_UNITS,
            "face": "rear",
            "title": "Switch",
            "mass_kg": _SWITCH_KG,
        }
