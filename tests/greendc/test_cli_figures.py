"""`greendc kpi`: periods, lineage, and what was frozen."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from analytics.figures.closing import Closing
from analytics.kpis.calendar import local_day
from analytics.service import pace_of
from greendc.cli import app
from greendc.clock import NS_PER_HOUR, from_iso
from greendc.errors import ConfigError
from greendc.ledger import SqliteLedger
from greendc.model import Reading
from greendc.site import read_site
from greendc.storage import open_store
from greendc.units import NS_PER_SECOND
from tests.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

BEGIN = from_iso("2026-10-04T16:00:00Z")
"""Midnight of 5 October in Shanghai."""
SITE = """
schema = 1
[site]
name = "lab"
timezone = "Asia/Shanghai"
[[devices]]
name = "in"
profile = "schneider-iem3000"
address = "modbus://127.0.0.1"
[[devices]]
name = "it"
profile = "schneider-iem3000"
address = "modbus://127.0.0.1?unit=2"
[[meters]]
role = "facility_input"
device = "in"
[[meters]]
role = "it_input"
device = "it"
"""


def _reading(device: str, second: int, watts: float) -> Reading:
    return Reading(
        time_ns=BEGIN + second * NS_PER_SECOND,
        site="lab",
        device=device,
        part="",
        quantity="active_energy_j",
        value=1e9 + watts * second,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a data directory with a site file and two days of two meters."""
    (tmp_path / "site.toml").write_text(SITE, "utf-8")
    with closing(open_store("embedded", tmp_path)) as store:
        for device, watts in (("in", 13_000.0), ("it", 10_000.0)):
            store.write([_reading(device, second, watts) for second in range(0, 48 * 3600 + 1, 300)])
    return tmp_path


def kpi(folder: Path, *words: str) -> tuple[int, str, str]:
    """Return exit code, stdout and stderr of the command."""
    arguments = ["kpi", "--site", str(folder / "site.toml"), "--data", str(folder), *words]
    done = CliRunner().invoke(app, arguments, env={"GREENDC_LANG": "en"})
    return done.exit_code, done.stdout, done.stderr


def freeze(folder: Path) -> None:
    """Close the first day as it is by now."""
    site, now_ns = read_site(folder / "site.toml"), BEGIN + 30 * 24 * NS_PER_HOUR
    with closing(SqliteLedger(folder / "ledger.sqlite")) as ledger, closing(open_store("embedded", folder)) as store:
        Closing(site, ledger, 0).run(store, local_day(site, BEGIN), {}, now_ns)
        while Closing(site, ledger, 0).run(store, local_day(site, BEGIN), {}, now_ns):
            pass


def test_a_period_is_a_day_of_the_site(folder: Path) -> None:
    """A day is named in the site's zone and is the same as its two instants; JSON has one object."""
    code, shown, _ = kpi(folder, "--period", "2026-10-05", "--json")
    assert code == 0
    data = json.loads(shown)["data"]
    assert (data["start_ns"], data["end_ns"], data["frozen"]) == (BEGIN, BEGIN + 24 * NS_PER_HOUR, None)
    pue = data["figures"][0]
    assert pue["kpi"] == "pue"
    assert pue["value"] == pytest.approx(1.3)
    assert pue["lineage"] is None
    _, again, _ = kpi(folder, "--from", "2026-10-05T00:00:00+08:00", "--to", "2026-10-06T00:00:00+08:00", "--json")
    assert json.loads(again)["data"] == data


def test_lineage_is_printed_when_asked_for(folder: Path) -> None:
    """Registers at both ends, the factor and the hashes, for people and in JSON."""
    _, shown, _ = kpi(folder, "--period", "2026-10-05", "--lineage")
    assert "in [facility_input] active_energy_j 1000000000 .. 2123" in shown
    assert "configuration " in shown
    _, text, _ = kpi(folder, "--period", "2026-10-05", "--lineage", "--json")
    pue = json.loads(text)["data"]["figures"][0]
    assert [len(side["sources"]) for side in pue["inputs"]] == [1, 1]
    assert len(pue["lineage"]["sha256"]) == 64


def test_a_frozen_period_is_said_to_be_the_same_or_not(folder: Path) -> None:
    """After an edit of the site file the fresh figure differs from the frozen one, and the command says why."""
    freeze(folder)
    _, shown, _ = kpi(folder, "--period", "2026-10-05")
    assert "for day/2026-10-05 (final, version 1)" in shown
    assert "As frozen on" in shown
    text = (folder / "site.toml").read_text("utf-8")
    (folder / "site.toml").write_text(text.replace('device = "in"\n[[', 'device = "in"\nfactor = 2.0\n[['), "utf-8")
    _, shown, _ = kpi(folder, "--period", "2026-10-05")
    assert "Differs from what was frozen" in shown
    assert "the site file, factors or software have changed" in shown
    assert "the data have changed" not in shown
    assert "1.3 -> 2.6" in shown
    _, text, _ = kpi(folder, "--period", "2026-10-05", "--json")
    beside = json.loads(text)["data"]["frozen"]
    assert (beside["same_data"], beside["same_configuration"], beside["version"]) == (True, False, 1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--period", "2026-14"), "This is not a period: 2026-14"),
        (("--period", "2026-10", "--from", "2026-10-01"), "cannot be used together"),
        (("--period", "2999"), "is not before"),
    ],
)
def test_wrong_periods_are_refused(words: tuple[str, ...], said: str, folder: Path) -> None:
    """A period that is none, two ways at once, and one that has not begun are one sentence each; exit code 2."""
    code, _, told = kpi(folder, *words)
    assert (code, said in told) == (2, True), told


def test_every_option_is_in_the_documents() -> None:
    """The pages name each option of the command."""
    pages = "".join((ROOT / "docs" / name).read_text("utf-8") for name in ("operate.md", "evaluate.md"))
    command = typer.main.get_command(app)
    assert hasattr(command, "commands")
    options = [word for option in command.commands["kpi"].params for word in option.opts if word.startswith("--")]
    assert {"--period", "--lineage", "--from", "--to", "--site", "--json"} <= set(options)
    assert [word for word in options if word not in pages] == []


@pytest.mark.parametrize(("text", "seconds"), [("3", 3 * 86_400.0), ("0", 0.0), ("0.5", 43_200.0)])
def test_the_settling_time_is_a_setting(text: str, seconds: float) -> None:
    """Given in days."""
    assert pace_of(simulated=False, settle_days=text).settle_s == seconds


@pytest.mark.parametrize("text", ["soon", "-1", "nan", "1e9"])
def test_a_settling_time_that_is_none_is_refused(text: str) -> None:
    """With a sentence, when the service starts."""
    with pytest.raises(ConfigError):
        pace_of(simulated=True, settle_days=text)
