"""Energy of meters and roles."""

from __future__ import annotations

import datetime as dt
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.curve import filled, from_power, from_register
from analytics.energy import metered_energy, midnight_ns, role_energy
from analytics.kpis import compute
from greendc.clock import NS_PER_HOUR, from_iso
from greendc.model import SeriesKey
from greendc.site import Meter, Role
from greendc.units import J_PER_KWH, NS_PER_SECOND
from tests.analytics import plant
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, MINUTE, START


def test_golden_energy_survives_a_gap() -> None:
    """42 kWh and full energy coverage although two of five readings are missing."""
    history = MemoryHistory()
    kwh = [1000.0, 1010.0, None, None, 1042.0]
    times = [START + i * 15 * MINUTE for i in range(5)]
    history.add(plant.energy_key("m"), times, [None if v is None else v * J_PER_KWH for v in kwh])
    meter = plant.meter(Role.FACILITY_INPUT, "m")
    found = metered_energy(history, plant.site(meter), meter, START, START + HOUR)
    assert found.value_j == pytest.approx(42 * J_PER_KWH, rel=1e-9)
    assert found.coverage == pytest.approx(1.0)
    assert found.method == "register"


def test_an_energy_of_half_the_time_is_no_figure() -> None:
    """With half of the window known there is no energy of the window, and the reason says why."""
    history = MemoryHistory()
    plant.add_register(history, "m", 5.0, length_ns=HOUR // 2)
    site = plant.site(plant.meter(Role.FACILITY_INPUT, "m"))
    (found,) = compute(history, site, START, START + HOUR, {"facility_energy"})
    assert (found.value, found.reason) == (None, "coverage")
    assert found.coverage == pytest.approx(0.5, abs=0.01)


def test_a_long_gap_is_bridged_and_listed() -> None:
    """Both ends of a gap known, its energy counts and the gap is named."""
    history = MemoryHistory()
    minutes = [*range(10), *range(40, 61)]
    history.add(plant.energy_key("m"), [START + i * MINUTE for i in minutes], [i * 6e4 for i in minutes])
    meter = plant.meter(Role.FACILITY_INPUT, "m")
    found = metered_energy(history, plant.site(meter), meter, START, START + HOUR)
    assert found.value_j == pytest.approx(60 * 6e4)
    assert found.gaps == ((START + 9 * MINUTE, START + 40 * MINUTE),)


def test_register_that_hardly_moved_gives_way_to_power() -> None:
    """Two steps of a coarse register in ten minutes are too few: power is integrated, and that is said."""
    history = MemoryHistory()
    times = [START + i * MINUTE for i in range(11)]
    history.add(plant.energy_key("m"), times, [J_PER_KWH * (i // 5) for i in range(11)])
    history.add(plant.power_key("m"), times, [15_000.0] * 11)
    meter = plant.meter(Role.FACILITY_INPUT, "m")
    found = metered_energy(history, plant.site(meter), meter, START, START + 10 * MINUTE)
    assert found.method == "integrated"
    assert found.value_j == pytest.approx(15_000.0 * 600)


def test_power_fills_what_a_reset_hides() -> None:
    """Where the register was cleared, power stands in and the method is mixed."""
    history = MemoryHistory()
    times = [START + i * MINUTE for i in range(21)]
    shown = [1e9 + i * 6e5 if i < 10 else (i - 10) * 6e5 for i in range(21)]
    history.add(plant.energy_key("m"), times, shown)
    history.add(plant.power_key("m"), times, [10_000.0] * 21)
    meter = plant.meter(Role.FACILITY_INPUT, "m")
    found = metered_energy(history, plant.site(meter), meter, START, START + 20 * MINUTE)
    assert found.value_j == pytest.approx(20 * 6e5, rel=1e-6)
    assert (found.method, found.resets) == ("mixed", 1)


def test_power_fills_the_step_of_a_long_window_in_which_a_register_was_cleared() -> None:
    """Ten days are read in steps: the quarter of an hour of a reset is not left out, to within a reading's interval."""
    history = MemoryHistory()
    count, cleared = 10 * 24 * 12, 1501
    times = [START + i * 5 * MINUTE for i in range(count + 1)]
    shown = [1e9 + i * 3e6 if i < cleared else (i - cleared) * 3e6 for i in range(count + 1)]
    history.add(plant.energy_key("m"), times, shown)
    history.add(plant.power_key("m"), times, [10_000.0] * len(times))
    meter = plant.meter(Role.FACILITY_INPUT, "m")
    found = metered_energy(history, plant.site(meter), meter, START, times[-1])
    assert found.value_j == pytest.approx(count * 3e6, abs=3e6)
    assert (found.coverage, found.resets, found.method) == (1.0, 1, "register")


def test_without_power_a_reset_costs_coverage() -> None:
    """A reset that nothing fills is left out of value and coverage alike."""
    history = MemoryHistory()
    times = [START + i * MINUTE for i in range(21)]
    shown = [1e9 + i * 6e5 if i < 10 else (i - 10) * 6e5 for i in range(21)]
    history.add(plant.energy_key("m"), times, shown)
    meter = plant.meter(Role.FACILITY_INPUT, "m")
    found = metered_energy(history, plant.site(meter), meter, START, START + 20 * MINUTE)
    assert found.value_j == pytest.approx(19 * 6e5)
    assert found.coverage == pytest.approx(0.95)


def test_power_is_not_integrated_across_a_long_silence() -> None:
    """Twenty minutes without a reading are not power times time."""
    history = MemoryHistory()
    minutes = [*range(20), *range(40, 61)]
    history.add(plant.power_key("m"), [START + i * MINUTE for i in minutes], [10_000.0] * len(minutes))
    meter = plant.meter(Role.FACILITY_INPUT, "m")
    found = metered_energy(history, plant.site(meter), meter, START, START + HOUR)
    assert found.method == "integrated"
    assert found.coverage == pytest.approx(39 / 60)
    assert found.value_j == pytest.approx(10_000.0 * 39 * 60)


def test_feeds_a_and_b_are_summed_over_shared_time() -> None:
    """Two feeds count together, and only where both are known."""
    history = MemoryHistory()
    plant.add_register(history, "a", 10.0)
    plant.add_register(history, "b", 5.0, length_ns=HOUR // 2)
    site = plant.site(plant.meter(Role.PDU_OUTPUT, "a"), plant.meter(Role.PDU_OUTPUT, "b"))
    found = role_energy(history, site, Role.PDU_OUTPUT, START, START + HOUR)
    assert found.value_j == pytest.approx(10.0 * J_PER_KWH)
    assert found.coverage == pytest.approx(0.5)


def test_a_window_across_a_change_of_meter_is_split_at_local_midnight() -> None:
    """The old meter counts up to the day of the change in the site's time zone, the new one from then on."""
    history = MemoryHistory()
    plant.add_register(history, "old", 48.0, length_ns=48 * HOUR, step_ns=10 * MINUTE)
    plant.add_register(history, "new", 480.0, length_ns=48 * HOUR, step_ns=10 * MINUTE)
    day = dt.date(2026, 3, 2)
    site = plant.site(
        plant.meter(Role.FACILITY_INPUT, "old", valid_to=day),
        plant.meter(Role.FACILITY_INPUT, "new", valid_from=day),
        timezone="Asia/Shanghai",
    )
    found = role_energy(history, site, Role.FACILITY_INPUT, START, START + 48 * HOUR)
    # Local midnight of 2 March is 16:00 UTC of 1 March.
    assert found.value_j == pytest.approx((16 * 1.0 + 32 * 10.0) * J_PER_KWH)
    assert found.coverage == pytest.approx(1.0)


def test_no_meter_and_no_reading_are_none() -> None:
    """Nothing known is None with its reason, never 0."""
    history = MemoryHistory()
    site = plant.site(plant.meter(Role.COOLING, "m"))
    assert role_energy(history, site, Role.FACILITY_INPUT, START, START + HOUR).reason == "no_meter"
    silent = role_energy(history, site, Role.COOLING, START, START + HOUR)
    assert (silent.value_j, silent.reason) == (None, "no_readings")


def test_long_windows_read_in_steps_agree_with_the_register() -> None:
    """Ten days read from rollups give the register's own difference."""
    history = MemoryHistory()
    plant.add_register(history, "m", 240.0, length_ns=240 * HOUR, step_ns=5 * MINUTE)
    meter = plant.meter(Role.FACILITY_INPUT, "m")
    start, end = START + 7 * MINUTE, START + 239 * HOUR + 13 * MINUTE
    found = metered_energy(history, plant.site(meter), meter, start, end)
    assert found.value_j == pytest.approx((end - start) / NS_PER_HOUR * J_PER_KWH, rel=1e-9)
    assert found.coverage == pytest.approx(1.0)
    assert found.gaps == ()


@given(
    powers=st.lists(st.floats(1000, 20_000), min_size=10, max_size=50),
    cuts=st.lists(st.floats(0, 1), min_size=1, max_size=4),
    reset_at=st.floats(0.1, 0.9),
    silent=st.sets(st.integers(2, 40), max_size=10),
)
def test_splitting_an_interval_never_changes_its_energy(
    powers: list[float],
    cuts: list[float],
    reset_at: float,
    silent: set[int],
) -> None:
    """With gaps and a reset, the parts of a window sum to the window."""
    history = MemoryHistory()
    reset = int(reset_at * len(powers))
    shown, level = [5e9], 5e9
    for i, power in enumerate(powers):
        level = power * 60 if i == reset else level + power * 60
        shown.append(level)
    kept = [i for i in range(len(shown)) if i not in silent]
    history.add(plant.energy_key("m"), [START + i * MINUTE for i in kept], [shown[i] for i in kept])
    meter = plant.meter(Role.FACILITY_INPUT, "m")
    site = plant.site(meter)
    end = START + len(powers) * MINUTE
    edges = sorted({START, end, *(START + round(cut * (end - START) / NS_PER_SECOND) * NS_PER_SECOND for cut in cuts)})
    whole = metered_energy(history, site, meter, START, end).value_j or 0.0
    parts = [metered_energy(history, site, meter, a, b).value_j or 0.0 for a, b in itertools.pairwise(edges)]
    assert sum(parts) == pytest.approx(whole, rel=1e-9, abs=1e-3)


@given(factor=st.floats(0.01, 1000))
def test_scaling_all_meters_leaves_ratios(factor: float) -> None:
    """A common factor on every meter changes energies and not the PUE."""
    history = MemoryHistory()
    plant.add_register(history, "in", 13.0)
    plant.add_register(history, "it", 10.0)
    site = plant.site(
        plant.meter(Role.FACILITY_INPUT, "in", factor=factor),
        plant.meter(Role.PDU_OUTPUT, "it", factor=factor),
    )
    pue, facility = compute(history, site, START, START + HOUR, {"pue", "facility_energy"})
    assert pue.value == pytest.approx(1.3)
    assert facility.value == pytest.approx(13.0 * factor * J_PER_KWH)


LONG = 10 * 24 * 12
"""Steps of five minutes in ten days."""


@settings(max_examples=25, deadline=None)
@given(
    base=st.floats(1000, 20_000),
    cuts=st.lists(st.integers(1, LONG - 1), min_size=1, max_size=4),
    silent=st.lists(st.integers(1, LONG - 40), max_size=3),
    wrap=st.booleans(),
)
def test_splitting_a_long_window_never_changes_its_energy(
    base: float, cuts: list[int], silent: list[int], *, wrap: bool
) -> None:
    """Parts read from raw readings sum to ten days read in steps, across silences and a wrap of the register."""
    history = MemoryHistory()
    modulus = 2.0**32 * 3600.0
    gone = {i for start in silent for i in range(start, start + 36)}
    origin = modulus - base * 300.0 * LONG / 2 if wrap else 1e6
    kept = [i for i in range(LONG + 1) if i not in gone]
    true = [origin + base * 300.0 * i for i in kept]
    shown = [value % modulus for value in true]
    history.add(plant.energy_key("m"), [START + i * 5 * MINUTE for i in kept], shown)
    meter = plant.meter(Role.FACILITY_INPUT, "m")
    site = plant.site(meter)
    edges = sorted({START, START + LONG * 5 * MINUTE, *(START + cut * 5 * MINUTE for cut in cuts)})
    whole = metered_energy(history, site, meter, edges[0], edges[-1]).value_j
    parts = [metered_energy(history, site, meter, a, b).value_j or 0.0 for a, b in itertools.pairwise(edges)]
    assert whole == pytest.approx(base * 300.0 * LONG, rel=1e-9)
    assert sum(parts) == pytest.approx(whole, rel=1e-9)


def test_days_of_23_and_25_hours_sum_to_their_month() -> None:
    """Local days around both changes of the clock leave nothing out and count nothing twice."""
    for month in ("2026-03-20", "2026-10-20"):
        history = MemoryHistory()
        start = from_iso(f"{month}T00:00:00Z")
        times = [start + i * 15 * MINUTE for i in range(14 * 96 + 1)]
        history.add(plant.energy_key("m"), times, [1e9 + 9e5 * i for i in range(len(times))])
        meter = plant.meter(Role.FACILITY_INPUT, "m")
        site = plant.site(meter, timezone="Europe/Berlin")
        first = dt.date.fromisoformat(month) + dt.timedelta(days=1)
        edges = [midnight_ns(first + dt.timedelta(days=i), site) for i in range(13)]
        days = [metered_energy(history, site, meter, a, b).value_j or 0.0 for a, b in itertools.pairwise(edges)]
        whole = metered_energy(history, site, meter, edges[0], edges[-1]).value_j
        assert sum(days) == pytest.approx(whole)
        hours = sorted({round(day / 3.6e6) for day in days})
        assert hours == ([23, 24] if month == "2026-03-20" else [24, 25])


def test_a_current_transformer_that_is_replaced_changes_the_factor_from_its_day_on() -> None:
    """One register with a factor of 40 to its last day and of 60 from then on; last year's energy stays."""
    history = MemoryHistory()
    plant.add_register(history, "m", 48.0, length_ns=48 * HOUR, step_ns=10 * MINUTE)
    day = dt.date(2026, 3, 2)
    old = plant.meter(Role.FACILITY_INPUT, "m", factor=40.0, valid_to=day)
    new = plant.meter(Role.FACILITY_INPUT, "m", factor=60.0, valid_from=day)
    found = role_energy(history, plant.site(old, new), Role.FACILITY_INPUT, START, START + 48 * HOUR)
    assert found.value_j == pytest.approx((24 * 40.0 + 24 * 60.0) * J_PER_KWH)
    before = role_energy(history, plant.site(old), Role.FACILITY_INPUT, START, START + 24 * HOUR)
    after_edit = role_energy(history, plant.site(old, new), Role.FACILITY_INPUT, START, START + 24 * HOUR)
    assert after_edit.value_j == before.value_j


@settings(max_examples=30)
@given(
    zone=st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "UTC"]),
    month=st.sampled_from(["2026-03-25", "2026-10-01", "2026-10-21", "2026-10-29"]),
    on=st.integers(1, 5),
    kwh=st.tuples(st.floats(0.5, 50), st.floats(0.5, 50), st.floats(0.5, 50)),
)
def test_a_meter_that_follows_another_on_any_day(
    zone: str, month: str, on: int, kwh: tuple[float, float, float]
) -> None:
    """Feeds A and B add up, A by its old meter to a local midnight and by the new one from then on, and so do days."""
    history = MemoryHistory()
    start = from_iso(f"{month}T00:00:00Z")
    count = 7 * 96
    times = [start + i * 15 * MINUTE for i in range(count + 1)]
    for device, hourly in zip(("a-old", "a-new", "b"), kwh, strict=True):
        history.add(plant.energy_key(device), times, [1e9 + i * hourly * J_PER_KWH / 4 for i in range(count + 1)])
    day = dt.date.fromisoformat(month) + dt.timedelta(days=on)
    old = plant.meter(Role.UPS_OUTPUT, "a-old", valid_to=day)
    new = plant.meter(Role.UPS_OUTPUT, "a-new", valid_from=day)
    site = plant.site(old, new, plant.meter(Role.UPS_OUTPUT, "b"), timezone=zone)
    edges = [midnight_ns(day + dt.timedelta(days=i - on + 1), site) for i in range(6)]
    change = midnight_ns(day, site)
    whole = role_energy(history, site, Role.UPS_OUTPUT, edges[0], edges[-1])
    hours = [(change - edges[0]) / HOUR, (edges[-1] - change) / HOUR]
    before, after = (max(0.0, hour) for hour in hours)
    length = (edges[-1] - edges[0]) / HOUR
    expected = kwh[0] * min(before, length) + kwh[1] * min(after, length) + kwh[2] * length
    assert whole.value_j == pytest.approx(expected * J_PER_KWH, rel=1e-6)
    days = [role_energy(history, site, Role.UPS_OUTPUT, a, b).value_j or 0.0 for a, b in itertools.pairwise(edges)]
    assert sum(days) == pytest.approx(whole.value_j, rel=1e-6)


@given(after=st.floats(0, 1e6), flow=st.floats(1e-5, 1e-3))
def test_a_new_water_meter_is_no_flood(after: float, flow: float) -> None:
    """A water meter that is replaced adds what flowed, and at most what a pipe can begin to carry at once."""
    history = MemoryHistory()
    meter = Meter(role=Role.WATER_INPUT, device="w")
    key = SeriesKey(plant.SITE, "w", "", meter.energy)
    shown = [5e5 + flow * 60 * i if i < 30 else after + flow * 60 * (i - 30) for i in range(61)]
    history.add(key, [START + i * MINUTE for i in range(61)], shown)
    found = metered_energy(history, plant.site(meter), meter, START, START + HOUR)
    assert found.value_j is not None
    assert flow * 59 * 60 * 0.999 <= found.value_j <= flow * (3600 + 2 * 60) + 0.1 * 60 + 1e-6


@pytest.mark.parametrize("silent", [False, True])
def test_a_year_is_read_in_hours_and_its_gaps_are_listed(*, silent: bool) -> None:
    """A hundred days in steps of an hour have the register's energy and no gap but the one there is."""
    history = MemoryHistory()
    steps = 100 * 24 * 4
    kept = [i for i in range(steps + 1) if not (silent and 4000 <= i < 4100)]
    history.add(plant.energy_key("m"), [START + i * 15 * MINUTE for i in kept], [1e9 + i * 9e5 for i in kept])
    meter = plant.meter(Role.FACILITY_INPUT, "m")
    found = metered_energy(history, plant.site(meter), meter, START, START + steps * 15 * MINUTE)
    assert found.value_j == pytest.approx(steps * 9e5, rel=1e-9)
    assert (found.coverage, len(found.gaps)) == (1.0, 1 if silent else 0)


def test_a_hundred_meters_and_more_over_a_long_window() -> None:
    """However many meters a role has, each is counted once."""
    history = MemoryHistory()
    meters = [plant.meter(Role.PDU_OUTPUT, f"pdu-{i:03}") for i in range(205)]
    for i, meter in enumerate(meters):
        plant.add_register(history, meter.device, 10.0 + i, length_ns=72 * HOUR, step_ns=HOUR)
    found = role_energy(history, plant.site(*meters), Role.PDU_OUTPUT, START, START + 72 * HOUR)
    assert found.value_j == pytest.approx(sum(10.0 + i for i in range(205)) * J_PER_KWH, rel=1e-6)
    assert len(found.meters) == 205


def test_steps_of_a_year_lose_nothing_between_them() -> None:
    """Readings a nanosecond apart, as steps end and begin, keep the energy between them however long the curve is."""
    hours = START + HOUR * np.arange(400 * 24, dtype=np.int64)
    times = np.stack((hours, hours + HOUR - 1), axis=1).ravel()
    register = from_register(times, 1e6 * np.arange(len(times), dtype=float), gap_ns=2 * HOUR)
    late = np.array([START - HOUR, int(times[-1]) + HOUR], dtype=np.int64)
    power = from_power(late, np.array([1.0, 1.0]), gap_ns=500 * 24 * HOUR)
    both = filled(register, power)
    span = int(times[0]), int(times[-1])
    assert both.spans(*span) == [span]
    assert both.energy(*span) == register.energy(*span) == 1e6 * (len(times) - 1)
    middle = times[:-1][1::2]
    assert set(np.diff(both.covered(np.stack((middle, middle + 1), axis=1).ravel()))[::2].tolist()) == {1}
