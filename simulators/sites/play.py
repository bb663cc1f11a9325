"""A scenario on a simulated site: who plays in it, by the names that a person sees, and what comes of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from simulators.scenarios.ground_truth import GroundTruth
from simulators.scenarios.scenario_file import read_scenario
from simulators.scenarios.targets import PlantTargets, Targets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from greendc.errors import Problem
    from greendc.physics.kinds import FloatArray
    from simulators.devices.device import Device
    from simulators.plant.facility import Facility
    from simulators.plant.record import Record
    from simulators.scenarios.scenario_file import Run
    from simulators.scenarios.timeline import Timeline
    from simulators.sites.presets import DeviceSpec
    from simulators.sites.simulated_site import SimulatedSite

UNIT_SIGNAL = "crah.supply_c"
CHILLER_SIGNAL = "chiller.supply_c"
RACK_SIGNAL = "pdu.power_w"


def targets_of(site: SimulatedSite) -> Targets:
    """Return what can happen to what at a site: units, chillers and racks are called as the devices that show them."""
    specs = site.preset.devices
    plants = {name: _names(plant, [s for s in specs if s.plant == name]) for name, plant in site.plants.items()}
    nodes = sorted({spec.node for spec in specs if spec.node})
    return Targets.of(plants, site.devices.values(), nodes)


class Play:
    """A scenario that plays at a site: its plants are disturbed, its devices have their sensor faults."""

    def __init__(self, site: SimulatedSite, timeline: Timeline) -> None:
        """Begin to play."""
        self.timeline = timeline
        self.troubles = timeline.troubles()
        self._plants = dict(site.plants)
        self._records: Mapping[str, Record] = {}
        of_plant: dict[str, list[Device]] = {name: [] for name in site.plants}
        for spec in site.preset.devices:
            device = site.devices[spec.name]
            device.faults.extend(timeline.sensor_faults(device, partial(self._signal, spec.plant)))
            of_plant[spec.plant].append(device)
        for name, plant in site.plants.items():
            plant.disturbances.extend(timeline.disturbances(name))
        self.truth = GroundTruth(timeline, self._plants, of_plant)

    @classmethod
    def of_file(cls, site: SimulatedSite, wanted: str, run: Run) -> tuple[Play, list[Problem]]:
        """Begin to play a scenario by its name or path; also return what is worth a warning.

        Raises:
            ConfigError: with every problem of the file, each at its line and column.
        """
        timeline, warnings = read_scenario(wanted, targets_of(site), run)
        return cls(site, timeline), warnings

    def note(self, records: Mapping[str, Record]) -> None:
        """Take what the plants did since ``truth.prepare``: their twins do the same, and swapped sensors read it."""
        self._records = records
        for name, record in records.items():
            self.truth.note(name, record)

    def _signal(self, plant: str, name: str, times_s: FloatArray) -> FloatArray:
        """Return a signal at times [s since 1970]: of what the plant did last, else as it is now."""
        record = self._records.get(plant)
        if record is None or len(times_s) == 1:
            return np.full(len(times_s), self._plants[plant].value(name))
        rows = np.clip(np.searchsorted(record.times_s, times_s), 0, len(record) - 1)
        return record.signal(name)[rows]


def _names(plant: Facility, specs: Iterable[DeviceSpec]) -> PlantTargets:
    """Return the names of a plant's parts: those of the devices that measure them, else the usual ones."""
    usual = PlantTargets.numbered(plant.levers.sizes)
    units, chillers, racks = list(usual.units), list(usual.chillers), list(usual.racks)
    for spec in specs:
        for wire in spec.wires.values():
            if not isinstance(wire, str):
                continue
            block, *index = wire.split("/")
            if block == UNIT_SIGNAL and index:
                units[int(index[0])] = spec.name
            elif block == CHILLER_SIGNAL and index:
                chillers[int(index[0])] = spec.name
            elif block == RACK_SIGNAL and spec.rack:
                racks[int(index[-1])] = spec.rack
    return msgspec.structs.replace(usual, units=tuple(units), chillers=tuple(chillers), racks=tuple(racks))
