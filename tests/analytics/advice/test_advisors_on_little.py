"""Every advisor on stores that tell little or nothing: it answers in words, and never fails."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from analytics.advice import ADVISORS, Recommendation, Refusal, Situation
from benchmarks.anomaly.column_store import ColumnStore
from greendc.model import Batch, Quality
from greendc.site import Site, load_site
from greendc.texts import LANGUAGES
from greendc.toml_source import TomlSource
from greendc.units import NS_PER_SECOND
from simulators.runs.readings import Readings
from simulators.sites.presets import preset
from simulators.sites.simulated_site import SimulatedSite
from tests.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from greendc.model import SeriesKey

START_S, QUARTER_S, HOUR_S, YEAR_S = 1_776_211_200.0, 900.0, 3600.0, 365 * 86_400.0
HOURS = 20 * 24
DECLARED = """
[battery]
device = "meter-storage"
capacity_kwh = 60.0
charge_kw = 15.0
discharge_kw = 15.0

[[deferrable]]
name = "backup"
device = "meter-main"
most_kw = 10.0
start = "20:00"
end = "06:00"
"""
STORES: dict[str, tuple[int, float, Callable[[float], float]]] = {
    "empty": (0, HOUR_S, float),
    "three rows": (3, QUARTER_S, float),
    "nothing known": (HOURS, HOUR_S, lambda _: math.nan),
    "constant": (HOURS, HOUR_S, float),
    "zero": (HOURS, HOUR_S, lambda _: 0.0),
}
"""By name how many rows a store has, how far apart, and what stands in them for a plausible value."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, dict[SeriesKey, float]]:
    """Return a room with a tariff by time of use, a battery and work that may wait, and a value of each series."""
    folder: Path = tmp_path_factory.mktemp("room")
    made = preset("room", itertools.count(1).__next__, "mqtt://127.0.0.1:1883")
    text = made.files["site.toml"].replace("[tariff]\n", '[tariff]\nfile = "tariff.toml"\n', 1) + DECLARED
    (folder / "tariff.toml").write_text((ROOT / "analytics/data/tariff_example.toml").read_text("utf-8"), "utf-8")
    site, _ = load_site(TomlSource(str(folder / "site.toml"), text))
    assert site is not None
    plant = SimulatedSite(made, seed=3, start_s=START_S, number=0)
    records = plant.run(8, QUARTER_S)
    values = {}
    for batch in Readings(plant, START_S + YEAR_S).batches(records):
        readings = map(batch.reading, range(len(batch)))
        values.update({one.key: one.value for one in readings if one.value is not None})
    return site, values


@pytest.fixture(scope="module", params=STORES)
def situation(request: pytest.FixtureRequest, told: tuple[Site, dict[SeriesKey, float]]) -> Situation:
    """Return what advisors are asked with, at the end of one of the stores."""
    site, values = told
    rows, step_s, value = STORES[request.param]
    times = ((START_S + np.arange(rows) * step_s) * NS_PER_SECOND).astype(np.int64)
    written = np.repeat([value(one) for one in values.values()], rows)
    batch = Batch()
    batch.series = list(values)
    batch.index.frombytes(np.repeat(np.arange(len(values), dtype=np.uint32), rows).tobytes())
    batch.time_ns.frombytes(np.tile(times, len(values)).tobytes())
    batch.value.frombytes(written.tobytes())
    quality = np.where(np.isfinite(written), int(Quality.GOOD), int(Quality.BAD))
    batch.quality.frombytes(quality.astype(np.uint8).tobytes())
    batch.reason.frombytes(np.zeros(len(written), np.uint16).tobytes())
    store = ColumnStore()
    store.write_batch(batch)
    return Situation(store, site, round((START_S + rows * step_s) * NS_PER_SECOND), least_ns=0)


@pytest.mark.parametrize("key", [advisor.key for advisor in ADVISORS])
def test_it_answers_in_words(situation: Situation, key: str) -> None:
    """A refusal that says why, and what lacks; advice only on days of data, with numbers that are numbers."""
    advisor = next(one for one in ADVISORS if one.key == key)
    answers = advisor.advise(situation)
    assert answers
    days = (situation.now_ns - situation.start_ns) / NS_PER_SECOND / 86_400.0
    for answer in answers:
        for lang in LANGUAGES:
            words = (
                [answer.text(lang)] if isinstance(answer, Refusal) else [answer.proposal(lang), *answer.checks(lang)]
            )
            assert [one for one in words if not one.endswith(("。", ".")) or "nan" in one] == []
        if isinstance(answer, Refusal):
            assert answer.missing or answer.reason not in {"missing", "coverage"}
            continue
        assert isinstance(answer, Recommendation)
        assert days > 1.0
        spreads = [
            one for one in (answer.energy_kwh, answer.money, answer.carbon_kg, answer.water_m3) if one is not None
        ]
        assert all(math.isfinite(one.p10) and one.p10 <= one.p50 <= one.p90 for one in spreads)
