"""Battery, work that may wait and carbon factors in the site file, as `greendc check` sees them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from greendc.cli import app
from greendc.errors import EXIT_CONFIG, EXIT_OK
from greendc.flexible import Deferrable
from greendc.site import read_site

if TYPE_CHECKING:
    from pathlib import Path

SITE = """schema = 1
[site]
name = "lab"
[[devices]]
name = "ess"
profile = "sunspec-storage"
address = "modbus://127.0.0.1"
[battery]
device = "ess"
capacity_kwh = 60.0
charge_kw = 15.0
discharge_kw = 15.0
reserve_kwh = 10.0
[[deferrable]]
name = "backup"
energy_kwh = 40.0
most_kw = 10.0
start = "20:00"
end = "06:00"
[carbon]
factors = "factors.csv"
"""
FACTORS = "time,location_kg_per_kwh\n2026-03-01T00:00+08:00,0.2\n"


def checked(folder: Path, text: str, factors: str = FACTORS) -> tuple[int, list[dict[str, object]]]:
    """Return exit code and problems of `greendc check`."""
    (folder / "site.toml").write_text(text, "utf-8")
    (folder / "factors.csv").write_text(factors, "utf-8")
    done = CliRunner().invoke(app, ["check", str(folder / "site.toml"), "--json"], env={"GREENDC_LANG": "en"})
    return done.exit_code, json.loads(done.stdout)["problems"]


def test_a_site_with_all_of_them_is_in_order(tmp_path: Path) -> None:
    """The file is read and the factors' path starts at its folder."""
    code, problems = checked(tmp_path, SITE)
    assert (code, problems) == (EXIT_OK, [])
    site = read_site(tmp_path / "site.toml")
    assert site.battery is not None
    assert site.carbon is not None
    assert site.carbon.factors == str(tmp_path / "factors.csv")
    assert site.deferrable[0].minutes() == (20 * 60, 30 * 60)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("reserve_kwh = 10.0", "reserve_kwh = 50.0", "keep a smaller reserve"),
        ('device = "ess"\ncap', 'device = "no"\ncap', "There is no device"),
        ("energy_kwh = 40.0\n", "", "energy_kwh (of a day)"),
        ('start = "20:00"', 'start = "25:00"', "start"),
        ("factors.csv", "none.csv", "no such file"),
    ],
)
def test_what_cannot_be_is_said_with_its_cure(tmp_path: Path, before: str, after: str, said: str) -> None:
    """An impossible battery, a missing device, energy, clock or file: one problem each, exit code 2."""
    code, problems = checked(tmp_path, SITE.replace(before, after))
    assert code == EXIT_CONFIG
    assert len(problems) == 1
    assert said in json.dumps(problems[0])


def test_two_deferrable_loads_of_one_name_are_refused(tmp_path: Path) -> None:
    """The second one is named."""
    code, problems = checked(tmp_path, SITE + '[[deferrable]]\nname = "backup"\nenergy_kwh = 1.0\nmost_kw = 1.0\n')
    assert code == EXIT_CONFIG
    assert problems[0]["path"] == "deferrable[1].name"


def test_a_bad_line_of_factors_has_its_number(tmp_path: Path) -> None:
    """Grams instead of kilograms are seen."""
    _, problems = checked(tmp_path, SITE, FACTORS + "2026-03-01T01:00+08:00,560\n")
    assert problems[0]["line"] == 3


def test_a_window_without_end_is_the_whole_day() -> None:
    """From midnight to midnight by default."""
    assert Deferrable(name="a", most_kw=1.0).minutes() == (0, 1440)
