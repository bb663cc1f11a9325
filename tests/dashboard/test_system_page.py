"""The system page: what the doctor finds, processes and jobs, settings with their origin, and what people did."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from greendc.contracts import Event
from greendc.ledger import SqliteLedger
from greendc.model import Principal
from greendc.status import (
    AnalyseStatus,
    ChannelStatus,
    CollectStatus,
    DeviceStatus,
    IngestStatus,
    NotifyStatus,
    write_status,
)
from greendc.units import NS_PER_SECOND
from tests.dashboard import seeding
from tests.dashboard.opening import Opener, markup, opener

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "hunter2-very-secret"


def seed(folder: Path, now_ns: int) -> None:
    """Write a site, readings, the status of processes that are well, hang and fail, and acts of two people."""
    seeding.write_site(folder)
    seeding.fill(folder, now_ns, hours=1)
    devices = [
        DeviceStatus(name="meter-main", state="ok", last_ok_ns=now_ns, latency_s=0.21),
        DeviceStatus(name="env-r02", state="away", error="timeout <b>after</b> 3 tries"),
    ]
    write_status(folder, "collect", CollectStatus(time_ns=now_ns, devices=devices, sampled=1234, spooled=1234))
    write_status(
        folder, "ingest", IngestStatus(time_ns=now_ns - 300 * NS_PER_SECOND, store="ok", broker="refused", stored=9)
    )
    done = {"alarms": now_ns - 5 * NS_PER_SECOND, "report": now_ns - 7200 * NS_PER_SECOND}
    write_status(
        folder, "analyse", AnalyseStatus(time_ns=now_ns, last_done_ns=done, errors={"training": "no <i>room</i>"})
    )
    channels = [ChannelStatus(name="mail", error="no route", waiting=3, sent=7, lost=1)]
    write_status(folder, "notify", NotifyStatus(time_ns=now_ns, channels=channels))
    ledger = SqliteLedger(folder / "ledger.sqlite")
    for i, (who, role, kind, reason) in enumerate(
        (
            ("operator", "operator", "report.verified", "seen <script>x</script>"),
            ("greendc", "system", "models.seen", ""),
            ("li", "operator", "future.kind", "later"),
        )
    ):
        principal = Principal(name=who, role=role)
        ledger.append(
            Event(time_ns=now_ns + i, kind=kind, subject=f"thing-{i}", principal=principal, reason=reason, body="{}")
        )
    ledger.close()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opener]:
    """Return what opens the page on this test's data directory."""
    seed(tmp_path, time.time_ns())
    monkeypatch.setenv("GREENDC_STORE_TOKEN", SECRET)
    monkeypatch.setenv("GREENDC_BROKER", f"mqtt://me:{SECRET}@127.0.0.1:1883")
    monkeypatch.setenv("GREENDC_RETENTION_RAW", "400")
    with opener("system", tmp_path, monkeypatch) as opens:
        yield opens


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_well_and_what_is_not(run: Opener, lang: str) -> None:
    """Failures come first, with mark and word; a process that hangs is stale; a job that failed says why."""
    page = markup(run(lang))
    states = re.findall('data-finding="([a-z]+)"', page)
    assert states == sorted(states, key=["fail", "warn", "ok"].index)
    assert states.count("fail") == 3
    assert re.findall('data-process="([a-z]+)"', page) == ["collect", "ingest", "analyse", "notify"]
    words = {
        "zh": ("陈旧 · 5 分钟前", "故障", "模型训练", "保留", "永久"),
        "en": ("stale · 5 min ago", "fails", "training", "for ever", "slowest read", "0.21", "no route"),
    }[lang]
    assert [word for word in words if word not in page] == []
    assert "no &lt;i&gt;room&lt;/i&gt;" in page
    assert "timeout &lt;b&gt;after" in page


def test_no_secret_is_shown_and_every_value_has_its_origin(run: Opener, tmp_path: Path) -> None:
    """A secret is set or not set, a sign-in in an address is masked, and values name variable, line or default."""
    page = markup(run("en"))
    assert SECRET not in page
    assert "mqtt://********@127.0.0.1:1883" in page
    assert "GREENDC_STORE_TOKEN" in page
    assert "GREENDC_RETENTION_RAW" in page
    assert "community" not in page
    assert "snmp-v2c ********" in page
    line = 1 + seeding.SITE_TOML.splitlines().index('timezone = "Asia/Shanghai"')
    assert f"line {line}" in page
    assert str(tmp_path / "site.toml") in page
    (tmp_path / "site.toml").write_text("schema = 1\n[site", "utf-8")
    assert "has errors" in markup(run("en"))


def test_the_audit_has_people_alone(run: Opener) -> None:
    """Newest first, with person, reason and subject as text; what programs wrote is not in it, nor is it lost."""
    app = run("en")
    page = markup(app)
    assert re.findall(r'data-deed="(\d+)"', page) == ["3", "1"]
    assert "seen &lt;script&gt;" in page
    assert "verified a report" in page
    assert "future.kind" in page
    app.selectbox(key="choice_who").set_value("operator").run()
    assert re.findall(r'data-deed="(\d+)"', markup(app)) == ["1"]


def test_without_the_store_the_page_says_so(run: Opener, free_port: int) -> None:
    """The store is a failure of the doctor then; everything else is known."""
    page = markup(run("en", store=f"influxdb://127.0.0.1:{free_port}/greendc"))
    assert "Store: the store has not answered since" in page
    assert re.findall('data-finding="([a-z]+)"', page).count("fail") == 4
    assert "data-deed" in page
