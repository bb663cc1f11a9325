"""The European report: every code once, values where something is metered or declared, reasons elsewhere."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from analytics.eu_report import calendar_year, eu_report
from greendc.clock import iso
from greendc.errors import ConfigError
from greendc.model import SeriesKey
from greendc.site import Meter, Renewable, Role, Site
from greendc.texts import t
from greendc.units import J_PER_KWH
from tests.analytics import plant
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, MINUTE, SITE, START

TIMES = [START + i * MINUTE for i in range(61)]
METERS = {
    Meter(role=Role.FACILITY_INPUT, device="main"): 1000.0,
    Meter(role=Role.GENERATION, device="gen", kind="backup"): 40.0,
    Meter(role=Role.GENERATION, device="pv", renewable=True): 60.0,
    Meter(role=Role.UPS_OUTPUT, device="ups"): 800.0,
    Meter(role=Role.PDU_OUTPUT, device="pdu"): 780.0,
    Meter(role=Role.WATER_INPUT, device="tap", kind="potable"): 1.2,
    Meter(role=Role.WATER_INPUT, device="well", kind="well"): 0.4,
    Meter(role=Role.HEAT_REUSE, device="heat"): 110.0,
}


def _history() -> MemoryHistory:
    history = MemoryHistory()
    for meter, amount in METERS.items():
        scale = J_PER_KWH if meter.energy.endswith("_j") else 1.0
        key = SeriesKey(SITE, meter.device, "", meter.energy)
        history.add(key, TIMES, [1e3 + amount * scale * i / 60 for i in range(61)])
    for device, quantity, value in (
        ("heat", "supply_water_temperature_c", 38.0),
        ("chiller", "supply_water_temperature_c", 15.0),
        ("crah-1", "supply_air_setpoint_c", 20.0),
        ("crah-2", "supply_air_setpoint_c", 22.0),
    ):
        history.add(SeriesKey(SITE, device, "", quantity), TIMES, [value] * 61)
    return history


def _site() -> Site:
    # A day of 24 h, of which the report covers one: a twenty-fourth of 240 kWh.
    bought = Renewable(kind="ppa", kwh=240.0, valid_from=dt.date(2026, 3, 1), valid_to=dt.date(2026, 3, 2))
    return msgspec.structs.replace(plant.site(*METERS), renewables=[bought], declared={"PDIT": 900.0})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("PDIT", 900.0),
        ("EDC", 1100.0),
        ("EDC_BG", 40.0),
        ("EIT", 800.0),
        ("WIN", 1.6),
        ("WIN_POT", 1.2),
        ("EREUSE", 110.0),
        ("TWH", 38.0),
        ("TIN_AIR", 21.0),
        ("ERES_PPA", 10.0),
        ("ERES_OS", 60.0),
        ("ERES_TOT", 70.0),
        ("PUE", 1.375),
        ("WUE", 2.0),
        ("ERF", 0.1),
        ("REF", 70.0 / 1100.0),
    ],
)
def test_golden_values_of_the_report(name: str, expected: float) -> None:
    """Each quantity is what its meters counted, in the regulation's unit; IT energy is that of the UPS."""
    found = eu_report(_history(), _site(), START, START + HOUR).value(name)
    assert found.value == pytest.approx(expected)
    assert found.reason == ""


def test_metering_points_and_water_are_stated() -> None:
    """The UPS is category 1, a well beside the tap makes water category 2; without a UPS the PDUs count."""
    report = eu_report(_history(), _site(), START, START + HOUR)
    assert (report.value("EIT").category, report.value("WIN").category) == (1, 2)
    fewer = [meter for meter in METERS if meter.device not in {"ups", "well"}]
    report = eu_report(_history(), plant.site(*fewer), START, START + HOUR)
    assert (report.value("EIT").category, report.value("WIN").category) == (2, 1)


def test_what_is_not_known_has_a_reason_that_can_be_read() -> None:
    """A site without meters reports nothing, and every reason has its sentence."""
    report = eu_report(MemoryHistory(), plant.site(), START, START + HOUR)
    for found in (*report.quantities, *report.indicators):
        assert found.value is None
        assert t(f"kpis.reason.{found.reason}") != f"kpis.reason.{found.reason}"


def test_ids_are_unique_and_the_code_tin_is_not() -> None:
    """Intake air and traffic share a code and nothing else."""
    report = eu_report(MemoryHistory(), plant.site(), START, START + HOUR)
    names = [found.id for found in report.quantities]
    assert len(set(names)) == len(names)
    assert [found.id for found in report.quantities if found.code == "TIN"] == ["TIN_AIR", "TIN_TRAFFIC"]


def test_only_what_cannot_be_metered_can_be_declared() -> None:
    """Declaring the energy of the centre, or a code that is not there, is refused."""
    for name in ("EDC", "XYZ"):
        site = msgspec.structs.replace(plant.site(), declared={name: 1.0})
        with pytest.raises(ConfigError, match=name):
            eu_report(MemoryHistory(), site, START, START + HOUR)


def test_a_calendar_year_is_the_sites_own() -> None:
    """In Shanghai 2026 begins at 16:00 UTC of the last day of 2025."""
    start_ns, end_ns = calendar_year(plant.site(timezone="Asia/Shanghai"), 2026)
    assert (iso(start_ns)[:16], iso(end_ns)[:16]) == ("2025-12-31T16:00", "2026-12-31T16:00")
