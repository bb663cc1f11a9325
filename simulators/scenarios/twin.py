"""A plant that goes on without an event, beside the one that has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from greendc.units import kwh
from simulators.scenarios.event_truth import ALL_EVENTS, EventTruth, moment, row_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.physics.kinds import FloatArray
    from simulators.plant.facility import Facility
    from simulators.plant.record import Record
    from simulators.scenarios.event import PlantEvent
    from simulators.scenarios.visibility import Visibility

TOTALS = ("utility", "it", "cooling", "loss", "other", "generation")
QUIET_S = 3600.0
"""An effect is gone when nothing of it was left for so long."""
QUIET_SHARE = 1e-5
QUIET_W = 1.0
QUIET_STATES = {"rack.inlet_c": 0.01, "storage.soc_ratio": 1e-3, "ups.charge_ratio": 1e-3}
"""The same state, in its unit, or power, as a share and in watts: then the two plants go the same way from there."""
MOST_AFTER_S = 2 * 86_400.0
"""A twin goes on for so long after its event at most."""
INLETS = "rack.inlet_c"


class Twin:
    """A plant without one event, or without any."""

    def __init__(self, plant: str, facility: Facility, event: PlantEvent | None, events: Sequence[PlantEvent]) -> None:
        self.plant = plant
        self.event = event
        self._facility = facility
        spans = [one.event.span for one in (events if event is None else [event])]
        self._onset_s = min(span.onset_s for span in spans)
        self._end_s = max(span.end_s for span in spans)
        self._quiet_since_s = self._end_s
        self._over = False
        self._joules = dict.fromkeys(TOTALS, 0.0)
        self._peak_k = 0.0
        self._first: tuple[float, str] | None = None

    def follow(self, record: Record, visibility: Visibility) -> None:
        """Do the steps of a record without the event, and note what differs."""
        if self._over or not len(record):
            return
        dt_s = float(record.times_s[-1] - self._facility.time_s) / len(record)
        usual = self._facility.run(len(record), dt_s)
        for name in TOTALS:
            self._joules[name] += float(_difference(record, usual, f"truth.{name}_w").sum()) * dt_s
        inlet_k = _difference(record, usual, INLETS)
        if inlet_k.size:
            self._peak_k = max(self._peak_k, float(inlet_k.max()), float(inlet_k.min()), key=abs)
        if self._first is None:
            self._first = visibility.first(record, usual)
        self._rest(record, usual)

    def row(self) -> EventTruth:
        """Return what is known by now."""
        energies = {name: round(kwh(joules), 6) for name, joules in self._joules.items()}
        return msgspec.structs.replace(
            self._empty_row(),
            first_visible=moment(self._first[0]) if self._first else "",
            visible_in=self._first[1] if self._first else "",
            energy_impact_kwh=energies["utility"],
            it_kwh=energies["it"],
            cooling_kwh=energies["cooling"],
            loss_kwh=energies["loss"],
            other_kwh=energies["other"],
            generation_kwh=energies["generation"],
            peak_inlet_k=round(self._peak_k, 4),
            complete=self._over,
        )

    def _empty_row(self) -> EventTruth:
        if self.event is not None:
            return row_of(self.event.event)
        begin, end = moment(self._onset_s), moment(self._end_s)
        return EventTruth(number=0, kind=ALL_EVENTS, event_class=ALL_EVENTS, target=self.plant, onset=begin, end=end)

    def _rest(self, record: Record, usual: Record) -> None:
        """End the twin once its event is over and nothing differs any more."""
        now_s = float(record.times_s[-1])
        if now_s < self._end_s:
            return
        utility = usual.blocks["truth.utility_w"]
        off = np.abs(record.blocks["truth.utility_w"] - utility) > QUIET_SHARE * np.abs(utility) + QUIET_W
        for block, tolerance in QUIET_STATES.items():
            apart = _difference(record, usual, block)
            if apart.size:
                off |= np.abs(apart).reshape(len(off), -1).max(axis=1) > tolerance
        rows = np.flatnonzero(off | (record.times_s < self._end_s))
        if len(rows):
            self._quiet_since_s = float(record.times_s[rows[-1]])
        if now_s - self._quiet_since_s >= QUIET_S or now_s - self._end_s >= MOST_AFTER_S:
            self._over = True


def _difference(record: Record, usual: Record, block: str) -> FloatArray:
    """Return by how much a block differs, nothing where the plant has no such block."""
    if block not in record.blocks:
        return np.empty(0)
    difference: FloatArray = record.blocks[block] - usual.blocks[block]
    return difference
