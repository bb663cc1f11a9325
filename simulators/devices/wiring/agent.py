"""What every SNMP agent says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulators.devices.device import Wires

AGENT: Wires = {("agent", "uptime_s"): "uptime_s"}
