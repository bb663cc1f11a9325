"""Each fault and each measure does to a room of twenty racks what it does to a real one: sign and size."""

from __future__ import annotations

import copy
from functools import cache
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from simulators.plant.plant import Plant
from simulators.plant.sizes import cabinet, hall, room
from simulators.scenarios.event import Event, PlantEvent
from simulators.scenarios.kinds import KINDS
from simulators.scenarios.span import Span
from simulators.scenarios.targets import PlantTargets, Targets

if TYPE_CHECKING:
    from simulators.plant.record import Record

NEW_YEAR_S = 1_767_225_600.0
HOURS_S = 3600.0
DAY_S = 24 * HOURS_S
MOMENTS = {
    "summer": NEW_YEAR_S + 150 * DAY_S + 6 * HOURS_S,
    "evening": NEW_YEAR_S + 150 * DAY_S + 10.5 * HOURS_S,
    "winter": NEW_YEAR_S + 19 * DAY_S + 20 * HOURS_S,
    "mild": NEW_YEAR_S + 484 * HOURS_S,
    "spring": NEW_YEAR_S + 100 * DAY_S + 20 * HOURS_S,
}
"""A local afternoon, an evening peak, and three cool times, in seconds since 1970."""
STEPS = 90
STEP_S = 60.0


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """By how much a signal changes in the last half of the run: a share of what it was, or ``by`` its own unit.

    ``given`` is a measure that stands in both runs; ``also`` is a second signal, its share bounded on both sides.
    """

    signal: str
    low: float
    high: float
    when: str = "summer"
    target: str = ""
    severity: float | None = None
    by: str = "share"
    given: str = ""
    also: tuple[str, float, float] = ("", 0.0, 0.0)


EFFECTS = {
    "fan_failure": Effect(signal="crah.airflow_m3_s/0", low=-1.0, high=-0.99, also=("crah.speed/1", 0.3, 1.0)),
    "filter_clog": Effect(signal="crah.filter_pa/0", low=0.5, high=2.0, also=("crah.power_w/0", 0.02, 0.6)),
    "coil_fouling": Effect(signal="crah.valve/0", low=0.1, high=1.5),
    "valve_stuck": Effect(signal="crah.valve/0", low=-0.7, high=-0.1, also=("crah.supply_c/0", 0.1, 0.8)),
    "control_hunting": Effect(signal="crah.supply_c/0", low=0.5, high=4.0, by="swing"),
    "recirculation": Effect(signal="rack.inlet_c/0/2", low=1.5, high=15.0, by="unit"),
    "air_bypass": Effect(signal="crah.speed/0", low=-1.0, high=1.0),
    "humidity_fight": Effect(signal="crah.humidifier_w/0", low=1000.0, high=2e4, by="unit"),
    "damper_stuck_closed": Effect(
        signal="economiser.air_ratio", low=-1.0, high=-0.1, when="mild", by="unit", given="air_economiser"
    ),
    "damper_stuck_open": Effect(signal="economiser.air_ratio", low=0.9, high=1.0, by="unit"),
    "chiller_degradation": Effect(signal="chiller.power_w/0", low=0.195, high=0.21),
    "condenser_fouling": Effect(signal="chiller.power_w/0", low=0.03, high=0.12),
    "refrigerant_loss": Effect(signal="chiller.power_w/0", low=0.05, high=0.3, also=("chiller.load/0", 0.2, 0.5)),
    "pump_wear": Effect(signal="pump.chilled.power_w", low=0.24, high=0.26),
    "tower_fan_loss": Effect(signal="tower.speed", low=-0.6, high=-0.4, also=("condenser.supply_c", 0.02, 0.5)),
    "tower_fouling": Effect(signal="condenser.supply_c", low=0.02, high=0.3, also=("chiller.power_w/0", 0.005, 0.2)),
    "low_delta_t": Effect(signal="pump.chilled.power_w", low=0.05, high=1.0, also=("chilled.return_c", -0.3, -0.03)),
    "economiser_stuck_closed": Effect(signal="chiller.power_w/0", low=1e3, high=3e4, when="winter", by="unit"),
    "economiser_stuck_open": Effect(signal="truth.cooling_w", low=0.01, high=0.3),
    "water_leak": Effect(signal="water.makeup_m3_s", low=1.5e-5, high=2.8e-5, by="unit"),
    "heat_recovery_loss": Effect(signal="reuse.heat_w", low=-1.0, high=-0.99, when="winter"),
    "cdu_pump_loss": Effect(signal="cdu.flow_m3_s", low=-0.5, high=-0.3, when="hall"),
    "ups_module_loss": Effect(signal="ups.loss_w/0", low=-0.6, high=-0.05),
    "ups_bypass": Effect(signal="ups.mode/0", low=1.0, high=1.0, by="unit", also=("ups.loss_w/0", -0.95, -0.5)),
    "battery_weak": Effect(signal="ups.runtime_s/0", low=-0.8, high=-0.4),
    "storage_weak": Effect(signal="storage.soc_ratio", low=-1.0, high=-0.01, when="evening", by="unit"),
    "pv_string_loss": Effect(signal="pv.power_w", low=-0.6, high=-0.4),
    "phase_overload": Effect(
        signal="pdu.phase.power_w/0/0/0",
        low=1490.0,
        high=1510.0,
        by="unit",
        also=("pdu.phase.current_a/0/0/0", 0.5, 9.0),
    ),
    "grid_outage": Effect(signal="utility.power_w", low=-1.0, high=-1.0, also=("truth.it_w", -0.01, 0.01)),
    "grid_outage_no_generator": Effect(signal="truth.it_w", low=-1.0, high=-0.9),
    "supply_failure": Effect(
        signal="pdu.outlet.power_w/0/0/0", low=-1.0, high=-1.0, also=("pdu.outlet.power_w/1/0/0", 0.8, 1.2)
    ),
    "server_failure": Effect(signal="pdu.outlet.power_w/0/0/0", low=-1.0, high=-1.0),
    "zombie_servers": Effect(
        signal="server.utilisation/0/0", low=-1.0, high=-0.99, also=("rack.power_w/0", -0.7, -0.01)
    ),
    "crypto_load": Effect(
        signal="server.utilisation/0/0", low=0.94, high=0.96, by="level", also=("rack.power_w/0", 0.02, 2.0)
    ),
    "supply_air": Effect(signal="crah.supply_c/0", low=1.5, high=2.1, by="unit", target="all"),
    "chilled_water": Effect(
        signal="chilled.supply_c", low=1.5, high=2.1, by="unit", also=("chiller.power_w/0", -0.09, -0.02)
    ),
    "condenser_water": Effect(signal="condenser.supply_c", low=-2.1, high=-0.2, when="spring", by="unit"),
    "flow_margin": Effect(signal="crah.speed/0", low=-0.12, high=-0.05),
    "fan_minimum": Effect(signal="crah.speed/0", low=0.7, high=1.0, by="level", severity=0.75),
    "containment": Effect(signal="zone.recirculation_ratio/0", low=-0.8, high=-0.5),
    "water_economiser": Effect(signal="chiller.power_w/0", low=1e3, high=3e4, when="winter", severity=0.0, by="unit"),
    "air_economiser": Effect(signal="economiser.air_ratio", low=0.1, high=1.0, when="mild", by="unit"),
    "humidity_band": Effect(signal="humidifier.power_w", low=100.0, high=5e4, when="winter", severity=-4.0, by="unit"),
    "chiller_staging": Effect(signal="chiller.on/1", low=1.0, high=1.0, by="unit"),
    "ups_eco": Effect(signal="ups.loss_w/0", low=-0.9, high=-0.4),
    "consolidation": Effect(
        signal="rack.power_w/0", low=-0.3, high=-0.05, target="r01", also=("server.utilisation/0/0", 0.01, 0.2)
    ),
    "workload": Effect(signal="truth.it_w", low=0.02, high=0.15),
    "water_cycles": Effect(signal="water.blowdown_m3_s", low=-0.8, high=-0.5, also=("water.makeup_m3_s", -0.2, -0.05)),
    "unit_off": Effect(signal="crah.airflow_m3_s/0", low=-1.0, high=-0.99, also=("crah.speed/1", 0.3, 1.0)),
    "lighting": Effect(signal="lighting.power_w", low=-0.81, high=-0.79),
    "storage_schedule": Effect(signal="storage.power_w", low=-1.0, high=-0.99, when="evening", severity=0.0),
}


@cache
def _plant(when: str) -> Plant:
    sizes = {"hall": hall, "cabinet": cabinet}.get(when, room)
    return Plant(1, MOMENTS.get(when, MOMENTS["summer"]), sizes())


@cache
def _usual(when: str, given: str) -> Record:
    plant = copy.deepcopy(_plant(when))
    plant.disturbances.extend(_event(plant, name) for name in [given] if name)
    return plant.run(STEPS, STEP_S)


def _event(plant: Plant, kind_name: str, target: str = "", severity: float | None = None) -> PlantEvent:
    kind = KINDS[kind_name]
    names = Targets(plants={"room": PlantTargets.numbered(plant.levers.sizes)})
    target = target or names.known(kind.scope)[0]
    place = names.place(kind.scope, target)
    assert place is not None
    usual = kind.severity.usual if kind.severity else 0.0
    event = Event(
        number=1,
        kind_name=kind_name,
        target=target,
        span=Span(onset_s=plant.time_s),
        severity=usual if severity is None else severity,
        place=place,
    )
    return PlantEvent(event, place)


def _with(kind_name: str, effect: Effect) -> Record:
    plant = copy.deepcopy(_plant(effect.when))
    plant.disturbances.extend(_event(plant, name) for name in [effect.given] if name)
    plant.disturbances.append(_event(plant, kind_name, effect.target, effect.severity))
    return plant.run(STEPS, STEP_S)


def _change(actual: Record, usual: Record, signal: str, by: str) -> float:
    now, before = actual.signal(signal)[STEPS // 2 :], usual.signal(signal)[STEPS // 2 :]
    if by == "swing":
        return float(np.ptp(now) - np.ptp(before))
    if by == "level":
        return float(now.mean())
    difference = float((now - before).mean())
    return difference if by == "unit" else difference / float(before.mean())


def test_each_kind_is_tried() -> None:
    """A kind of which nobody says what it does to the plant is no kind."""
    assert set(EFFECTS) == {kind.name for kind in KINDS.values() if kind.move is not None}


@pytest.mark.parametrize("kind", EFFECTS)
def test_what_a_kind_does_to_the_room(kind: str) -> None:
    """The first signal changes as said, and the second one where there is one."""
    effect = EFFECTS[kind]
    actual, usual = _with(kind, effect), _usual(effect.when, effect.given)
    change = _change(actual, usual, effect.signal, effect.by)
    assert effect.low - 1e-9 <= change <= effect.high + 1e-9, f"{effect.signal}: {change:g}"
    signal, low, high = effect.also
    if signal:
        change = _change(actual, usual, signal, "share")
        assert low <= change <= high, f"{signal}: {change:g}"


@pytest.mark.parametrize("name", [kind.name for kind in KINDS.values() if kind.move is not None])
def test_any_plant_survives_any_kind(name: str) -> None:
    """In a cabinet without water, tower and second feed everything stays a number, and the balance closes."""
    plant = copy.deepcopy(_plant("cabinet"))
    plant.disturbances.append(_event(plant, name))
    record = plant.run(5, STEP_S)
    assert all(np.isfinite(values).all() for values in record.blocks.values())
    parts = {part: record.blocks[f"truth.{part}_w"] for part in ("it", "cooling", "loss", "other", "generation")}
    used = parts["it"] + parts["cooling"] + parts["loss"] + parts["other"] - parts["generation"]
    assert np.allclose(record.blocks["truth.utility_w"], used, atol=1e-3)
