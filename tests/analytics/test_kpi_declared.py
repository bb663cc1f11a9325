"""Modules, five-point ratios, and figures that a site declares."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec
import pytest

from analytics.kpis import compute
from analytics.limits import Verdict
from greendc.declared import CharacteristicPoint, Design, ServerModel
from greendc.model import SeriesKey
from greendc.site import Meter, Rack, Role, Site
from tests.analytics import plant
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, MINUTE, SITE, START
from tests.analytics.room import entry, room

if TYPE_CHECKING:
    from analytics.result import KpiResult


def _figures(history: MemoryHistory, site: Site, key: str, length_ns: int = HOUR) -> list[KpiResult]:
    return compute(history, site, START, START + length_ns, {key})


def _modular(*extra: Meter) -> Site:
    racks = [Rack(name=f"r{i}", module="west" if i < 3 else "east") for i in (1, 2, 3)]
    devices = [entry(f"pdu-r{i}", "apc-rpdu2", f"r{i}") for i in (1, 2, 3)]
    meters = [Meter(role=Role.PDU_OUTPUT, device=device.name) for device in devices]
    return msgspec.structs.replace(plant.site(*meters, *extra), racks=racks, devices=devices)


def test_modules_by_what_they_meter() -> None:
    """West meters its supply and has a PUE; east meters its cooling alone and has a partial one; both are named."""
    history = MemoryHistory()
    for device, kwh in (("pdu-r1", 6.0), ("pdu-r2", 4.0), ("pdu-r3", 5.0), ("west-in", 13.0), ("east-cool", 1.0)):
        plant.add_register(history, device, kwh)
    site = _modular(
        Meter(role=Role.FACILITY_INPUT, device="west-in", module="west"),
        Meter(role=Role.COOLING, device="east-cool", module="east"),
    )
    east, west = _figures(history, site, "pue_module")
    assert (east.part, east.label, west.part, west.label) == ("east", "pPUE", "west", "iPUE")
    assert east.value == pytest.approx(1.2)
    assert west.value == pytest.approx(1.3)
    assert [remark.code for remark in east.remarks] == ["module_cooling_only"]


def test_modules_say_what_they_lack() -> None:
    """A module without a meter has no figure, a rack without one is named, a site without modules says so."""
    history = MemoryHistory()
    site = _modular()
    assert [one.reason for one in _figures(history, site, "pue_module")] == ["no_module_meter", "no_module_meter"]
    fewer = msgspec.structs.replace(site, meters=site.meters[:2])
    east, _ = _figures(history, fewer, "pue_module")
    assert (east.reason, east.remarks[0].params["racks"]) == ("racks_not_metered", "r3")
    assert [one.reason for one in _figures(history, plant.site(), "pue_module")] == ["no_module"]


SHARES = (0.1, 0.2, 0.4, 0.2, 0.1)
TOTALS_KW = (1200.0, 1250.0, 1300.0, 1400.0, 1500.0)
TEMPERATURES_C = (0.0, 8.0, 16.0, 24.0, 32.0)


def _large(shares: tuple[float, ...] = SHARES, racks: int = 101) -> Site:
    points = [
        CharacteristicPoint(outdoor_c=celsius, year_share=share)
        for celsius, share in zip(TEMPERATURES_C, shares, strict=False)
    ]
    site = plant.site(plant.meter(Role.FACILITY_INPUT, "in"), plant.meter(Role.IT_INPUT, "it"))
    info = msgspec.structs.replace(site.info, region="CN-YN")
    many = [Rack(name=f"r{i}") for i in range(racks)]
    return msgspec.structs.replace(site, info=info, racks=many, characteristic_points=points)


def _seasons(temperatures: tuple[float, ...] = TEMPERATURES_C) -> MemoryHistory:
    """Return five stretches of two hours at one temperature and one total power each, IT at 1000 kW."""
    history = MemoryHistory()
    rows = [(c, kw) for c, kw in zip(temperatures, TOTALS_KW, strict=True) for _ in range(120)]
    times = [START + i * MINUTE for i in range(len(rows))]
    history.add(SeriesKey(SITE, "w", "", "outdoor_temperature_c"), times, [row[0] for row in rows])
    history.add(plant.power_key("in"), times, [row[1] * 1000.0 for row in rows])
    history.add(plant.power_key("it"), times, [1e6] * len(rows))
    return history


def test_golden_rm1_from_readings() -> None:
    """The ratio is weighted by the shares of the year, not by the time that was measured, and has a grade."""
    (found,) = _figures(_seasons(), _large(), "gb40879_rm1", 10 * HOUR)
    expected = sum(share * kw for share, kw in zip(SHARES, TOTALS_KW, strict=True)) / 1000.0
    assert found.value == pytest.approx(expected, rel=2e-3)
    assert found.value != pytest.approx(1.33, rel=1e-3)
    assert (found.category, found.label) == (3, "gb40879_rm1")
    assert [(one.grade, one.verdict) for one in found.judgements] == [(3, Verdict.MET)]


@pytest.mark.parametrize(
    ("site", "temperatures", "reason"),
    [
        (_large(racks=100), TEMPERATURES_C, "edge_site"),
        (_large(shares=SHARES[:4]), TEMPERATURES_C, "no_characteristic_points"),
        (_large(shares=(0.1, 0.2, 0.4, 0.2, 0.2)), TEMPERATURES_C, "characteristic_shares"),
        (_large(), (0.0, 8.0, 16.0, 24.0, 28.0), "characteristic_temperature"),
    ],
)
def test_rm1_is_refused_with_its_cure(site: Site, temperatures: tuple[float, ...], reason: str) -> None:
    """Edge sites, unknown points, shares that are no year, and a temperature that did not occur."""
    (found,) = _figures(_seasons(temperatures), site, "gb40879_rm1", 10 * HOUR)
    assert (found.value, found.reason) == (None, reason)


def test_rm2_is_of_a_year_and_never_of_an_edge_site() -> None:
    """Ten hours are no year; a hundred racks are an edge site whatever they use."""
    assert _figures(_seasons(), _large(), "gb40879_rm2", 10 * HOUR)[0].reason == "not_a_year"
    assert _figures(_seasons(), _large(racks=100), "gb40879_rm2", 10 * HOUR)[0].reason == "edge_site"


def test_a_design_pue_is_marked_as_declared() -> None:
    """It comes with its load and climate, and without a design there is none."""
    site = msgspec.structs.replace(room(), design=Design(pue=1.28, load_ratio=0.6, climate="Kunming, typical year"))
    (found,) = _figures(MemoryHistory(), site, "dpue")
    assert (found.value, found.label, found.method) == (1.28, "dPUE", "declared")
    assert found.remarks[0].params == {"load": "60%", "climate": "Kunming, typical year"}
    assert _figures(MemoryHistory(), room(), "dpue")[0].reason == "no_design"


def test_golden_server_efficiency_is_a_ratio_of_sums() -> None:
    """Ten servers of 50 at 0.5 kW and five of 80 at 0.8 kW give 900 / 9 = 100; those that are gone do not count."""
    models = [
        ServerModel(model="a", benchmark="SERT 2", count=10, peak_performance=50.0, peak_kw=0.5),
        ServerModel(model="b", benchmark="SERT 2", count=5, peak_performance=80.0, peak_kw=0.8),
        ServerModel(
            model="c",
            benchmark="SERT 1",
            count=9,
            peak_performance=1.0,
            peak_kw=1.0,
            valid_to=dt.date(2026, 3, 1),
        ),
    ]
    site = msgspec.structs.replace(plant.site(), servers=models)
    (found,) = _figures(MemoryHistory(), site, "itee_sv")
    assert found.value == pytest.approx(900.0 / 9.0)
    still = msgspec.structs.replace(models[2], valid_to=dt.date(2027, 1, 1))
    mixed = msgspec.structs.replace(site, servers=[models[0], still])
    assert _figures(MemoryHistory(), mixed, "itee_sv")[0].reason == "mixed_benchmarks"
    assert _figures(MemoryHistory(), plant.site(), "itee_sv")[0].reason == "no_server_inventory"
