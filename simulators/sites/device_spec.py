"""What a simulated site is made of: its devices and its racks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from simulators.devices.device import Wires
from simulators.front_ends.snmp_device import Plate
from simulators.sites.site_text import COMMUNITY, CREDENTIAL, CREDENTIAL_V3, USER

if TYPE_CHECKING:
    from simulators.front_ends.snmp_usm import User

ROOM = "room"
"""The plant of a site's centre, whatever its size; edge nodes have plants of their own."""


class RackSpec(msgspec.Struct, frozen=True, kw_only=True):
    """Where a rack stands, which row it looks at, and what it is rated for [kW]; ``position`` counts from 1."""

    name: str
    room: str
    module: str
    row: str
    position: int
    nominal_kw: float = 5.0
    front: str = ""


class DeviceSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One device of a preset: what it is, where it answers, and what of which plant it measures.

    ``accuracy`` is its meter class as a ratio; ``role`` what it measures in the site's energy balance, empty for no
    meter; ``fed_by`` names the devices that feed it. ``node`` is the edge node that reads it, empty for the centre;
    ``unit`` is a Modbus unit, 0 for an SNMP agent; ``credential`` names what an SNMP agent asks for in the site file.
    ``rated_a`` is the rating of the breaker before it [A]. ``heights`` says by part where in its rack a sensor hangs.
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
    role: str = ""
    fed_by: tuple[str, ...] = ()
    interval_s: float = 5.0
    credential: str = CREDENTIAL
    rated_a: float | None = None
    heights: tuple[tuple[str, str], ...] = ()

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
