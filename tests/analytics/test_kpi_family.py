"""The relatives of PUE, each from meters with known energies, and each with its refusals."""

from __future__ import annotations

import datetime as dt
import math

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.kpis import compute
from analytics.kpis.calendar import years
from greendc.clock import from_iso
from greendc.model import SeriesKey
from greendc.site import Meter, Renewable, Role, Site
from greendc.units import J_PER_KWH
from tests.analytics import plant
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, MINUTE, START

DAY = 24 * HOUR
YEAR = 366 * DAY


def _register(history: MemoryHistory, meter: Meter, total: float, length_ns: int, step_ns: int) -> None:
    key = SeriesKey(plant.SITE, meter.device, "", meter.energy)
    count = length_ns // step_ns + 1
    history.add(key, [START + i * step_ns for i in range(count)], [1e5 + total * i / (count - 1) for i in range(count)])


def _site(**amounts: float) -> tuple[MemoryHistory, Site]:
    """Return a site with one meter of each role, whose registers count the amounts (kWh; m3 of water) in an hour."""
    history, meters = MemoryHistory(), []
    for role, amount in amounts.items():
        meter = plant.meter(Role(role), role)
        meters.append(meter)
        scale = 1.0 if meter.energy == "water_volume_m3" else J_PER_KWH
        _register(history, meter, amount * scale, HOUR, MINUTE)
    return history, plant.site(*meters)


def _figure(key: str, **amounts: float) -> float | str:
    history, site = _site(**amounts)
    (found,) = compute(history, site, START, START + HOUR, {key})
    return found.reason if found.value is None else found.value


def test_golden_family_from_meters() -> None:
    """The worked cases again, this time through meters, registers and coverage."""
    it = {"ups_output": 1000.0}
    assert _figure("ppue_cooling", cooling=220.0, **it) == pytest.approx(1.22)
    split = {"facility_input": 1300.0, "cooling": 220.0, "other": 20.0}
    assert _figure("ppue_power", **split, **it) == pytest.approx(1.06)
    assert _figure("erf", heat_reuse=2200.0, facility_input=10_000.0) == pytest.approx(0.22)
    assert _figure("ere", heat_reuse=2200.0, facility_input=10_000.0, it_input=8000.0) == pytest.approx(0.975)
    assert _figure("cer", heat_removed=1100.0, cooling=220.0) == pytest.approx(5.0)
    assert _figure("wue", water_input=18.0, it_input=8000.0) == pytest.approx(2.25)


@pytest.mark.parametrize(
    ("key", "amounts", "reason"),
    [
        ("ppue_cooling", {"ups_output": 10.0}, "no_cooling_meter"),
        ("ppue_power", {"facility_input": 13.0, "ups_output": 10.0}, "no_cooling_meter"),
        ("erf", {"facility_input": 10.0}, "no_reuse_meter"),
        ("erf", {"facility_input": 10.0, "heat_reuse": 11.0}, "reuse_above_facility"),
        ("ere", {"facility_input": 10.0, "it_input": 8.0}, "no_reuse_meter"),
        ("cer", {"cooling": 10.0}, "no_heat_meter"),
        ("wue", {"it_input": 10.0}, "no_water_meter"),
        ("wue", {"water_input": 10.0, "ups_input": 9.0}, "ups_input_is_not_it"),
        ("eeue", {"facility_input": 13.0, "it_input": 10.0}, "not_a_year"),
    ],
)
def test_refusals_say_what_is_missing(key: str, amounts: dict[str, float], reason: str) -> None:
    """Without its meters, or for an hour where a year is meant, a figure is None and names the cure."""
    assert _figure(key, **amounts) == reason


def test_a_year_has_a_pue_and_an_eeue() -> None:
    """Twelve months make iPUE a PUE, and EEUE is the same ratio."""
    history, meters = MemoryHistory(), [plant.meter(Role.FACILITY_INPUT, "in"), plant.meter(Role.IT_INPUT, "it")]
    for meter, kwh in zip(meters, (1.3e6, 1.0e6), strict=True):
        _register(history, meter, kwh * J_PER_KWH, YEAR, DAY // 4)
    found = {r.kpi: r for r in compute(history, plant.site(*meters), START, START + YEAR, {"pue", "eeue"})}
    assert found["pue"].label == "PUE"
    assert found["pue"].value == pytest.approx(1.3)
    assert found["eeue"].value == pytest.approx(1.3)


def test_error_of_a_part_is_smaller_than_that_of_its_ratio() -> None:
    """(x + IT) / IT only depends on x / IT by its part: 1.414 % of 0.22 is 0.255 % of 1.22."""
    history, site = _site(cooling=220.0, ups_output=1000.0)
    (found,) = compute(history, site, START, START + HOUR, {"ppue_cooling"})
    assert found.uncertainty == pytest.approx(math.hypot(0.01, 0.01) * 0.22 / 1.22, rel=1e-4)


@settings(max_examples=20, deadline=None)
@given(
    st.floats(1.05, 3.0),
    st.floats(0.01, 0.9),
    st.floats(1.0, 1e5),
    st.sampled_from(["pue", "ppue_cooling", "erf", "ere", "cer", "wue"]),
)
def test_scaling_all_meters_leaves_ratios(pue: float, share: float, scale: float, key: str) -> None:
    """A larger site of the same kind has the same figures."""
    amounts = {
        "facility_input": 1000.0 * pue,
        "it_input": 1000.0,
        "cooling": 1000.0 * (pue - 1.0) * share,
        "heat_reuse": 300.0 * share,
        "heat_removed": 1000.0,
        "water_input": 2.0,
    }
    small = _figure(key, **amounts)
    large = _figure(key, **{name: amount * scale for name, amount in amounts.items()})
    assert large == pytest.approx(small, rel=1e-6)


def _with_region(region: str, **amounts: float) -> tuple[MemoryHistory, Site]:
    history, site = _site(**amounts)
    return history, msgspec.structs.replace(site, info=msgspec.structs.replace(site.info, region=region))


def test_carbon_by_the_grid_of_the_year() -> None:
    """Without a factor of 2026 the latest earlier one counts, and the figure says so; an unknown region is refused."""
    amounts = {"facility_input": 1000.0, "it_input": 800.0}
    history, site = _with_region("CN-YN", **amounts)
    found = {r.kpi: r for r in compute(history, site, START, START + HOUR, {"cue", "emissions", "standard_coal"})}
    assert found["emissions"].value == pytest.approx(107.3)
    assert found["cue"].value == pytest.approx(0.134125)
    assert found["standard_coal"].value == pytest.approx(122.9)
    assert [remark.code for remark in found["cue"].remarks] == ["grid_factor_earlier", "factor_unconfirmed"]
    assert found["cue"].remarks[0].params["year"] == "2022"
    history, site = _with_region("Atlantis", **amounts)
    (refused,) = compute(history, site, START, START + HOUR, {"cue"})
    assert (refused.value, refused.reason) == (None, "no_grid_factor")


def test_renewable_energy_must_be_declared() -> None:
    """On-site generation counts where it is marked, certificates evenly over their days; nothing declared is said."""
    history, bare = _site(facility_input=900.0, generation=150.0, export=30.0, it_input=780.0)
    (none,) = compute(history, bare, START, START + HOUR, {"ref"})
    assert none.value == 0.0
    assert [remark.code for remark in none.remarks] == ["nothing_renewable_declared"]
    marked = [msgspec.structs.replace(m, renewable=m.role is Role.GENERATION) for m in bare.meters]
    claim = Renewable(kind="goo", kwh=24 * 200.0, valid_from=dt.date(2026, 3, 1), valid_to=dt.date(2026, 3, 2))
    site = msgspec.structs.replace(bare, meters=marked, renewables=[claim])
    (found,) = compute(history, site, START, START + HOUR, {"ref"})
    assert found.value == pytest.approx((150.0 + 200.0) / 1020.0)


def test_a_renewable_share_is_as_uncertain_as_both_of_its_meters() -> None:
    """The meter of own generation adds its error to that of the facility's; certificates have none."""
    history, bare = _site(facility_input=900.0, generation=100.0, it_input=780.0)
    marked = [msgspec.structs.replace(m, renewable=m.role is Role.GENERATION) for m in bare.meters]
    (own,) = compute(history, msgspec.structs.replace(bare, meters=marked), START, START + HOUR, {"ref"})
    assert own.uncertainty == pytest.approx(0.01 * math.hypot(math.hypot(0.9, 0.1), 1.0))
    claim = Renewable(kind="goo", kwh=24 * 100.0, valid_from=dt.date(2026, 3, 1), valid_to=dt.date(2026, 3, 2))
    half = msgspec.structs.replace(bare, meters=marked, renewables=[claim])
    (both,) = compute(history, half, START, START + HOUR, {"ref"})
    assert both.uncertainty == pytest.approx(0.01 * math.hypot(math.hypot(0.9, 0.1), 0.5))


def test_a_period_over_new_year_has_two_factors() -> None:
    """The years of a period weigh by the energy in each."""
    site = plant.site(timezone="Asia/Shanghai")
    start = from_iso("2025-12-31T00:00:00+08:00")
    found = years(site, start, start + 2 * DAY)
    assert [(year, end - begin) for year, (begin, end) in found] == [(2025, DAY), (2026, DAY)]
