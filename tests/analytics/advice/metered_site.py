"""A site of a few meters whose quarter hours are written by hand: grid, IT, sun, storage, light, and a tariff."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.advice import Situation
from greendc.clock import from_iso
from greendc.model import SeriesKey
from greendc.site import Site, load_site
from greendc.toml_source import TomlSource
from greendc.units import NS_PER_SECOND
from tests.analytics.memory_history import MemoryHistory

if TYPE_CHECKING:
    from pathlib import Path

STEP_NS = 900 * NS_PER_SECOND
START = from_iso("2026-02-28T16:00Z")
"""Midnight of 1 March in Shanghai."""
PER_DAY = 96
HEAD = """schema = 1
[site]
name = "lab"
timezone = "Asia/Shanghai"
region = "CN-YN"
[tariff]
currency = "CNY"
price_per_kwh = 0.5
"""
ROLES = {"main": "facility_input", "it": "it_input", "pv": "generation", "ess": "storage"}
DEVICE = """[[devices]]
name = "{name}"
profile = "schneider-iem3000"
address = "modbus://127.0.0.1?unit={unit}"
"""
METER = """[[meters]]
role = "{role}"
device = "{name}"
"""


def site_text(*names: str, head: str = HEAD, more: str = "") -> str:
    """Return a site file of devices; those with a usual role are its meters."""
    devices = [DEVICE.format(name=name, unit=unit) for unit, name in enumerate(names, start=1)]
    meters = [METER.format(name=name, role=ROLES[name]) for name in names if name in ROLES]
    return "\n".join([head, *devices, *meters, more])


def site_of(text: str, path: Path | None = None) -> Site:
    """Return a checked site; relative files start at ``path``."""
    site, problems = load_site(TomlSource(str(path / "site.toml") if path else "site.toml", text))
    assert site is not None
    assert [problem.sentence() for problem in problems if problem.level == "error"] == []
    return site


def times(days: float) -> np.ndarray:
    """Return the quarter hours of days."""
    return START + np.arange(round(days * PER_DAY), dtype=np.int64) * STEP_NS


def hour(days: float) -> np.ndarray:
    """Return the local hour of each quarter, 0 up to 24."""
    return np.asarray(np.arange(round(days * PER_DAY)) % PER_DAY / 4.0)


def key(device: str, quantity: str = "active_power_w", part: str = "") -> SeriesKey:
    """Return a series of the site."""
    return SeriesKey("lab", device, part, quantity)


def history(series: dict[SeriesKey, np.ndarray]) -> MemoryHistory:
    """Return a store that holds series of quarter hours from `START` on; NaN is no reading."""
    store = MemoryHistory()
    for one, values in series.items():
        kept = np.flatnonzero(np.isfinite(values))
        store.add(one, (START + kept * STEP_NS).tolist(), values[kept].tolist())
    return store


def situation(series: dict[SeriesKey, np.ndarray], site: Site) -> Situation:
    """Return what an advisor is asked with, at the end of the longest series."""
    end = START + max((len(values) for values in series.values()), default=0) * STEP_NS
    return Situation(history(series), site, end, least_ns=0)
