"""Figures computed again from a package's readings: the same as those of the store, for every kind of trouble."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.reports.package.model import MODEL
from analytics.reports.package.readings import INTEGRATED, REGISTERS, decoded
from analytics.reports.package.recompute import FIGURES, recomputed
from greendc.clock import from_iso
from greendc.device import DeviceEntry
from greendc.model import SeriesKey
from greendc.site import Meter, Rack, Role
from greendc.units import J_PER_KWH
from tests.analytics import plant
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, MINUTE, SITE
from tests.analytics.reports import report_facts
from tests.analytics.reports.packed import counted, facts_of, files_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.reports.package.finding import Finding
    from greendc.site import Site

ZONE = "Europe/Berlin"
FROM, TO = from_iso("2026-02-28T23:00:00Z"), from_iso("2026-04-30T22:00:00Z")
"""March and April in Berlin, with the night that has 23 hours."""
DAY = 24 * HOUR
DST = from_iso("2026-03-29T01:00:00Z")


def _times(step_ns: int = 30 * MINUTE, offset_ns: int = 7 * MINUTE) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.arange(FROM - DAY + offset_ns, TO + DAY, step_ns, dtype=np.int64)


def _register(history: MemoryHistory, device: str, watts: float, lost: tuple[int, int] = (0, 0)) -> None:
    times = _times()
    rows = [(t, v) for t, v in zip(times.tolist(), counted(times, watts), strict=True) if not lost[0] < t < lost[1]]
    history.add(plant.energy_key(device), [t for t, _ in rows], [v for _, v in rows])


def _restarted(history: MemoryHistory, device: str, watts: float, *at_ns: int) -> None:
    """Add a register that begins again at 0 at instants."""
    times = _times()
    values = np.array(counted(times, watts))
    for one in at_ns:
        later = times >= one
        values[later] -= values[later][0]
    history.add(plant.energy_key(device), times.tolist(), values.tolist())


def _power(history: MemoryHistory, device: str, watts: float, lost: tuple[int, int] = (0, 0)) -> None:
    times = [t for t in _times(5 * MINUTE).tolist() if not lost[0] < t < lost[1]]
    history.add(plant.power_key(device), times, [watts * (1 + 0.1 * np.sin(t / DAY)) for t in times])


def _plain(*meters: Meter) -> Site:
    usual = (plant.meter(Role.FACILITY_INPUT, "in"), plant.meter(Role.IT_INPUT, "it"))
    return plant.site(*usual, *meters, timezone=ZONE)


def _resets() -> tuple[Site, MemoryHistory]:
    """Registers that begin again, one of them with a power that fills in."""
    history = MemoryHistory()
    _restarted(history, "in", 150e3, FROM + 9 * DAY + 90 * MINUTE, DST + 30 * MINUTE)
    _restarted(history, "it", 100e3, FROM + 40 * DAY)
    _power(history, "it", 100e3)
    return _plain(), history


def _wraps() -> tuple[Site, MemoryHistory]:
    """A display of 100 000 kWh that goes round twice a month, and its factor."""
    history = MemoryHistory()
    _register(history, "it", 100e3)
    times = _times()
    values = np.mod(np.array(counted(times, 150e3)), 1e5 * J_PER_KWH)
    history.add(plant.energy_key("in"), times.tolist(), values.tolist())
    meters = [plant.meter(Role.FACILITY_INPUT, "in", factor=20.0), plant.meter(Role.IT_INPUT, "it", factor=15.0)]
    return plant.site(*meters, timezone=ZONE), history


def _gaps() -> tuple[Site, MemoryHistory]:
    """Silences within a month, over the change of the months, and at the end, where nothing is known after."""
    history = MemoryHistory()
    _register(history, "in", 150e3, (FROM + 5 * DAY, FROM + 7 * DAY))
    _register(history, "it", 100e3, (from_iso("2026-03-31T10:00:00Z"), from_iso("2026-04-01T20:00:00Z")))
    _register(history, "cool", 30e3, (TO - 4 * DAY, TO + 2 * DAY))
    return _plain(plant.meter(Role.COOLING, "cool")), history


def _replaced() -> tuple[Site, MemoryHistory]:
    """A meter that another one took over from in the middle of a month, with another factor and class."""
    history = MemoryHistory()
    _register(history, "in", 150e3)
    _register(history, "it", 100e3)
    _register(history, "new", 25e3)
    day = dt.date(2026, 3, 17)
    meters = [
        plant.meter(Role.FACILITY_INPUT, "in"),
        plant.meter(Role.IT_INPUT, "it", valid_to=day, accuracy=0.02),
        plant.meter(Role.IT_INPUT, "new", valid_from=day, factor=4.0, accuracy=0.002),
    ]
    return plant.site(*meters, timezone=ZONE), history


def _powers() -> tuple[Site, MemoryHistory]:
    """No register at all on the side of IT, and a power that is silent for a week."""
    history = MemoryHistory()
    _register(history, "in", 150e3)
    _power(history, "it", 100e3, (FROM + 10 * DAY, FROM + 17 * DAY))
    _power(history, "two", 10e3, (FROM + 12 * DAY, FROM + 12 * DAY + 3 * HOUR))
    return _plain(plant.meter(Role.IT_INPUT, "two")), history


def _flows() -> tuple[Site, MemoryHistory]:
    """Water, fuel, heat, a battery and export beside electricity."""
    history = MemoryHistory()
    _register(history, "in", 150e3)
    _register(history, "it", 100e3)
    times = _times()
    hours = (times - times[0]) / HOUR
    for device, quantity, values in (
        ("water", "water_volume_m3", 100 + 0.5 * hours),
        ("gas", "fuel_volume_m3", 3.0 * hours),
        ("heat", "heat_energy_j", 1e9 + 3.6e6 * 10 * hours),
        ("bat", "discharged_energy_j", 3.6e12 + 3.6e6 * 4 * hours),
        ("bat", "charged_energy_j", 4.2e12 + 3.6e6 * 5 * hours),
        ("out", "exported_energy_j", 3.6e6 * 2 * hours),
    ):
        history.add(SeriesKey(SITE, device, "", quantity), times.tolist(), values.tolist())
    meters = [
        Meter(role=Role.WATER_INPUT, device="water"),
        Meter(role=Role.FUEL, device="gas", kind="natural_gas"),
        Meter(role=Role.HEAT_REUSE, device="heat"),
        Meter(role=Role.STORAGE, device="bat", energy="discharged_energy_j", power=""),
        Meter(role=Role.EXPORT, device="out", energy="exported_energy_j", power=""),
    ]
    return _plain(*meters), history


def _modules() -> tuple[Site, MemoryHistory]:
    """Two modules of racks with cooling of their own."""
    history = MemoryHistory()
    names = {"in": 150e3, "pdu1": 40e3, "pdu2": 50e3, "crac1": 9e3, "crac2": 12e3}
    for device, watts in names.items():
        _register(history, device, watts)
    racks = [Rack(name="r1", module="m1", nominal_kw=50.0), Rack(name="r2", module="m2", nominal_kw=60.0)]
    devices = [DeviceEntry(name=f"pdu{i}", profile="none", address="snmp://127.0.0.1", rack=f"r{i}") for i in (1, 2)]
    meters = [plant.meter(Role.FACILITY_INPUT, "in")]
    meters += [plant.meter(Role.PDU_OUTPUT, f"pdu{i}") for i in (1, 2)]
    meters += [msgspec.structs.replace(plant.meter(Role.COOLING, f"crac{i}"), module=f"m{i}") for i in (1, 2)]
    made = plant.site(*meters, timezone=ZONE)
    return msgspec.structs.replace(made, racks=racks, devices=devices), history


def _sentences(found: list[Finding], level: str = "error") -> list[str]:
    return [one.sentence("en") for one in found if one.level == level]


def _same(found: list[Finding]) -> int:
    return next(int(one.params["same"]) for one in found if one.key == "recomputed")


@pytest.mark.parametrize("make", [_resets, _wraps, _gaps, _replaced, _powers, _flows, _modules])
@pytest.mark.parametrize("span", [(FROM, TO), (DST - 3 * DAY, DST + 2 * DAY), (FROM + 9 * DAY, FROM + 10 * DAY)])
def test_every_figure_of_registers_comes_out_again(
    make: Callable[[], tuple[Site, MemoryHistory]], span: tuple[int, int]
) -> None:
    """Two months, a week and a day of each plant give the same values, coverage and uncertainty without the store."""
    site, history = make()
    facts = facts_of(site, history, *span)
    files = files_of(facts, history, site)
    found = recomputed(files)
    assert not _sentences(found)
    assert any(one.value is not None for one in facts.figures)
    assert _same(found) >= 20
    rows = sum(len(run.time_ns) for run in decoded(files[REGISTERS]))
    assert rows <= 600


def test_what_registers_show_is_as_read() -> None:
    """Beside the ends of the period and of its months stand readings at their own time, before any factor."""
    site, history = _wraps()
    runs = decoded(files_of(facts_of(site, history, FROM, TO), history, site)[REGISTERS])
    (beside,) = [run for run in runs if run.kind == "boundary" and run.device == "in"]
    readings = {one.time_ns: one.value for one in history.readings(plant.energy_key("in"))}
    assert dict(zip(beside.time_ns.tolist(), beside.values.tolist(), strict=True)).items() <= readings.items()
    months = FROM, from_iso("2026-03-31T22:00:00Z"), TO
    assert beside.time_ns.tolist() == [edge + minutes * MINUTE for edge in months for minutes in (-23, 7)]
    (wrapped,) = [run for run in runs if run.kind == "register" and run.device == "in"]
    assert np.nanmax(wrapped.modulus) == pytest.approx(1e5 * J_PER_KWH)
    assert np.isfinite(wrapped.modulus).sum() == 2


def test_figures_of_sensors_are_counted_and_not_passed_over() -> None:
    """A site with temperatures has figures that registers do not give; they are said to be open."""
    facts, history, site = report_facts.facts(), report_facts.history(), report_facts.site()
    found = recomputed(files_of(facts, history, site))
    assert not _sentences(found)
    (open_,) = [one for one in found if one.key == "of_sensors"]
    assert int(open_.params["count"]) + _same(found) == len(facts.figures) + sum(len(m.figures) for m in facts.months)


@st.composite
def _troubles(draw: st.DrawFn) -> tuple[Site, MemoryHistory]:
    history = MemoryHistory()
    hours = int((TO - FROM) // HOUR)
    for device, watts in (("in", 150e3), ("it", 100e3), ("cool", 30e3)):
        times = _times(HOUR, draw(st.integers(0, 59)) * MINUTE)
        values = np.array(counted(times, watts))
        for at in draw(st.lists(st.integers(1, hours), max_size=2)):
            later = times >= FROM + at * HOUR
            values[later] -= values[later][0]
        kept = np.ones(len(times), dtype=np.bool_)
        for at, length in draw(st.lists(st.tuples(st.integers(0, hours), st.integers(1, 300)), max_size=3)):
            kept &= ~((times >= FROM + at * HOUR) & (times < FROM + (at + length) * HOUR))
        history.add(plant.energy_key(device), times[kept].tolist(), values[kept].tolist())
        if draw(st.booleans()):
            _power(history, device, watts, (FROM + draw(st.integers(0, hours)) * HOUR, TO))
    return _plain(plant.meter(Role.COOLING, "cool")), history


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_troubles())
def test_resets_and_silences_in_any_place_come_out_the_same(made: tuple[Site, MemoryHistory]) -> None:
    """Registers that begin anew, that are silent, and powers that help out, at random."""
    site, history = made
    assert not _sentences(recomputed(files_of(facts_of(site, history, FROM, TO), history, site)))


def test_missing_and_broken_files_are_named() -> None:
    """A file that recomputing needs is missing, is no JSON, nests without end, or holds no readings."""
    site, history = _gaps()
    files = files_of(facts_of(site, history, FROM, FROM + 3 * DAY), history, site)
    for name in (MODEL, REGISTERS, FIGURES):
        rest = {other: content for other, content in files.items() if other != name}
        assert [one.key for one in recomputed(rest)] == ["not_recomputable"]
        for broken in (b"", b"{", b"[" * 100_000, b'{"schema": 1}', b"PAR1" * 100, b"\xff\xfe"):
            (found,) = recomputed({**files, name: broken})
            assert found.level == "error"
            assert len(found.sentence("zh").splitlines()) == 1


def test_a_power_that_helps_out_is_in_the_package() -> None:
    """Where a register began anew, what power says is there as energy over time."""
    site, history = _resets()
    runs = decoded(files_of(facts_of(site, history, FROM, TO), history, site)[REGISTERS])
    (helping,) = [run for run in runs if run.kind == INTEGRATED]
    assert (helping.device, helping.unit) == ("it", "J")
    assert helping.known[1:].all()
    assert (np.diff(helping.values) > 0).all()
