"""What the events of a scenario really did: when they first showed, and what energy they cost.

A twin is a copy of the plant, taken as an event begins, that goes on without it: same seed, same steps, all other
events. The difference between the two is the event's effect. A twin ends once its event is over and its effect gone.
"""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING

import msgspec

from simulators.scenarios.event import PlantEvent
from simulators.scenarios.event_truth import EventTruth, events_path, moment, row_of, write_rows
from simulators.scenarios.kind import EventClass
from simulators.scenarios.sensor_watch import SensorWatch
from simulators.scenarios.twin import Twin
from simulators.scenarios.visibility import Visibility

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from simulators.devices.device import Device
    from simulators.plant.facility import Facility
    from simulators.plant.record import Record
    from simulators.scenarios.event import Event
    from simulators.scenarios.timeline import Timeline


class GroundTruth:
    """Follows the plants of a run, each beside its twins.

    Call `prepare` before the plants move on and `note` with what they did; `rows` can be asked for at any time.
    """

    def __init__(
        self, timeline: Timeline, plants: Mapping[str, Facility], devices: Mapping[str, Sequence[Device]]
    ) -> None:
        """Follow plants by name; ``devices`` are those that measure each of them, and carry the sensor faults."""
        self._timeline = timeline
        self._plants = plants
        self._visibility = {name: Visibility(devices.get(name, ())) for name in plants}
        self._twins: list[Twin] = []
        self._sensors = [
            SensorWatch(event, plant, device, timeline)
            for event in timeline.events
            for plant, known in devices.items()
            for device in known
            if event.kind.event_class is EventClass.SENSOR and device.name in event.names
        ]
        self._seen_s = -math.inf

    def prepare(self, until_s: float) -> None:
        """Copy the plants whose next events begin before ``until_s`` [s since 1970], the end of their next steps."""
        for event in self._timeline.plant_events():
            plant = self._plants.get(event.place.plant)
            span = event.event.span
            if plant is None or span.onset_s > until_s or span.end_s <= plant.time_s or self._twin(event) is not None:
                continue
            if not any(twin.plant == event.place.plant for twin in self._twins):
                self._begin(plant, event.place.plant, None)
            self._begin(plant, event.place.plant, event)

    def note(self, plant: str, record: Record) -> None:
        """Take what a plant did since the last `prepare`; its twins do the same."""
        for twin in self._twins:
            if twin.plant == plant:
                twin.follow(record, self._visibility[plant])
        for watch in self._sensors:
            if watch.plant == plant:
                watch.look(record)
        if len(record):
            self._seen_s = max(self._seen_s, float(record.times_s[-1]))

    def run(self, plant: str, steps: int, dt_s: float) -> Record:
        """Move a plant on and follow it."""
        facility = self._plants[plant]
        self.prepare(facility.time_s + steps * dt_s)
        record = facility.run(steps, dt_s)
        self.note(plant, record)
        return record

    def rows(self) -> list[EventTruth]:
        """Return the ground truth: an event a row in the order of the scenario, then all events of each plant."""
        rows = [self._row(event) for event in self._timeline.events]
        return rows + [twin.row() for twin in self._twins if twin.event is None]

    def write(self, truth: Path) -> None:
        """Write the rows beside a truth file, in its format."""
        write_rows(self.rows(), events_path(truth))

    def _begin(self, plant: Facility, name: str, event: PlantEvent | None) -> None:
        facility = copy.deepcopy(plant)
        gone = [event] if event is not None else self._timeline.disturbances(name)
        facility.disturbances = [one for one in facility.disturbances if one not in gone]
        self._twins.append(Twin(name, facility, event, self._timeline.disturbances(name)))

    def _twin(self, event: PlantEvent) -> Twin | None:
        return next((twin for twin in self._twins if twin.event == event), None)

    def _row(self, event: Event) -> EventTruth:
        row = msgspec.structs.replace(row_of(event), complete=event.span.end_s <= self._seen_s)
        if event.place is not None:
            twin = self._twin(PlantEvent(event, event.place))
            return row if twin is None else twin.row()
        watches = [watch for watch in self._sensors if watch.event == event]
        if watches:
            watch = min(watches, key=lambda one: one.first_s)
            return msgspec.structs.replace(row, first_visible=moment(watch.first_s), visible_in=watch.series)
        shown = event.kind.event_class is EventClass.NETWORK and event.span.onset_s <= self._seen_s
        return msgspec.structs.replace(row, first_visible=moment(event.span.onset_s) if shown else "")
