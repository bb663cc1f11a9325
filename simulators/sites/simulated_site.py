"""A whole simulated site: its plants, its devices, and the servers through which they are read."""

from __future__ import annotations

import logging
import math
from functools import partial
from typing import TYPE_CHECKING

from greendc.ports import LOOPBACK
from greendc.profiles import profile
from simulators.devices.device import Device
from simulators.devices.sensors import draw_errors
from simulators.front_ends.front_ends import Address, FrontEnds
from simulators.front_ends.troubles import CALM
from simulators.plant.plant import Plant
from simulators.plant.variants import variant
from simulators.sites.device_spec import ROOM

if TYPE_CHECKING:
    from simulators.front_ends.troubles import Troubles
    from simulators.plant.record import Record
    from simulators.plant.truth import Truth
    from simulators.plant.weather_year import WeatherYear
    from simulators.sites.presets import Preset

logger = logging.getLogger("greendc.simulators")

LONGEST_STEP_S = 60.0
MOST_STEPS = 600
SEED_STEP = 101
"""Plants of one site differ by their seeds."""


class SimulatedSite:
    """The plants and devices of a preset. `advance` moves time; between `start` and `stop` the devices answer."""

    def __init__(
        self, preset: Preset, *, seed: int, start_s: float, number: int = 0, year: WeatherYear | None = None
    ) -> None:
        """Build all plants as they stand at ``start_s`` [s since 1970].

        A variant's ``number`` builds them another way, ``year`` is weather from a file.
        """
        self.preset = preset
        self._seed = seed
        self._number = number
        self._year = year
        self.plants = self.fresh_plants(start_s)
        self.room = self.plants[ROOM]
        self.devices: dict[str, Device] = {}
        for spec in preset.devices:
            family, plant = profile(spec.profile), self.plants[spec.plant]
            errors = draw_errors(seed, spec.name, spec.accuracy, family.protocol)
            now_s = partial(getattr, plant, "time_s")
            self.devices[spec.name] = Device(spec.name, family, spec.wires, plant.value, errors, now_s)
        self._front: FrontEnds | None = None

    def fresh_plants(self, start_s: float) -> dict[str, Plant]:
        """Return plants of the site's build, as they stand at ``start_s`` [s since 1970]."""
        return {
            name: Plant(self._seed + SEED_STEP * i, start_s, variant(self._number, parameters), year=self._year)
            for i, (name, parameters) in enumerate(self.preset.plants.items())
        }

    @property
    def main(self) -> str:
        """Return the name of the plant whose truth is the site's."""
        return next(iter(self.plants))

    @property
    def time_s(self) -> float:
        """Return the plants' time [s since 1970]."""
        return self.plants[self.main].time_s

    def truth(self) -> Truth:
        """Return what the room really does."""
        return self.room.truth()

    def run(self, steps: int, dt_s: float) -> dict[str, Record]:
        """Move all plants on by ``steps`` steps of ``dt_s`` seconds and return what each did."""
        return {name: plant.run(steps, dt_s) for name, plant in self.plants.items()}

    def advance(self, seconds: float, step_s: float = LONGEST_STEP_S) -> None:
        """Move all plants on, in steps of at most ``step_s``."""
        if seconds <= 0.0:
            return
        steps = math.ceil(seconds / step_s)
        dt_s = seconds / steps
        while steps > 0:
            # In portions, because a run keeps a record of all its steps.
            self.run(min(steps, MOST_STEPS), dt_s)
            steps -= MOST_STEPS

    async def start(self, troubles: Troubles = CALM) -> None:
        """Answer on every address of the preset; ``troubles`` are asked by the names of devices.

        What stands at a simulated edge node is read by that node alone.
        """
        addresses = [
            Address(
                device=self.devices[spec.name], plate=spec.plate, port=spec.port, unit=spec.unit, access=spec.access
            )
            for spec in self.preset.devices
            if spec.node not in self.preset.nodes
        ]
        self._front = FrontEnds(addresses, troubles)
        await self._front.start()
        logger.info("%d devices answer on %s", len(addresses), LOOPBACK)

    async def stop(self) -> None:
        """Fall silent."""
        if self._front is not None:
            await self._front.stop()
        self._front = None
