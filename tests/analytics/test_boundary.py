"""What crosses the boundary besides electricity, and meters that cannot be right as they are entered."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec
import pytest

from analytics.carriers import as_energy, set_names, without_factor
from analytics.kpis import compute
from greendc.model import SeriesKey
from greendc.site import Feed, Meter, Role, Site
from greendc.units import J_PER_KWH
from tests.analytics import plant
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, MINUTE, START
from tests.analytics.room import entry

if TYPE_CHECKING:
    from analytics.result import KpiResult

MAIN, IT = plant.meter(Role.FACILITY_INPUT, "main"), plant.meter(Role.IT_INPUT, "it")


def _history(amounts: dict[Meter, float]) -> MemoryHistory:
    """Return registers that count an amount each (kWh, or m3 and kg) in an hour."""
    history = MemoryHistory()
    for meter, amount in amounts.items():
        scale = J_PER_KWH if meter.energy.endswith("_j") else 1.0
        key = SeriesKey(plant.SITE, meter.device, meter.part, meter.energy)
        history.add(key, [START + i * MINUTE for i in range(61)], [1e4 + amount * scale * i / 60 for i in range(61)])
    return history


def _pue(amounts: dict[Meter, float], *, factors: str = "", feeds: list[Feed] | None = None) -> KpiResult:
    site = plant.site(*amounts)
    info = msgspec.structs.replace(site.info, energy_factors=factors)
    site = msgspec.structs.replace(site, info=info, feeds=feeds or [])
    return compute(_history(amounts), site, START, START + HOUR, {"pue"})[0]


def _codes(result: KpiResult) -> list[str]:
    return [remark.code for remark in result.remarks]


@pytest.mark.parametrize(("factors", "expected"), [("", 1.3936875), ("green-grid", 1.20823125)])
def test_golden_other_carriers_from_meters(factors: str, expected: float) -> None:
    """Gas and diesel count by one set that the figure names: 1.394 or 1.208, and not 1.125 without them."""
    gas = Meter(role=Role.FUEL, device="gas", kind="natural_gas")
    oil = Meter(role=Role.FUEL, device="oil", kind="diesel")
    found = _pue({MAIN: 9e6, IT: 8e6, gas: 200e3, oil: 5.0}, factors=factors)
    assert found.value == pytest.approx(expected, rel=1e-6)
    assert _codes(found) == ["carrier_factors", "carrier_factors_unconfirmed"]


def test_hydrogen_by_mass_and_bought_cooling() -> None:
    """Ten kilograms of hydrogen are 389 kWh; cooling counts by its supplier's factor."""
    hydrogen = Meter(role=Role.FUEL, device="h2", kind="hydrogen", energy="fuel_mass_kg", power="")
    cold = Meter(role=Role.COOLING_IMPORT, device="cold", kind="chilled_water", supplier_factor=0.25)
    assert _pue({MAIN: 1000.0, IT: 1000.0, hydrogen: 10.0}).value == pytest.approx(1.389)
    assert _pue({MAIN: 1000.0, IT: 1000.0, cold: 400.0}).value == pytest.approx(1.1)


@pytest.mark.parametrize(
    ("meter", "factors"),
    [
        (Meter(role=Role.FUEL, device="x", kind="peat"), ""),
        (Meter(role=Role.FUEL, device="x", kind="diesel"), "nobody"),
        (Meter(role=Role.COOLING_IMPORT, device="x", kind="chilled_water"), ""),
    ],
)
def test_a_carrier_without_a_factor_is_refused(meter: Meter, factors: str) -> None:
    """Unknown carriers, unknown sets and a supplier's factor that is not there give no PUE and name the meter."""
    found = _pue({MAIN: 10.0, IT: 8.0, meter: 1.0}, factors=factors)
    assert (found.value, found.reason) == (None, "no_carrier_factor")
    assert found.remarks[0].params["meter"] == "x"


def test_factors_have_dates() -> None:
    """A time before any factor is named as missing; from its first day on a factor counts."""
    meter = Meter(role=Role.FUEL, device="oil", kind="diesel")
    site = plant.site(meter)
    assert as_energy(site, [meter])[0].valid_from == dt.date(2016, 1, 1)
    assert without_factor(site, dt.date(2015, 12, 31), dt.date(2016, 1, 5)) == [meter]
    assert without_factor(site, dt.date(2016, 1, 1), dt.date(2026, 1, 1)) == []
    assert set_names() == ["en-50600-4", "green-grid"]


def test_what_a_ups_feeds_to_pumps_is_not_it() -> None:
    """Category 1 is the output of the UPS less its pumps."""
    ups, pumps = plant.meter(Role.UPS_OUTPUT, "ups"), plant.meter(Role.UPS_NON_IT, "pumps")
    found = _pue({MAIN: 13.0, ups: 11.0, pumps: 1.0})
    assert found.value == pytest.approx(1.3)
    assert found.category == 1


def test_a_meter_that_feeds_another_is_not_counted_twice() -> None:
    """Two distributions in a row are refused whatever is between them; side by side they are summed."""
    floor, rack = plant.meter(Role.PDU_OUTPUT, "floor"), plant.meter(Role.PDU_OUTPUT, "rack")
    amounts = {MAIN: 30.0, floor: 10.0, rack: 10.0}
    chain = [Feed(source="floor", target="panel"), Feed(source="panel", target="rack")]
    found = _pue(amounts, feeds=chain)
    assert (found.value, found.reason) == (None, "double_counted")
    assert found.remarks[0].params == {"outer": "floor", "inner": "rack"}
    assert _pue(amounts).value == pytest.approx(1.5)


def test_a_wrong_category_gives_way_to_a_right_one() -> None:
    """Twice counted distributions do not spoil a UPS that is metered right, and the figure tells of them."""
    ups = plant.meter(Role.UPS_OUTPUT, "ups")
    floor, rack = plant.meter(Role.PDU_OUTPUT, "floor"), plant.meter(Role.PDU_OUTPUT, "rack")
    found = _pue({MAIN: 13.0, ups: 10.0, floor: 9.0, rack: 9.0}, feeds=[Feed(source="floor", target="rack")])
    assert found.value == pytest.approx(1.3)
    assert found.category == 1
    assert _codes(found) == ["counted_twice"]


def test_a_whole_and_its_part_are_not_summed() -> None:
    """An outlet is a part of its strip; two outlets are not parts of each other."""
    whole = plant.meter(Role.IT_INPUT, "strip")
    outlets = [msgspec.structs.replace(whole, part=f"outlet/{i}") for i in (1, 2)]
    assert _pue({MAIN: 13.0, whole: 8.0, outlets[0]: 4.0}).reason == "double_counted"
    assert _pue({MAIN: 13.0, outlets[0]: 4.0, outlets[1]: 6.0}).value == pytest.approx(1.3)


def test_fuel_and_the_power_made_of_it_are_not_both_counted() -> None:
    """A generator counts by its fuel or by its output."""
    oil = Meter(role=Role.FUEL, device="tank", kind="diesel")
    made = plant.meter(Role.GENERATION, "gen")
    found = _pue({MAIN: 10.0, IT: 8.0, oil: 0.001, made: 4.0}, feeds=[Feed(source="tank", target="gen")])
    assert found.reason == "double_counted"


def test_one_register_in_two_roles() -> None:
    """The same register as facility and as IT is refused, unless one role ends where the other starts."""
    day = dt.date(2020, 1, 1)
    found = _pue({MAIN: 10.0, plant.meter(Role.IT_INPUT, "main"): 10.0})
    assert (found.value, found.reason) == (None, "overlapping_roles")
    old = plant.meter(Role.IT_INPUT, "main", valid_to=day)
    assert _pue({MAIN: 10.0, old: 10.0, IT: 8.0}).value == pytest.approx(1.25)


def _ups_site(meter: Meter, feeds: list[Feed]) -> Site:
    site = plant.site(MAIN, meter)
    return msgspec.structs.replace(site, devices=[entry("ups", "ups-rfc1628")], feeds=feeds)


@pytest.mark.parametrize(
    ("meter", "feeds"),
    [
        (Meter(role=Role.UPS_OUTPUT, device="ups", part="input/l1"), []),
        (Meter(role=Role.PDU_OUTPUT, device="panel"), [Feed(source="panel", target="ups")]),
    ],
)
def test_golden_an_it_meter_before_the_ups(meter: Meter, feeds: list[Feed]) -> None:
    """The input of a UPS entered as IT is recognised by its channel or by what it feeds: no 1.30."""
    history = _history({MAIN: 1.3, meter: 1.0})
    (found,) = compute(history, _ups_site(meter, feeds), START, START + HOUR, {"pue"})
    assert (found.value, found.reason) == (None, "ups_input_is_not_it")
    assert _codes(found) == ["before_the_ups"]


def test_energy_of_the_centre_counts_every_carrier() -> None:
    """E_DC is supply and generation and fuel less export."""
    oil = Meter(role=Role.FUEL, device="tank", kind="diesel")
    amounts = {MAIN: 9.0, plant.meter(Role.GENERATION, "pv"): 1.5, plant.meter(Role.EXPORT, "out"): 0.3, oil: 1e-4}
    (found,) = compute(_history(amounts), plant.site(*amounts), START, START + HOUR, {"centre_energy"})
    assert found.value == pytest.approx((10.2 + 0.99) * J_PER_KWH)
