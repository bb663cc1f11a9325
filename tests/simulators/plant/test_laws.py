"""A facility follows the laws of its parts: signs, sizes and shapes of what a change does."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from simulators.plant.levers import Levers
from simulators.plant.plant import Plant
from simulators.plant.sizes import cabinet, room
from simulators.plant.weather import Climate

if TYPE_CHECKING:
    from simulators.plant.parameters import PlantParameters

SUMMER_S = 1_783_000_000.0
WINTER_S = 1_768_000_000.0
Mover = Callable[[Levers], None]


def _without_extras(climate: Climate | None = None) -> PlantParameters:
    """Return the room with its economiser off, which else takes part of what a change does to the chillers."""
    parameters = room(climate)
    return msgspec.structs.replace(
        parameters, setpoints=msgspec.structs.replace(parameters.setpoints, water_economiser=False)
    )


def _means(
    move: Mover | None = None, *, start_s: float = SUMMER_S, parameters: PlantParameters | None = None, steps: int = 90
) -> dict[str, float]:
    """Return the mean of every signal once a change has worked for an hour."""
    plant = Plant(5, start_s, parameters or _without_extras())
    if move is not None:
        move(plant.levers)
    record = plant.run(steps, 60.0)
    settled = record.rows(slice(steps * 2 // 3, None))
    return {name: float(settled.signal(name).mean()) for name in settled.names()}


def _set(group: str, name: str, value: float) -> Mover:
    def move(levers: Levers) -> None:
        place = getattr(levers, group)
        if isinstance(getattr(place, name), np.ndarray):
            getattr(place, name)[...] = value
        else:
            setattr(place, name, type(getattr(place, name))(value))

    return move


BASE = _means()


def _change(move: Mover, signal: str) -> float:
    return _means(move)[signal] / BASE[signal] - 1.0


def test_cop_falls_with_outdoor_temperature() -> None:
    """The hotter the weather, the lower the chiller's COP and the more the whole cooling takes."""
    means = [
        _means(parameters=_without_extras(Climate(mean_c=mean_c, dew_mean_c=mean_c - 6.0)))
        for mean_c in (16, 20, 24, 28)
    ]
    cops = [mean["chiller.cop/0"] for mean in means]
    assert all(later < earlier for earlier, later in itertools.pairwise(cops))
    cooling = [mean["truth.cooling_w"] for mean in means]
    assert all(later > earlier for earlier, later in itertools.pairwise(cooling))


def test_chilled_water_moves_the_chiller() -> None:
    """One kelvin of warmer chilled water saves the chiller about 2.4 %; pumps take part of it back."""
    warmer = _means(_set("operator", "chilled_set_c", 11.0))
    saved = 1.0 - warmer["chiller.power_w/0"] / BASE["chiller.power_w/0"]
    assert 0.018 <= saved <= 0.032
    assert warmer["crah.valve/0"] > BASE["crah.valve/0"]
    assert warmer["chiller.cop/0"] > BASE["chiller.cop/0"]
    assert warmer["chilled.supply_c"] == pytest.approx(11.0, abs=0.05)


def test_condenser_water_moves_the_chiller() -> None:
    """A kelvin of dirt on the condenser costs the chiller about 2.2 %; so does a kelvin of warmer water."""
    fouled = _means(_set("water", "condenser_fouling_k", 1.0))
    assert 0.018 <= fouled["chiller.power_w/0"] / BASE["chiller.power_w/0"] - 1.0 <= 0.027
    mild = _without_extras(Climate(mean_c=8.0, dew_mean_c=2.0))
    cool, warm = (_means(_set("operator", "condenser_set_c", c), parameters=mild) for c in (18.0, 22.0))
    assert warm["tower.power_w"] < cool["tower.power_w"]
    assert warm["chiller.power_w/0"] / cool["chiller.power_w/0"] == pytest.approx((1 - 0.022) ** -4, rel=0.02)


def test_fans_follow_their_law() -> None:
    """A unit's fan takes a fixed share plus the power 2.5 of its speed, in thin air a fifth less."""
    slow, fast = (_means(_set("operator", "flow_margin", margin)) for margin in (1.0, 1.5))
    for mean in (slow, fast):
        expected = 0.1 + 0.9 * mean["crah.speed/0"] ** 2.5
        assert mean["crah.fan_w/0"] == pytest.approx(1600.0 * mean["crah.air_density"] / 1.2 * expected, rel=0.01)
    assert fast["crah.speed/0"] > 1.4 * slow["crah.speed/0"]
    assert fast["zone.bypass_ratio/0"] > slow["zone.bypass_ratio/0"] + 0.2


def test_supply_air_in_cool_range_saves_a_little() -> None:
    """Two kelvins where the servers do not notice save the site, but well under one per cent."""
    warmer = _means(_set("operator", "supply_set_c", 20.0))
    assert warmer["truth.it_w"] == pytest.approx(BASE["truth.it_w"], rel=2e-4)
    assert 0.0 < 1.0 - warmer["truth.utility_w"] / BASE["truth.utility_w"] < 0.01


def test_supply_air_may_lose_on_the_whole() -> None:
    """Far up, the servers' fans and the units' that follow them eat more than the chillers save."""
    warm, hot = (_means(_set("operator", "supply_set_c", c)) for c in (24.0, 30.0))
    used = [mean["truth.it_w"] + mean["truth.cooling_w"] + mean["truth.loss_w"] for mean in (warm, hot)]
    assert used[1] > used[0]
    assert hot["chiller.cop/0"] == pytest.approx(warm["chiller.cop/0"], rel=0.1)


def test_servers_answer_the_inlet() -> None:
    """Server power rises 0.25 to 0.6 % a kelvin between 23 and 30 degC, and about 8 % up to 35."""
    power, inlet = [], []
    for supply_c in (22.5, 29.5, 34.5):
        mean = _means(_set("operator", "supply_set_c", supply_c))
        power.append(mean["truth.it_w"])
        inlet.append(np.mean([mean[f"rack.inlet_c/{r}/{level}"] for r in range(20) for level in range(3)]))
    assert 0.0025 <= (power[1] / power[0] - 1.0) / (inlet[1] - inlet[0]) <= 0.006
    assert 0.05 <= power[2] / power[0] - 1.0 <= 0.11


def test_economiser_saves_in_winter() -> None:
    """With cold air outside the water-side economiser halves the cooling, and rests on a humid summer day."""
    on, off = (_means(_set("operator", "water_economiser", flag), start_s=WINTER_S, steps=300) for flag in (1, 0))
    assert on["economiser.state"] >= 1.0
    assert on["truth.cooling_w"] < 0.85 * off["truth.cooling_w"]
    warm = room(Climate(mean_c=24.0, dew_mean_c=19.0))
    assert _means(start_s=SUMMER_S, parameters=warm)["economiser.state"] == 0.0


def test_air_economiser_saves_when_the_dew_point_allows() -> None:
    """Dry cool air relieves the chillers; humid air keeps the damper shut."""
    dry, humid = (_without_extras(Climate(mean_c=9.0, dew_mean_c=dew, noise_k=0.0)) for dew in (13.0, 22.0))
    on = _means(_set("operator", "air_economiser", 1), parameters=dry)
    assert on["economiser.air_ratio"] > 0.2
    assert on["truth.cooling_w"] < _means(parameters=dry)["truth.cooling_w"]
    hot = msgspec.structs.replace(humid, climate=Climate(mean_c=20.0, dew_mean_c=17.0, noise_k=0.0))
    assert _means(_set("operator", "air_economiser", 1), parameters=hot)["economiser.air_ratio"] == 0.0


@pytest.mark.parametrize(
    ("group", "lever", "value", "signal", "low", "high"),
    [
        ("air", "filter_resistance", 3.0, "crah.fan_w/0", 0.15, 0.6),
        ("air", "coil_conductance", 0.6, "crah.valve/0", 0.2, 3.0),
        ("air", "bypass_add", 0.3, "truth.it_w", -0.001, 0.05),
        ("water", "chiller_eir", 1.2, "chiller.power_w/0", 0.195, 0.205),
        ("water", "tower_fill", 0.5, "condenser.supply_c", 0.01, 0.5),
        ("water", "tower_fan", 0.5, "chiller.power_w/0", 0.01, 0.5),
        ("water", "pump_efficiency", 0.8, "pump.chilled.power_w", 0.24, 0.26),
        ("water", "chilled_bypass", 0.6, "pump.chilled.power_w", 0.05, 4.0),
        ("operator", "water_cycles", 8.0, "water.makeup_m3_s", -0.2, -0.1),
        ("operator", "lighting_ratio", 0.5, "lighting.power_w", -0.501, -0.499),
        ("operator", "ups_eco", 1.0, "ups.loss_w/0", -0.9, -0.4),
        ("power", "ups_modules", 0.5, "ups.loss_w/0", -0.5, -0.05),
        ("work", "factor", 1.3, "truth.it_w", 0.03, 0.3),
    ],
)
def test_levers_move_what_they_should(
    group: str, lever: str, value: float, signal: str, low: float, high: float
) -> None:
    """Each lever changes its signal by the right sign and size."""
    assert low <= _change(_set(group, lever, value), signal) <= high


def test_a_failed_fan_is_made_up_for() -> None:
    """With one unit of three down, its neighbours run faster and the racks stay cool."""

    def fail(levers: Levers) -> None:
        levers.air.fan_capacity[0] = 0.0

    failed = _means(fail)
    assert failed["crah.airflow_m3_s/0"] == 0.0
    assert failed["crah.on/0"] == 0.0
    assert failed["crah.speed/1"] == pytest.approx(1.5 * BASE["crah.speed/1"], rel=0.03)
    assert failed["crah.speed/4"] == pytest.approx(BASE["crah.speed/4"], rel=0.01)
    assert failed["rack.inlet_c/0/2"] < BASE["rack.inlet_c/0/2"] + 1.0


def test_recirculation_and_containment() -> None:
    """Exhaust that comes back heats its own rack; containment takes it away."""

    def leak(levers: Levers) -> None:
        levers.air.recirculation_add[3] = 0.2

    def contain(levers: Levers) -> None:
        leak(levers)
        levers.air.containment[:] = 0.8

    leaky, contained = _means(leak), _means(contain)
    assert leaky["rack.inlet_c/3/2"] > BASE["rack.inlet_c/3/2"] + 4.0
    assert leaky["rack.inlet_c/4/2"] == pytest.approx(BASE["rack.inlet_c/4/2"], abs=0.3)
    assert contained["rack.inlet_c/3/2"] < leaky["rack.inlet_c/3/2"] - 3.0


def test_too_little_air_comes_back_from_the_hot_aisle() -> None:
    """When units give less than the servers draw, the rest is hot air, in the whole zone."""

    def weak(levers: Levers) -> None:
        levers.air.fan_capacity[:3] = 0.3

    starved = _means(weak)
    assert starved["zone.recirculation_ratio/0"] > 0.2
    assert starved["rack.inlet_c/0/0"] > BASE["rack.inlet_c/0/0"] + 3.0
    assert starved["rack.inlet_c/12/0"] < BASE["rack.inlet_c/12/0"] + 0.5


def test_a_stuck_valve_warms_or_wastes() -> None:
    """A coil whose valve is nearly shut cannot hold its supply air."""

    def stick(levers: Levers) -> None:
        levers.air.valve_stuck[0] = 0.05

    stuck = _means(stick)
    assert stuck["crah.supply_c/0"] > 20.0
    assert stuck["crah.valve/0"] == pytest.approx(0.05)
    assert stuck["crah.supply_c/1"] == pytest.approx(18.0, abs=0.2)


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_loss_of_cooling_is_quick(scale: float) -> None:
    """At 5 and 10 kW a rack, five kelvins are gone two to six minutes after all fans have stopped."""
    base = _without_extras()
    bigger = msgspec.structs.replace(
        base,
        servers=msgspec.structs.replace(base.servers, idle_w=500.0 * scale, full_w=640.0 * scale),
        electrical=msgspec.structs.replace(base.electrical, ups_w=4e5, pdu_w=2e4, transformer_w=9e5),
        water=msgspec.structs.replace(base.water, chiller_w=3e5),
        air=msgspec.structs.replace(base.air, flow_m3_s=6.0, coil_w_per_k=12000.0, water_kg_s=4.0),
    )
    plant = Plant(5, SUMMER_S, bigger)
    plant.run(5, 60.0)
    per_rack = plant.truth().it_w / 20
    before = plant.value("zone.return_c/0")
    plant.levers.air.fan_capacity[:] = 0.0
    warmer = plant.run(400, 1.0).signal("zone.return_c/0") - before
    after_s = int(np.argmax(warmer > 5.0))
    assert 4_000 < per_rack < 12_000
    assert 110 <= after_s <= 380


def test_moisture_condenses_on_cold_coils() -> None:
    """Humid outdoor air that leaks in ends up on the coils, whose latent heat the chiller carries."""
    wet = _without_extras(Climate(mean_c=27.0, dew_mean_c=24.0, noise_k=0.0))
    wet = msgspec.structs.replace(wet, air=msgspec.structs.replace(wet.air, infiltration_per_h=2.0))
    cold = _means(_set("operator", "chilled_set_c", 6.0), parameters=wet, steps=240)
    warm = _means(_set("operator", "chilled_set_c", 14.0), parameters=wet, steps=240)
    assert cold["zone.latent_w/0"] > warm["zone.latent_w/0"] + 200.0
    assert cold["zone.dew_point_c/0"] < warm["zone.dew_point_c/0"]


def test_units_that_fight_over_moisture() -> None:
    """A humidifier that fights costs its own power and the latent heat of what condenses again."""
    fought = _means(_set("air", "humidifier_fight", 1.0), steps=240)
    assert fought["humidifier.power_w"] > 6 * 2000.0
    assert fought["truth.cooling_w"] > BASE["truth.cooling_w"] + 12_000.0
    assert fought["zone.dew_point_c/0"] > BASE["zone.dew_point_c/0"]


def test_chillers_are_staged() -> None:
    """One machine carries the room; two when one has lost capacity, or when a person says so."""
    assert BASE["chiller.on/0"] == 1.0
    assert BASE["chiller.on/1"] == 0.0
    assert _means(_set("water", "chiller_capacity", 0.5))["chiller.on/1"] == 1.0
    both = _means(_set("operator", "chillers_on", 2))
    assert both["chiller.load/0"] == pytest.approx(BASE["chiller.load/0"] / 2, rel=0.05)
    assert both["chiller.cop/0"] < BASE["chiller.cop/0"]


def test_an_outage_is_bridged() -> None:
    """The UPS carries the servers, the generator takes over within a minute, and nothing comes from the utility."""
    plant = Plant(5, SUMMER_S, room())
    plant.levers.power.grid = 0.0
    record = plant.run(120, 1.0)
    assert np.all(record.signal("truth.it_w") > 5e4)
    assert np.all(record.signal("utility.power_w") == 0.0)
    assert record.signal("ups.mode/0")[0] == 2.0
    assert record.signal("ups.charge_ratio/0").min() < 0.999
    assert record.signal("generator.power_w")[-1] == pytest.approx(
        record.signal("truth.it_w")[-1]
        + record.signal("truth.loss_w")[-1]
        + record.signal("truth.other_w")[-1]
        + record.signal("truth.cooling_w")[-1]
        - record.signal("truth.generation_w")[-1]
        + record.signal("generator.power_w")[-1]
    )
    plant.levers.power.grid = 1.0
    after = plant.run(40, 60.0)
    assert after.signal("utility.power_w")[-1] > 5e4
    assert after.signal("generator.power_w")[-1] == 0.0
    assert after.signal("ups.charge_ratio/0")[-1] > 0.99


def test_without_a_generator_the_servers_die() -> None:
    """When neither grid nor generator come, batteries end, servers stop, and the account still closes."""
    plant = Plant(5, SUMMER_S, room())
    plant.levers.power.grid = plant.levers.power.generator = 0.0
    record = plant.run(120, 60.0)
    assert record.signal("truth.it_w")[3] > 5e4
    assert record.signal("truth.it_w")[-1] == 0.0
    assert math.isnan(plant.truth().pue)
    assert plant.value("ups.charge_ratio/0") == 0.0


def test_a_supply_that_fails_moves_to_the_other_feed() -> None:
    """A server with one dead supply draws all of its power from the other feed."""

    def fail(levers: Levers) -> None:
        levers.work.feed_a_share[2, 5] = 0.0

    failed = _means(fail)
    assert failed["pdu.outlet.power_w/0/2/5"] == 0.0
    assert failed["pdu.outlet.power_w/1/2/5"] == pytest.approx(
        BASE["pdu.outlet.power_w/0/2/5"] + BASE["pdu.outlet.power_w/1/2/5"], rel=0.01
    )


def test_a_cabinet_feels_the_weather() -> None:
    """The split unit of an edge cabinet takes more on a hot day, and holds its supply air."""
    cool, hot = (_means(parameters=cabinet(Climate(mean_c=mean_c))) for mean_c in (8.0, 22.0))
    assert hot["split.power_w"] > 1.2 * cool["split.power_w"]
    assert hot["rack.inlet_c/0/1"] == pytest.approx(20.7, abs=0.8)


def test_a_year_looks_like_kunming() -> None:
    """Over a year the PUE lies where such rooms lie, is better in winter, and water and free cooling are plausible."""
    plant = Plant(7, 1_767_225_600.0, room())
    used, it, water, free, hot = [], [], [], [], []
    for day in range(0, 365, 14):
        plant.time_s = 1_767_225_600.0 + day * 86_400.0
        record = plant.run(48, 1800.0)
        it.append(record.signal("truth.it_w").mean())
        used.append(sum(record.signal(f"truth.{part}_w").mean() for part in ("it", "cooling", "loss", "other")))
        water.append(record.signal("water.makeup_m3_s").mean())
        free.append((record.signal("economiser.state") > 0).mean())
        hot.append(record.signal("outdoor.wet_bulb_c").mean())
    pue = np.array(used) / np.array(it)
    assert 1.25 <= pue.mean() <= 1.40
    assert pue[np.argsort(hot)[:8]].mean() < pue[np.argsort(hot)[-8:]].mean() - 0.04
    assert 1.0 <= np.mean(water) * 1000 * 3.6e6 / np.mean(it) <= 2.2
    assert 0.3 <= np.mean(free) <= 0.85
    assert 60e3 <= np.mean(it) <= 80e3
