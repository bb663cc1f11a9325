"""Data quality of a simulated room: a calm day is good in every dimension, each sensor fault lowers the right one."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING

import pytest

from analytics.quality import Dimension, QualityDay, quality_of_day
from analytics.quality.day import date_at
from greendc.model import SeriesKey
from greendc.site import read_site
from greendc.storage import open_store
from simulators.runs.backfill import Backfill
from simulators.runs.plan import Plan

if TYPE_CHECKING:
    from pathlib import Path

HOUR_S = 3600.0
MOST_S = 60.0
"""A second or two on an idle machine; a busy one is not a failure."""
# A day before the end lies within the last full day at any time of day.
FAULTS = """schema = 1
name = "faulty-day"

[[events]]
kind = "sensor_stuck"
target = "env-r02"
part = "remote/2"
quantity = "air_temperature_c"
at = "1h"
duration = "2d"

[[events]]
kind = "sensor_dropout"
target = "env-r01"
part = "remote/3"
at = "1h"
duration = "2d"

[[events]]
kind = "meter_reset"
target = "pdu-r03-b"
part = ""
quantity = "active_energy_j"
at = "26h"

[[events]]
kind = "wrong_scale"
target = "pdu-r05-a"
part = ""
quantity = "active_power_w"
at = "1h"
duration = "2d"
severity = 10.0
"""


def _day(folder: Path, scenario: str) -> QualityDay:
    """Return the quality of the last full day of a past of two days."""
    folder.mkdir()
    plan = Plan(preset="room", data_dir=str(folder), seed=5, past_s=50 * HOUR_S, scenario=scenario)
    plan.written()
    store = open_store("embedded", folder)
    try:
        Backfill(plan, lambda batch, _mark: store.write_batch(batch), lambda _: None).run()
        store.compact()
        site = read_site(folder / "site.toml")
        now_ns = time.time_ns()
        began = time.monotonic()
        found = quality_of_day(store, site, date_at(site, now_ns) - dt.timedelta(days=1), now_ns)
        assert time.monotonic() - began < MOST_S
        return found
    finally:
        store.close()


def _ratio(day: QualityDay, device: str, part: str, quantity: str, dimension: Dimension) -> float | None:
    key = SeriesKey(day.site, device, part, quantity)
    return next(one for one in day.series if one.key == key).score(dimension).ratio


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> tuple[QualityDay, QualityDay]:
    """Return a calm day and one with faults of sensors and meters."""
    folder = tmp_path_factory.mktemp("quality")
    scenario = folder / "faulty-day.toml"
    scenario.write_text(FAULTS, encoding="utf-8")
    return _day(folder / "calm", ""), _day(folder / "faulty", str(scenario))


def test_a_calm_day(days: tuple[QualityDay, QualityDay]) -> None:
    """Nothing is wrong with a calm day, its power tree closes, and what cannot be known is unknown."""
    calm, _ = days
    assert len(calm.series) > 500
    for rollup in calm.site_scores:
        if rollup.dimension is Dimension.ACCESSIBILITY:
            assert (rollup.mean, rollup.known) == (None, 0)
        else:
            assert rollup.mean is not None
            assert rollup.mean > 0.999, rollup
    assert [finding.text("en") for finding in calm.findings if finding.severity == "fault"] == []
    assert calm.untracked is not None
    assert 0.0 < (calm.untracked.share or 0.0) < 0.25
    assert calm.untracked.coverage > 0.99


def test_each_fault_lowers_its_dimension(days: tuple[QualityDay, QualityDay]) -> None:
    """A stuck probe is inaccurate, a dead one incomplete and late, a reset and a wrong scale are inconsistent."""
    calm, faulty = days
    temperature, energy = "air_temperature_c", "active_energy_j"
    cases = (
        ("env-r02", "remote/2", temperature, Dimension.ACCURACY, "stuck"),
        ("env-r01", "remote/3", temperature, Dimension.COMPLETENESS, "without_value"),
        ("pdu-r03-b", "", energy, Dimension.CONSISTENCY, "counter_reset"),
        ("pdu-r05-a", "", energy, Dimension.CONSISTENCY, "unit_register"),
    )
    for device, part, quantity, dimension, code in cases:
        before = _ratio(calm, device, part, quantity, dimension)
        after = _ratio(faulty, device, part, quantity, dimension)
        assert before is not None
        assert after is not None
        assert after < before, (device, dimension)
        assert any(finding.code == code and finding.device == device for finding in faulty.findings), code
    blamed = {finding.device for finding in faulty.findings if finding.severity == "fault"}
    assert blamed == {"env-r02", "pdu-r03-b", "pdu-r05-a"}
