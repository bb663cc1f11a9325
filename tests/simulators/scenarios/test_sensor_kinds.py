"""Each kind of sensor fault gives the readings that its name says, the same ones however they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from greendc.profiles import profile
from simulators.devices.device import Device, Wires
from simulators.devices.sensors import SensorErrors
from simulators.scenarios.event import Event
from simulators.scenarios.kind import EventClass
from simulators.scenarios.kinds import KINDS
from simulators.scenarios.span import Span
from simulators.scenarios.timeline import Timeline
from tests.simulators.scenarios.small_plant import START_S, meter, probe

if TYPE_CHECKING:
    from collections.abc import Callable

    from greendc.physics.kinds import FloatArray

    Check = Callable[[FloatArray, FloatArray], bool]

STEP_S = 60.0
ONSET_S = START_S + 3600.0
TIMES_S: FloatArray = START_S + STEP_S * np.arange(1, 181, dtype=np.float64)
ON = slice(59, 119)
"""The rows from the onset to the end, two hours later less a step."""
OFF = [*range(59), *range(119, 180)]
SPAN = Span(onset_s=ONSET_S, end_s=ONSET_S + 3600.0)
TEMPERATURE: FloatArray = 22.0 + 0.01 * np.arange(180, dtype=np.float64)
POWER: FloatArray = 9000.0 + np.arange(180, dtype=np.float64)
ENERGY: FloatArray = 3.6e12 + np.cumsum(POWER) * STEP_S
ENERGY_AT_ONSET = ENERGY[59]
DAYS = (TIMES_S - ONSET_S) / 86_400.0
PROBE = ("env-r02", "remote/1", "air_temperature_c")
METER = ("meter-main", "", "active_power_w")
WRAPPING = ("pv", "", "active_energy_j")
REGISTER = ("meter-main", "", "active_energy_j")


def _noisy(deviation: float) -> Check:
    return lambda true, shown: 0.7 * deviation < float(np.std(shown - true)) < 1.3 * deviation


def _spiky(true: FloatArray, shown: FloatArray) -> bool:
    spikes = np.abs(shown - true) > 1.0
    return 0 < spikes.sum() < 8 and bool(np.allclose(shown[~spikes], true[~spikes]))


def _gone(true: FloatArray, shown: FloatArray) -> bool:
    return len(true) == len(shown) and bool(np.isnan(shown).all())


def _is(expected: Callable[[FloatArray], FloatArray]) -> Check:
    return lambda true, shown: bool(np.allclose(shown, expected(true), rtol=1e-9, atol=1e-6))


EFFECTS: dict[str, tuple[tuple[str, str, str], float, Check]] = {
    "sensor_stuck": (PROBE, 0.0, _is(lambda _true: np.full(60, TEMPERATURE[59]))),
    "sensor_drift": (PROBE, 0.5, _is(lambda true: true + 0.5 * DAYS[ON])),
    "sensor_offset": (PROBE, -2.0, _is(lambda true: true - 2.0)),
    "sensor_noise": (PROBE, 1.0, _noisy(1.0)),
    "sensor_spikes": (PROBE, 20.0, _spiky),
    "sensor_dropout": (PROBE, 1.0, _gone),
    "meter_reset": (REGISTER, 0.0, _is(lambda true: true - ENERGY_AT_ONSET)),
    "meter_rollover": (WRAPPING, 5.0, lambda true, shown: bool(np.allclose(np.diff(shown), np.diff(true)))),
    "ct_reversed": (METER, 0.0, _is(lambda true: -true)),
    "wrong_scale": (METER, 10.0, _is(lambda true: true * 10.0)),
    "wrong_multiplier": (REGISTER, 1.25, _is(lambda true: ENERGY_AT_ONSET + (true - ENERGY_AT_ONSET) * 1.25)),
    "sensors_swapped": (PROBE, 0.0, _is(lambda true: true + 100.0)),
}
TRUE = {"air_temperature_c": TEMPERATURE, "active_power_w": POWER, "active_energy_j": ENERGY}


def _event(kind: str, series: tuple[str, str, str], severity: float, span: Span = SPAN) -> Event:
    device, part, quantity = series
    return Event(
        number=1,
        kind_name=kind,
        target=device,
        names=(device,),
        span=span,
        severity=severity,
        part=part,
        quantity=quantity,
        other_part="remote/3",
    )


def _device(name: str) -> Device:
    return {"env-r02": probe, "meter-main": meter, "pv": _inverter}[name]()


def _signal(name: str, at_s: FloatArray) -> FloatArray:
    """Return a signal of the rack: the high probe's is 100 K above the others."""
    return np.interp(at_s, TIMES_S, TEMPERATURE) + (100.0 if name.endswith("/2") else 0.0)


def _shown(event: Event, times_s: FloatArray, true: FloatArray, seed: int = 1) -> FloatArray:
    device = _device(event.target)
    timeline = Timeline(name="x", events=(event,), seed=seed)
    faults = timeline.sensor_faults(device, _signal)
    fault = next(fault for fault in faults if fault.touches(event.part or "", event.quantity))
    return fault.values(true, times_s)


def test_each_kind_has_an_effect_here() -> None:
    """A kind that nobody tested is no kind."""
    assert set(EFFECTS) == {kind.name for kind in KINDS.values() if kind.event_class is EventClass.SENSOR}


@pytest.mark.parametrize("kind", EFFECTS)
def test_what_a_faulty_sensor_shows(kind: str) -> None:
    """While it lasts the readings are as the kind says; before and after they are what was measured."""
    series, severity, check = EFFECTS[kind]
    true = TRUE[series[2]]
    shown = _shown(_event(kind, series, severity), TIMES_S, true)
    assert check(true[ON], shown[ON])
    assert np.array_equal(shown[OFF], true[OFF])


@pytest.mark.parametrize("kind", EFFECTS)
def test_it_is_a_function_of_time_and_seed(kind: str) -> None:
    """Reading by reading as in a column; another seed gives other noise and nothing else."""
    series, severity, _ = EFFECTS[kind]
    true = TRUE[series[2]]
    event = _event(kind, series, severity)
    column = _shown(event, TIMES_S, true)
    device = _device(event.target)
    faults = Timeline(name="x", events=(event,)).sensor_faults(device, _signal)
    fault = next(fault for fault in faults if fault.touches(event.part or "", event.quantity))
    one_by_one = [fault.values(true[i : i + 1], TIMES_S[i : i + 1])[0] for i in range(180)]
    assert np.allclose(one_by_one, column, equal_nan=True)
    other = _shown(event, TIMES_S, true, seed=2)
    assert np.array_equal(other, column, equal_nan=True) == (kind not in {"sensor_noise", "sensor_spikes"})


def test_it_holds_on_to_a_new_value_each_time() -> None:
    """A sensor that sticks again and again sticks each time at what it measured then."""
    span = Span(onset_s=ONSET_S, every_s=3600.0, each_s=600.0)
    shown = _shown(_event("sensor_stuck", PROBE, 0.0, span), TIMES_S, TEMPERATURE)
    assert np.all(shown[59:69] == TEMPERATURE[59])
    assert np.all(shown[119:129] == TEMPERATURE[119])
    assert np.array_equal(shown[69:119], TEMPERATURE[69:119])


def test_a_past_that_is_not_in_order_needs_its_anchor() -> None:
    """Told what was measured at the onset, a later day agrees with one that was read in order."""
    event = _event("meter_reset", REGISTER, 0.0)
    timeline = Timeline(name="x", events=(event,))
    (fault,) = timeline.sensor_faults(meter())
    fault.anchor(ENERGY_AT_ONSET)
    assert np.allclose(fault.values(ENERGY[90:100], TIMES_S[90:100]), ENERGY[90:100] - ENERGY_AT_ONSET)


def test_one_reversed_transformer_of_three() -> None:
    """The phase turns its sign, the total loses two thirds, and nothing else is met."""
    event = _event("ct_reversed", ("meter-main", "phase/l2", ""), 0.0)
    faults = Timeline(name="x", events=(event,)).sensor_faults(meter())
    met = {(fault.part, fault.quantity): fault for fault in faults}
    assert set(met) == {("phase/l2", "active_power_w"), ("", "active_power_w"), ("", "active_energy_j")}
    assert np.allclose(met["phase/l2", "active_power_w"].values(POWER, TIMES_S)[ON], -POWER[ON])
    assert np.allclose(met["", "active_power_w"].values(POWER, TIMES_S)[ON], POWER[ON] / 3)
    grown = met["", "active_energy_j"].values(ENERGY, TIMES_S)[ON] - ENERGY_AT_ONSET
    assert np.allclose(grown, (ENERGY[ON] - ENERGY_AT_ONSET) / 3)


def _inverter() -> Device:
    wires: Wires = {("", "active_energy_j"): "pv.energy_j/0"}
    return Device("pv", profile("sunspec-inverter"), wires, lambda _: 0.0, SensorErrors())


def test_a_register_near_its_end_starts_again() -> None:
    """A 32-bit register of Wh that stands 5 kWh before its end reads small numbers a while later."""
    device = _inverter()
    event = _event("meter_rollover", ("pv", "", "active_energy_j"), 5.0, Span(onset_s=float(TIMES_S[0])))
    device.faults.extend(Timeline(name="x", events=(event,)).sensor_faults(device))
    (wired,) = device.points
    stored, _ = device.stored(wired, ENERGY, TIMES_S)
    grown = ENERGY - ENERGY[0]
    turned = grown > 5.0 * 3.6e6
    assert turned.any()
    assert not turned[0]
    assert np.all(stored[~turned] > 2.0**32 * 3600.0 - 5.1 * 3.6e6)
    assert np.allclose(stored[turned], grown[turned] - 5.0 * 3.6e6, atol=3.6e3)


def test_a_register_that_never_ends_is_not_met() -> None:
    """64 bits of Wh outlast every meter."""
    event = _event("meter_rollover", REGISTER, 5.0)
    assert not Timeline(name="x", events=(event,)).sensor_faults(meter())


def test_a_device_shows_its_faults() -> None:
    """What a collector stores goes through sensor, fault and register; no value is a bad reading."""
    device = probe()
    event = _event("sensor_offset", PROBE, 3.0)
    device.faults.extend(Timeline(name="x", events=(event,)).sensor_faults(device))
    wired = next(one for one in device.points if one.part == "remote/1")
    stored, _ = device.stored(wired, TEMPERATURE, TIMES_S)
    assert np.allclose(stored[ON], TEMPERATURE[ON] + 3.0, atol=0.051)
    assert np.allclose(stored[OFF], TEMPERATURE[OFF], atol=0.051)
