"""Exchange of a meter on the device page and the data quality page, and the one read that a person makes."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from analytics.meter_exchange import Registers, exchanges_of, record_exchange
from greendc.ledger import SqliteLedger
from greendc.model import Principal, SeriesKey
from greendc.site import read_site
from greendc.status import CollectStatus, DeviceStatus, write_status
from greendc.units import NS_PER_SECOND
from tests.dashboard import seeding
from tests.dashboard.opening import markup, opener

if TYPE_CHECKING:
    from pathlib import Path

KWH_J = 3.6e6
OPERATOR = Principal(name="wang", role="operator")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a data directory whose devices were just read."""
    now_ns = time.time_ns()
    seeding.write_site(tmp_path)
    seeding.fill(tmp_path, now_ns, hours=1)
    read = DeviceStatus(name="meter-main", state="ok", last_ok_ns=now_ns, latency_s=0.021, readings=12)
    write_status(tmp_path, "collect", CollectStatus(time_ns=now_ns, devices=[read]))
    return tmp_path


def test_an_exchange_is_recorded_on_the_page(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It needs both registers and a reason, is written with the person, and stays text; who is elsewhere reads."""
    with opener("device", folder, monkeypatch) as run:
        app = run("en", device="meter-main")
        assert "No exchange was recorded" in markup(app)
        app.button(key="exchange_do").click().run()
        assert "both registers are needed" in markup(app)
        app.number_input(key="exchange_old").set_value(1_234_567.5)
        app.number_input(key="exchange_new").set_value(2.0)
        app.text_input(key="exchange_when").set_value("2026-01-02T08:00")
        app.text_input(key="exchange_reason").set_value("burnt <b>out</b>")
        app.button(key="exchange_do").click().run()
        page = markup(app)
        assert "Written into the ledger" in page
        assert "burnt &lt;b&gt;out" in page
        assert re.search(r"old meter ended at 1\W234\W567\.500 kWh, new one began at 2\.000 kWh", page)
        elsewhere = run("en", device="meter-main", bound="0.0.0.0")  # noqa: S104 (who is not on this machine reads)
        assert not any(button.key == "exchange_do" for button in elsewhere.button)
        assert "data-exchange" in markup(elsewhere)
    ledger = SqliteLedger(folder / "ledger.sqlite")
    (one,) = exchanges_of(ledger)
    ledger.close()
    assert (one.by, one.old_final, one.new_initial) == ("operator", 1_234_567.5 * KWH_J, 2.0 * KWH_J)


def test_an_exchange_is_a_mark_on_the_course_of_its_register(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stands among what happened in the range, and on no other series."""
    now_ns = time.time_ns()
    ledger = SqliteLedger(folder / "ledger.sqlite")
    key = SeriesKey(seeding.SITE, "meter-main", "", "active_energy_j")
    read = Registers(now_ns - 1800 * NS_PER_SECOND, KWH_J, 0.0)
    record_exchange(ledger, read_site(folder / "site.toml"), key, read, OPERATOR, now_ns, "calibration due")
    ledger.close()
    with opener("device", folder, monkeypatch) as run:
        page = markup(run("en", device="meter-main", series=":active_energy_j", range="1h"))
        assert re.search(r"meter exchanged · (<bdi>)?old meter ended at 1\.000\WkWh.*calibration due", page)
        assert "meter exchanged" not in markup(run("en", device="meter-main", series=":active_power_w", range="1h"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_data_quality_page_lists_exchanges(folder: Path, monkeypatch: pytest.MonkeyPatch, lang: str) -> None:
    """With the device that they lead to."""
    now_ns = time.time_ns()
    seeding.compute(folder / "site.toml", folder, now_ns)
    ledger = SqliteLedger(folder / "ledger.sqlite")
    key = SeriesKey(seeding.SITE, "meter-mech", "", "active_energy_j")
    record_exchange(
        ledger, read_site(folder / "site.toml"), key, Registers(now_ns, KWH_J, 0.0), OPERATOR, now_ns, "due"
    )
    ledger.close()
    with opener("quality", folder, monkeypatch) as run:
        page = markup(run(lang))
    assert {"zh": "换表记录", "en": "Meter exchanges"}[lang] in page
    assert "device=meter-mech" in page


def test_one_read_is_a_command_to_copy(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last read with its age, and the command; a device of an edge node is read there; a sensor has no register."""
    with opener("device", folder, monkeypatch) as run:
        app = run("en", device="meter-main")
        assert app.code[0].value == "greendc probe meter-main"
        assert re.search(r"Last read: answers · \d+ s ago · 21 ms · 12 readings", markup(app))
        edge = run("en", device="edge-01-meter")
        assert "The edge node edge-01 reads it" in markup(edge)
        assert not edge.code
        assert "Meter exchanges" not in markup(run("en", device="env-r01"))
