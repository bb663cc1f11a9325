"""One reading of the store for a period and its months: the same figures as alone, and nothing asked for twice."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.curve import from_register
from analytics.figures import traced
from analytics.figures.tracing import traced_figures
from analytics.kpis.side import FACILITY
from analytics.reports.gathering.hours import hours_of
from analytics.reports.gathering.months import months_of
from analytics.reports.gathering.once import PartPeriod, WholePeriod
from greendc.clock import NS_PER_HOUR
from greendc.site import Role
from greendc.units import J_PER_KWH
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, add_register, energy_key, meter
from tests.analytics.plant import START as MARCH
from tests.analytics.plant import site as lab
from tests.analytics.reports.report_facts import END, START, history, site

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from greendc.model import SeriesKey

DAY = 24 * HOUR


class _Counted(MemoryHistory):
    """Counts how often each series is read in long stretches."""

    def __init__(self, known: MemoryHistory) -> None:
        super().__init__()
        self._series = known._series
        self.asked: Counter[SeriesKey] = Counter()

    def aggregated(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int, step_ns: int) -> pa.Table:
        """Note what is asked for."""
        self.asked.update(keys)
        return super().aggregated(keys, start_ns, end_ns, step_ns)


def test_a_report_says_what_the_figures_say_with_the_same_lineage() -> None:
    """Value, coverage, sources and hashes of the whole period are those of the figures anywhere else."""
    known, readings = site(), history()
    assert traced_figures(WholePeriod(readings, known, START, END)) == traced(readings, known, START, END)


def test_no_series_is_read_twice_for_figures_months_and_hours() -> None:
    """Registers, powers and sensors are asked of the store once, however many months there are."""
    readings = _Counted(history())
    whole = WholePeriod(readings, site(), START, END)
    traced_figures(whole)
    months_of(whole)
    hours_of(whole)
    assert {key.device for key in readings.asked} >= {"main", "mech", "pdu", "env-r01", "water"}
    assert readings.asked.most_common(1)[0][1] == 1


def _counting(readings: MemoryHistory, device: str, days: int, *, reset_day: int | None = None) -> None:
    times = [MARCH + i * HOUR for i in range(24 * days + 1)]
    values = [5000.0 + 10.0 * i for i in range(len(times))]
    if reset_day is not None:
        values = values[: 24 * reset_day] + [10.0 * i for i in range(len(times) - 24 * reset_day)]
    readings.add(energy_key(device), times, [value * J_PER_KWH for value in values])


def test_a_reset_belongs_to_the_month_in_which_it_was() -> None:
    """A register that began anew in April is whole in March and May."""
    readings = MemoryHistory()
    _counting(readings, "main", 92, reset_day=45)
    whole = WholePeriod(readings, lab(meter(Role.FACILITY_INPUT, "main")), MARCH, MARCH + 92 * DAY)
    sides = [month.figures[1].inputs[0] for month in months_of(whole)]
    assert [side.resets for side in sides] == [0, 1, 0]
    assert [side.method for side in sides] == ["register"] * 3


def test_a_meter_that_changed_its_role_counts_in_its_own_months() -> None:
    """The old meter fills March and the new one what follows; neither is missed where it played no role."""
    change = dt.date(2026, 4, 11)
    readings = MemoryHistory()
    for name in ("old", "new"):
        _counting(readings, name, 92)
    old = meter(Role.FACILITY_INPUT, "old", valid_to=change)
    new = meter(Role.FACILITY_INPUT, "new", valid_from=change)
    whole = WholePeriod(readings, lab(old, new), MARCH, MARCH + 92 * DAY)
    months = months_of(whole)
    assert [month.figures[1].inputs[0].meters for month in months] == [("old",), ("old", "new"), ("new",)]
    assert [month.figures[1].coverage for month in months] == [1.0, 1.0, 1.0]
    hours = hours_of(whole)
    assert {round((hour.energies_j["facility"] or 0.0) / J_PER_KWH, 6) for hour in hours} == {10.0}


def test_hours_begin_with_the_period_also_where_the_zone_is_not_whole_hours() -> None:
    """In Kolkata midnight is at half past; each hour is one of the site's clock."""
    readings = MemoryHistory()
    add_register(readings, "main", 5 * 240.0, length_ns=5 * DAY, step_ns=HOUR // 4)
    known = lab(meter(Role.FACILITY_INPUT, "main"), timezone="Asia/Kolkata")
    start_ns = MARCH + 18 * HOUR + HOUR // 2
    hours = hours_of(WholePeriod(readings, known, start_ns, start_ns + 3 * DAY))
    assert [hour.start_ns for hour in hours] == [start_ns + i * NS_PER_HOUR for i in range(72)]
    assert {round((hour.energies_j["facility"] or 0.0) / J_PER_KWH, 6) for hour in hours} == {10.0}


def test_fewer_meters_of_a_month_are_cut_from_the_same_reading() -> None:
    """A part of the site within a part of the period, as a module's PUE needs it."""
    readings = MemoryHistory()
    _counting(readings, "main", 92)
    _counting(readings, "pdu", 92)
    known = lab(meter(Role.FACILITY_INPUT, "main"), meter(Role.PDU_OUTPUT, "pdu"))
    part = PartPeriod(WholePeriod(readings, known, MARCH, MARCH + 92 * DAY), known, MARCH, MARCH + 31 * DAY)
    alone = part.of([known.meters[0]])
    assert alone.curves(Role.PDU_OUTPUT) == []
    assert alone.energy(FACILITY.curves(alone)).value_j == pytest.approx(31 * 240 * J_PER_KWH)


@given(
    steps=st.lists(st.integers(1, 50), min_size=2, max_size=30),
    edges=st.lists(st.integers(0, 1500), min_size=2, max_size=2, unique=True),
)
def test_a_part_of_a_curve_says_the_same_of_its_window(steps: list[int], edges: list[int]) -> None:
    """Energy, known stretches and resets within a window do not depend on what lies outside of it."""
    times = np.cumsum([0, *steps]).astype(np.int64) * NS_PER_HOUR
    values = np.array([float(i % 11) * J_PER_KWH for i in range(len(times))])
    whole = from_register(times, values, gap_ns=20 * NS_PER_HOUR)
    start, end = (edge * NS_PER_HOUR for edge in sorted(edges))
    part = whole.within(start, end)
    assert part.spans(start, end) == whole.spans(start, end)
    assert part.energy(start, end) == pytest.approx(whole.energy(start, end))
    inside = [at for at in whole.reset_ns if start < at < end]
    assert [at for at in part.reset_ns if start < at < end] == inside
    assert set(part.bridged) == {gap for gap in whole.bridged if gap[0] < end and gap[1] > start}


def test_what_figures_share_is_noted_for_each_of_them() -> None:
    """A figure that is worked out from what another one asked for has the same data in its lineage."""
    known, readings = site(), history()
    first = traced(readings, known, START, END, keys=["rci_high", "rci_low"])
    second = traced(readings, known, START, END, keys=["rci_low"])
    assert first[1].lineage == second[0].lineage
    assert msgspec.json.encode(first[1]) == msgspec.json.encode(second[0])
