"""What people did is read once and kept up; settings say where they come from and give no secret away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.system_view import audit_of, processes_of, versions
from analytics.system_view.audit import MOST
from greendc.contracts import Event
from greendc.ledger import SqliteLedger
from greendc.model import Principal
from greendc.settings import SETTINGS, Origin, Settings
from greendc.site import Site, SiteInfo

if TYPE_CHECKING:
    from pathlib import Path


def act(ledger: SqliteLedger, name: str, role: str, n: int) -> None:
    """Append one event."""
    ledger.append(Event(time_ns=n, kind="k", subject=str(n), principal=Principal(name=name, role=role)))


def test_acts_are_kept_up_and_bounded(tmp_path: Path) -> None:
    """What comes later is added at the head, programs are left out, and no more than the bound is kept."""
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    act(ledger, "a", "operator", 1)
    act(ledger, "greendc", "system", 2)
    assert [deed.subject for deed in audit_of(ledger)] == ["1"]
    act(ledger, "b", "operator", 3)
    assert [deed.name for deed in audit_of(ledger)] == ["b", "a"]
    principal = Principal(name="c", role="operator")
    ledger.extend([Event(time_ns=n, kind="k", subject=str(n), principal=principal) for n in range(MOST + 5)])
    deeds = audit_of(ledger)
    assert len(deeds) == MOST
    assert deeds[0].subject == str(MOST + 4)
    ledger.close()


def test_settings_say_where_they_come_from() -> None:
    """Command line before environment before a file before the default; a secret's value is nowhere."""
    environ = {
        "GREENDC_STORE": "influxdb://h/db",
        "GREENDC_BROKER": "mqtt://u:geheim@h:1883",
        "GREENDC_BROKER_PASSWORD": "geheim",
        "GREENDC_STORE_TOKEN_FILE": "/run/token",
        "GREENDC_DATA": "/d",
    }
    found = {one.name: one for one in Settings({"store": "embedded"}, environ).in_force()}
    assert list(found) == [setting.name for setting in SETTINGS]
    assert (found["store"].origin, found["store"].value) == (Origin.GIVEN, "embedded")
    assert (found["data"].origin, found["data"].value) == (Origin.ENVIRONMENT, "/d")
    assert (found["store_token"].origin, found["store_token"].variable) == (Origin.FILE, "GREENDC_STORE_TOKEN_FILE")
    assert (found["site"].origin, found["site"].value) == (Origin.DEFAULT, "site.toml")
    assert found["broker_password"].is_set
    assert not found["store_read_token"].is_set
    assert "geheim" not in str(found)


def test_nothing_running_is_missing_not_zero(tmp_path: Path) -> None:
    """Without status files the three processes of a site are missing, and have no counts; versions are there."""
    site = Site(info=SiteInfo(name="x"))
    found = processes_of(tmp_path, site, 1)
    assert [(process.name, process.state.value, process.counts) for process in found] == [
        (name, "missing", ()) for name in ("collect", "ingest", "analyse")
    ]
    assert versions()[0][0] == "greendc"
