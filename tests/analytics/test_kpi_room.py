"""Figures of a room: its air, its racks and its servers."""

from __future__ import annotations

import msgspec
import pytest

from analytics.kpis import compute
from greendc.model import SeriesKey
from greendc.site import Meter, Role, Site
from tests.analytics import plant
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, MINUTE, SITE, START
from tests.analytics.room import entry, inlet, room

TIMES = [START + i * MINUTE for i in range(61)]


def _figure(history: MemoryHistory, site: Site, key: str) -> tuple[float | None, str, tuple[str, ...]]:
    (found,) = compute(history, site, START, START + HOUR, {key})
    return found.value, found.reason, tuple(remark.code for remark in found.remarks)


def test_rack_cooling_of_three_racks() -> None:
    """One rack of three is 1 K above the recommended 27 degC, one 1 K below 18 degC: neither makes up for the other."""
    history = MemoryHistory()
    for rack, celsius in (("r01", 20.0), ("r02", 28.0), ("r03", 17.0)):
        history.add(inlet(rack), TIMES, [celsius] * len(TIMES))
    site = room()
    high, _, remarks = _figure(history, site, "rci_high")
    low, _, _ = _figure(history, site, "rci_low")
    # Class A2 at 1890 m: allowable 10 to 31.7 degC.
    assert high == pytest.approx(1.0 - 1.0 / (3 * (31.7 - 27.0)))
    assert low == pytest.approx(1.0 - 1.0 / (3 * (18.0 - 10.0)))
    assert remarks == ("inlet_points",)
    history.add(inlet("r02", "remote/2"), TIMES, [40.0] * len(TIMES))
    assert "beyond_allowable" in _figure(history, site, "rci_high")[2]


def test_rack_cooling_needs_sensors() -> None:
    """Without inlet sensors, or with too few of them known, there is no index."""
    history = MemoryHistory()
    assert _figure(history, room(), "rci_high")[:2] == (None, "no_inlet_sensor")
    history.add(inlet("r01"), TIMES, [20.0] * len(TIMES))
    history.add(inlet("r02"), TIMES[:2], [20.0] * 2)
    history.add(inlet("r03"), TIMES[:2], [20.0] * 2)
    assert _figure(history, room(), "rci_high")[:2] == (None, "coverage")


def _racked(history: MemoryHistory, kwh: dict[str, float], nominal_kw: float | None) -> Site:
    bare = room()
    meters = [Meter(role=Role.PDU_OUTPUT, device=f"pdu-{rack}") for rack in kwh]
    for rack, energy in kwh.items():
        plant.add_register(history, f"pdu-{rack}", energy)
    devices = [*bare.devices, *(entry(f"pdu-{rack}", "apc-rpdu2", rack) for rack in kwh)]
    racks = [msgspec.structs.replace(rack, nominal_kw=nominal_kw) for rack in bare.racks]
    return msgspec.structs.replace(bare, meters=meters, devices=devices, racks=racks)


def test_load_rate_and_occupancy() -> None:
    """Three racks of 2.5 kW that take 2, 1 and almost nothing are loaded to 40 % and two of them are in use."""
    history = MemoryHistory()
    site = _racked(history, {"r01": 2.0, "r02": 1.0, "r03": 0.001}, 2.5)
    rate, _, _ = _figure(history, site, "it_load_rate")
    assert rate == pytest.approx(3.001 / 7.5, rel=1e-6)
    used, reason, remarks = _figure(history, site, "rack_occupancy")
    assert used == pytest.approx(2 / 3)
    assert (reason, remarks) == ("", ("racks_counted",))


def test_what_is_not_metered_is_not_guessed() -> None:
    """Racks without a rating or without a meter give no rate and no occupancy."""
    history = MemoryHistory()
    site = _racked(history, {"r01": 2.0, "r02": 1.0}, None)
    assert _figure(history, site, "it_load_rate")[:2] == (None, "no_rack_rating")
    assert _figure(history, site, "rack_occupancy")[:2] == (None, "racks_not_metered")
    assert _figure(history, site, "iteu_sv")[:2] == (None, "no_server")


def test_servers_are_averaged_unweighted() -> None:
    """Three servers at 20, 40 and 60 % are used to 40 %; single CPUs do not count."""
    history = MemoryHistory()
    for name, busy in (("srv-1", 0.2), ("srv-2", 0.4), ("srv-3", 0.6)):
        history.add(SeriesKey(SITE, name, "", "cpu_utilisation_ratio"), TIMES, [busy] * len(TIMES))
        history.add(SeriesKey(SITE, name, "cpu/1", "cpu_utilisation_ratio"), TIMES, [1.0] * len(TIMES))
    assert _figure(history, room(), "iteu_sv")[0] == pytest.approx(0.4)
