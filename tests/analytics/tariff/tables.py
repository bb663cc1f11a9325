"""Tariffs for tests, written as a person writes them."""

from __future__ import annotations

import zoneinfo
from importlib.resources import files

import numpy as np

from analytics.tariff import Intervals, PriceTable, load_tariff
from greendc.clock import NS_PER_HOUR, from_iso
from greendc.toml_source import TomlSource

SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
TWO_TIERS = """schema = 1
currency = "CNY"
[[days]]
peak = ["08:00-22:00"]
valley = ["22:00-08:00"]
[[prices]]
base_per_kwh = 0.5
multipliers = { peak = 1.6, valley = 0.4 }
added_per_kwh = 0.1
export_per_kwh = 0.3
"""
PEAK, VALLEY = 0.9, 0.3
EXAMPLE = files("analytics").joinpath("data/tariff_example.toml").read_text("utf-8")


def table(text: str = TWO_TIERS, zone: zoneinfo.ZoneInfo = SHANGHAI) -> PriceTable:
    """Return a tariff that has no error."""
    tariff, problems = load_tariff(TomlSource("tariff.toml", text))
    assert tariff is not None
    assert [problem.key for problem in problems if problem.level == "error"] == []
    return PriceTable(tariff, zone)


def hours(start: str, energy: np.ndarray, export: np.ndarray | None = None) -> Intervals:
    """Return hourly intervals from an ISO time on."""
    times = from_iso(start) + np.arange(len(energy), dtype=np.int64) * NS_PER_HOUR
    return Intervals(start_ns=times, step_ns=NS_PER_HOUR, import_kwh=energy, export_kwh=export)
