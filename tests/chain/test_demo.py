"""The demo as a stranger starts it: every process, real protocols, on each store."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from analytics.advice_view import open_advice
from edge_agent.config import read_edge
from greendc.account import account
from greendc.ledger import SqliteLedger
from greendc.profiles import profile
from greendc.site import read_site
from greendc.storage import open_store
from simulators.sites.presets import EDGE_NODES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from greendc.model import SeriesKey


SOUND_PUE = (1.18, 1.42)
"""The room's own is near 1.26; the first minute sees fans and pumps settle."""


class Data(msgspec.Struct):
    """What ``greendc demo --json`` promises to print."""

    url: str
    readings_stored: int
    devices_up: int
    devices_total: int
    first_reading_s: float
    backfilled_ratio: float
    alarms_open: int
    advice_open: int
    pue: float
    pue_method: str


def run_demo(folder: Path, store: str, seconds: int) -> Data:
    """Run the demo with a short past for some seconds and return what it prints; nothing may be left running."""
    words = ["demo", "--data", str(folder), "--store", store, "--port", "0", "--backfill", "2h"]
    done = subprocess.run(
        [sys.executable, "-m", "greendc", *words, "--no-browser", "--duration", str(seconds), "--json"],
        env={key: value for key, value in os.environ.items() if not key.startswith("GREENDC_")},
        capture_output=True,
        text=True,
        timeout=seconds + 60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return msgspec.convert(json.loads(done.stdout)["data"], Data)


def unserved_series(folder: Path, stored: Sequence[SeriesKey]) -> list[str]:
    """Return the stored series of a running site that no device of its files is asked for."""
    devices = {device.name: device for device in read_site(folder / "site.toml").devices}
    for node in EDGE_NODES:
        devices |= {device.name: device for device in read_edge(folder / f"{node}.toml").devices}
    asked = {
        (name, point.quantity, re.sub(r"\\\{\w+\\\}", ".+", re.escape(point.part)))
        for name, device in devices.items()
        for point in profile(device.profile).points
    } | {(node, "spool_rows", "") for node in EDGE_NODES}
    patterns: dict[tuple[str, str], list[str]] = {}
    for name, quantity, pattern in asked:
        patterns.setdefault((name, quantity), []).append(pattern)
    return [
        key.label()
        for key in stored
        if not any(re.fullmatch(one, key.part) for one in patterns.get((key.device, key.quantity), []))
    ]


@pytest.mark.chain
@pytest.mark.timeout(200)
def test_one_alarm_one_advice_one_report(tmp_path: Path) -> None:
    """Within a good minute all devices, the alarm, the advice, a sound PUE and a report are there; nothing is lost."""
    data = run_demo(tmp_path / "demo", "embedded", 70)
    assert data.devices_up == data.devices_total > 30
    assert data.backfilled_ratio == 1.0
    assert data.alarms_open == 1
    assert data.advice_open >= 1
    assert SOUND_PUE[0] < data.pue < SOUND_PUE[1]
    assert data.pue_method in {"register", "mixed", "integrated"}
    assert list((tmp_path / "demo" / "reports").glob("*/manifest.sig"))
    ledger = SqliteLedger(tmp_path / "demo" / "ledger.sqlite")
    advice = open_advice(ledger)
    ledger.close()
    # Which of the set-points pays in two hours depends on the hour of the day.
    assert {"supply_air", "chilled_water", "fan_speed"} & {one.advisor for one in advice}
    store = open_store("embedded", tmp_path / "demo", read_only=True)
    report = account("kunming-demo", tmp_path / "demo", store)
    unserved = unserved_series(tmp_path / "demo", store.series("kunming-demo"))
    store.close()
    assert unserved == []
    assert report.closes, report
    assert {row.node for row in report.rows} == {"backfill", "centre", "edge-01", "edge-02"}


@pytest.mark.chain
@pytest.mark.timeout(120)
def test_a_run_that_stores_nothing_has_failed(tmp_path: Path) -> None:
    """With a store that is away the run ends with exit code 1 and says why."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "greendc",
            "demo",
            "--data",
            str(tmp_path / "demo"),
            "--store",
            "influxdb://127.0.0.1:9/x",
            "--port",
            "0",
            "--backfill",
            "",
            "--no-browser",
            "--duration",
            # Eight processes start before one of them can say that the store does not answer.
            "30",
            "--json",
        ],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 1
    (problem,) = json.loads(done.stdout)["problems"]
    assert problem["code"] == "cli.demo.nothing_stored"
    assert "does not answer" in problem["message"]


@pytest.mark.chain
@pytest.mark.timeout(200)
def test_the_same_on_influxdb(tmp_path: Path, influx_url: str) -> None:
    """The whole chain runs on a real InfluxDB as on the embedded store."""
    data = run_demo(tmp_path / "demo", influx_url, 60)
    assert data.devices_up == data.devices_total > 30
    assert data.readings_stored > 10_000
    assert SOUND_PUE[0] < data.pue < SOUND_PUE[1]
