"""What figures were made of: hashes that follow the data and the configuration, and nothing else."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.figures import traced
from analytics.figures.tracing import without_lineage
from analytics.kpis import compute
from analytics.lineage import configuration, points_sha256
from analytics.points import Points
from greendc.model import SeriesKey
from greendc.site import Role, Site
from greendc.units import J_PER_KWH
from tests.analytics import plant
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, MINUTE, SITE, START
from tests.analytics.room import inlet, room

if TYPE_CHECKING:
    from analytics.result import KpiResult

SITE_FILE = plant.site(plant.meter(Role.FACILITY_INPUT, "in"), plant.meter(Role.IT_INPUT, "it"))


def _history() -> MemoryHistory:
    history = MemoryHistory()
    plant.add_register(history, "in", 13.0)
    plant.add_register(history, "it", 10.0)
    return history


def _pue(history: MemoryHistory, site: Site = SITE_FILE) -> KpiResult:
    (found,) = traced(history, site, START, START + HOUR, {"pue"})
    return found


def _hash(history: MemoryHistory, site: Site = SITE_FILE) -> str:
    found = _pue(history, site).lineage
    assert found is not None
    return found.sha256


def test_a_figure_names_its_registers_at_the_ends() -> None:
    """An auditor can subtract the two readings of each meter and gets the energies of the figure."""
    found = _pue(_history())
    sources = {source.meter: source for side in found.inputs for source in side.sources}
    assert sources.keys() == {"in", "it"}
    for name, kwh in (("in", 13.0), ("it", 10.0)):
        first, last = sources[name].boundaries[0], sources[name].boundaries[-1]
        assert (first.time_ns, last.time_ns) == (START, START + HOUR)
        assert last.value - first.value == pytest.approx(kwh * J_PER_KWH)
        assert (sources[name].values, sources[name].coverage, sources[name].method) == (61, 1.0, "register")


def test_a_gap_is_named_by_the_readings_at_its_ends() -> None:
    """Twenty minutes without a reading stand in the lineage with what the register showed before and after."""
    history = MemoryHistory()
    times = [START + i * MINUTE for i in range(61) if not 20 < i < 40]
    history.add(plant.energy_key("in"), times, [1e9 + 1e3 * (at - START) / MINUTE for at in times])
    plant.add_register(history, "it", 0.1)
    source = _pue(history).inputs[0].sources[0]
    assert [(one.time_ns - START) // MINUTE for one in source.boundaries] == [0, 20, 40, 60]


def test_the_same_inputs_give_the_same_hash() -> None:
    """The order in which readings, meters and devices came does not matter, nor what devices are called at."""
    turned = msgspec.structs.replace(SITE_FILE, meters=SITE_FILE.meters[::-1])
    assert _hash(_history(), turned) == _hash(_history())


@pytest.mark.parametrize("minute", [0, 31, 60])
def test_one_changed_reading_changes_the_hash(minute: int) -> None:
    """A joule at either end or in the middle is another input; one after the period is none."""
    history = _history()
    before = _hash(history)
    at = START + minute * MINUTE
    shown = history.counter(plant.energy_key("it"), at, at + 1)
    assert shown is not None
    history.add(plant.energy_key("it"), [at], [shown.first + 1.0])
    assert _hash(history) != before


def test_readings_outside_of_the_period_change_nothing() -> None:
    """What comes after the first reading behind the end is no input."""
    history = _history()
    before = _hash(history)
    plant.add_register(history, "in", 26.0, length_ns=2 * HOUR)
    plant.add_register(history, "it", 20.0, length_ns=2 * HOUR)
    assert _hash(history) == before


def test_a_changed_factor_changes_the_hash() -> None:
    """Of the configuration, though not of the data."""
    other = plant.site(plant.meter(Role.FACILITY_INPUT, "in", factor=1.01), plant.meter(Role.IT_INPUT, "it"))
    one, two = _pue(_history()).lineage, _pue(_history(), other).lineage
    assert one is not None
    assert two is not None
    assert one.data_sha256 == two.data_sha256
    assert one.configuration.parts["meters"] != two.configuration.parts["meters"]
    assert one.sha256 != two.sha256


def test_what_begins_later_does_not_change_a_past_configuration() -> None:
    """A meter that is added from April on is no part of what March was computed with."""
    later = plant.site(*SITE_FILE.meters, plant.meter(Role.IT_INPUT, "new", valid_from=dt.date(2026, 4, 1)))
    march = dt.date(2026, 3, 1), dt.date(2026, 3, 31)
    assert configuration(later, *march) == configuration(SITE_FILE, *march)
    april = dt.date(2026, 4, 1), dt.date(2026, 4, 30)
    assert configuration(later, *april) != configuration(SITE_FILE, *april)


def test_gauges_have_a_lineage_too() -> None:
    """A figure of sensors has no meters; its hash follows their means."""
    history = MemoryHistory()
    times = [START + i * MINUTE for i in range(61)]
    for rack in ("r01", "r02", "r03"):
        history.add(inlet(rack), times, [20.0] * 61)

    def hashed() -> str:
        (found,) = traced(history, room(), START, START + HOUR, {"rci_high"})
        assert found.lineage is not None
        return found.lineage.data_sha256

    before = hashed()
    assert before
    assert hashed() == before
    history.add(inlet("r02"), [START], [21.0])
    assert hashed() != before


def test_tracing_changes_no_figure() -> None:
    """All figures are the same with and without their lineage."""
    history = _history()
    history.add(SeriesKey(SITE, "srv", "", "cpu_utilisation_ratio"), [START, START + MINUTE], [0.2, 0.4])
    found = traced(history, SITE_FILE, START, START + HOUR)
    assert without_lineage(found) == compute(history, SITE_FILE, START, START + HOUR)
    assert all(result.lineage is not None for result in found)


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 1000), st.floats(-1e9, 1e9)), min_size=1, max_size=20, unique_by=lambda r: r[0]
    ),
    seed=st.integers(),
)
def test_rows_hash_alike_in_any_order(rows: list[tuple[int, float]], seed: int) -> None:
    """Shuffled rows have the hash of sorted ones, and one changed value has another."""

    def hashed(some: list[tuple[int, float]]) -> str:
        times, values = zip(*some, strict=True)
        return points_sha256({"x": Points(time_ns=np.array(times, np.int64), values=np.array(values, np.float64))})

    shuffled = sorted(rows, key=lambda row: hash((seed, row)))
    assert hashed(shuffled) == hashed(rows)
    changed = [(rows[0][0], rows[0][1] + 1.0), *rows[1:]]
    assert hashed(changed) != hashed(rows)
