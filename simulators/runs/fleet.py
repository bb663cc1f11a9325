"""The edge nodes of a site that are simulated themselves: each samples its cabinet and sends it to the centre."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from greendc.spool import Spool
from simulators.front_ends.mqtt_node import MqttNode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from greendc.broker import Broker
    from simulators.devices.device import Device
    from simulators.front_ends.troubles import Trouble, Troubles
    from simulators.sites.simulated_site import SimulatedSite


class Fleet:
    """Runs the simulated edge nodes of a site; each has a spool of its own."""

    def __init__(self, site: SimulatedSite, data_dir: Path, broker: Broker, troubles: Troubles) -> None:
        """Open the spools; ``troubles`` are asked by the names of nodes and devices."""
        self._site = site
        self._troubles = troubles
        self._spools = {
            # Not where the spools of the centre are: what waits here goes over the broker.
            name: Spool(data_dir / "nodes" / f"{name}.sqlite", site=site.preset.site, node=name)
            for name in site.preset.nodes
        }
        self._nodes = {name: MqttNode(broker, spool, line=self._line(name)) for name, spool in self._spools.items()}

    async def run(self) -> None:
        """Sample and publish until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                for name, node in self._nodes.items():
                    group.create_task(node.run(), name=f"node:{name}")
                    for interval_s, devices in self._devices(name).items():
                        group.create_task(node.sample(devices, interval_s, self._troubles), name=f"sample:{name}")
        finally:
            for spool in self._spools.values():
                spool.close()

    def _devices(self, node: str) -> dict[float, list[Device]]:
        """Return the devices of a node by the interval [s] at which it reads them."""
        found: dict[float, list[Device]] = {}
        for spec in self._site.preset.devices:
            if spec.node == node:
                found.setdefault(spec.interval_s, []).append(self._site.devices[spec.name])
        return found

    def _line(self, name: str) -> Callable[[], Trouble]:
        return lambda: self._troubles.at(name, self._site.time_s)
