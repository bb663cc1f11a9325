"""Air management and envelopes of a small room whose every temperature is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from analytics.envelope import air_range, inlet_limits
from analytics.formulas import airflow
from analytics.kpis import compute
from greendc.model import SeriesKey
from greendc.site import Meter, Role, Site
from tests.analytics import plant
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, MINUTE, SITE, START
from tests.analytics.room import entry, inlet, room

if TYPE_CHECKING:
    from analytics.result import KpiResult

TIMES = [START + i * MINUTE for i in range(2 * 60 + 1)]


def _add(history: MemoryHistory, device: str, quantity: str, value: float, part: str = "") -> None:
    history.add(SeriesKey(SITE, device, part, quantity), TIMES, [value] * len(TIMES))


def _site() -> Site:
    bare = room()
    racks = [rack.name for rack in bare.racks]
    devices = [*bare.devices, *(entry(f"{kind}-{rack}", "x", rack) for rack in racks for kind in ("pdu", "rear"))]
    meters = [Meter(role=Role.PDU_OUTPUT, device=f"pdu-{rack}") for rack in racks]
    return msgspec.structs.replace(bare, devices=devices, meters=meters)


def _figure(history: MemoryHistory, site: Site, key: str) -> KpiResult:
    return compute(history, site, START, START + 2 * HOUR, {key})[0]


def _aired(rear: int = 3) -> MemoryHistory:
    history = MemoryHistory()
    for i, (before, behind, power) in enumerate(((20.0, 32.0, 2000.0), (22.0, 36.0, 3000.0), (25.0, 35.0, 1000.0))):
        rack = f"r{i + 1:02}"
        _add(history, f"env-{rack}", "air_temperature_c", before, "remote/1")
        if i < rear:
            _add(history, f"rear-{rack}", "air_temperature_c", behind, "rear")
        plant.add_power(history, f"pdu-{rack}", power, length_ns=2 * HOUR)
    for name, supply, back, flow in (("crah-1", 18.0, 30.0, 2.0), ("crah-2", 16.0, 26.0, 1.0)):
        _add(history, name, "supply_air_temperature_c", supply)
        _add(history, name, "return_air_temperature_c", back)
        _add(history, name, "air_flow_m3_s", flow)
    return history


def test_air_management_of_three_racks() -> None:
    """RTI, SHI and RHI are the formulas' own values for the same temperatures and flows."""
    history, site = _aired(), _site()
    supply, back = (2 * 18.0 + 16.0) / 3, (2 * 30.0 + 26.0) / 3
    rise = airflow.equipment_rise([(2000.0, 12.0), (3000.0, 14.0), (1000.0, 10.0)])
    assert rise is not None
    assert _figure(history, site, "rti").value == pytest.approx((back - supply) / rise)
    flows = [(2000 / 12, 20.0, 32.0), (3000 / 14, 22.0, 36.0), (1000 / 10, 25.0, 35.0)]
    shi, rhi = _figure(history, site, "shi"), _figure(history, site, "rhi")
    assert shi.value == pytest.approx(airflow.supply_heat_index(flows, supply))
    assert rhi.value == pytest.approx(1.0 - (shi.value or 0.0))
    assert shi.remarks[0].params == {"n": "3", "all": "3", "units": "2"}


def test_racks_without_a_sensor_behind_do_not_count() -> None:
    """Two of three racks have both sensors: the figure counts them and says so."""
    found = _figure(_aired(rear=2), _site(), "shi")
    flows = [(2000 / 12, 20.0, 32.0), (3000 / 14, 22.0, 36.0)]
    assert found.value == pytest.approx(airflow.supply_heat_index(flows, 52 / 3))
    assert found.remarks[0].params["n"] == "2"


@pytest.mark.parametrize(
    ("without", "reason"),
    [
        ("env-", "no_inlet_sensor"),
        ("rear-", "no_outlet_sensor"),
        ("supply", "no_supply_sensor"),
        ("return", "no_return_sensor"),
    ],
)
def test_the_missing_sensor_is_named(without: str, reason: str) -> None:
    """Each sensor that air management needs is named when it is not there."""
    whole, some = _aired(), MemoryHistory()
    for key in whole.series(SITE):
        if not (key.device.startswith(without) or key.quantity.startswith(without)):
            some.write(whole.readings(key))
    found = _figure(some, _site(), "rti")
    assert (found.value, found.reason) == (None, reason)


def test_golden_damp_air_is_outside_by_its_dew_point() -> None:
    """27 degC at 60 % is inside by temperature and outside by its dew point of 18.6 degC."""
    history = MemoryHistory()
    for rack, celsius in (("r01", 27.0), ("r02", 26.0), ("r03", 30.0)):
        history.add(inlet(rack), TIMES, [celsius] * len(TIMES))
    site = room()
    dry = _figure(history, site, "inlet_recommended")
    assert dry.value == pytest.approx(2 / 3)
    assert "no_dew_point_sensor" in [remark.code for remark in dry.remarks]
    assert _figure(history, site, "inlet_allowable").value == pytest.approx(1.0)
    # GB 50174 at 1890 m: 32 - 890 / 300 = 29.0 degC.
    assert _figure(history, site, "gb50174_allowable").value == pytest.approx(2 / 3)
    for rack in ("r01", "r02", "r03"):
        _add(history, f"env-{rack}", "dew_point_c", 18.6, "internal/1")
    assert _figure(history, site, "inlet_recommended").value == 0.0
    assert _figure(history, site, "inlet_allowable").value == pytest.approx(1.0)
    assert _figure(history, site, "gb50174_allowable").value == 0.0
    assert _figure(history, site, "dew_point_max").value == pytest.approx(18.6)


def test_golden_altitude_of_gb50174_and_the_band_of_h1() -> None:
    """GB 50174 at 1890 m allows 29.03 degC; H1 recommends 18 to 22 degC."""
    assert inlet_limits(1890.0, "GB50174").allowable_high_c == pytest.approx(32.0 - 890.0 / 300.0)
    assert inlet_limits(0.0, "H1").recommended_high_c == 22.0
    assert air_range(0.0, "A1", recommended=False).humidity_low == 0.08


def test_the_fastest_change_within_an_hour() -> None:
    """An inlet that climbs 6 K in an hour and then stays has changed by 6 K per hour, whatever others do."""
    history = MemoryHistory()
    for rack in ("r01", "r02"):
        history.add(inlet(rack), TIMES, [20.0] * len(TIMES))
    steps = [20.0 + 6.0 * min(1.0, (i // 15) / 4) for i in range(len(TIMES))]
    history.add(inlet("r03"), TIMES, steps)
    assert _figure(history, room(), "inlet_change_max").value == pytest.approx(6.0)
    (found,) = compute(history, room(), START, START + HOUR // 2, {"inlet_change_max"})
    assert found.reason == "not_an_hour"
