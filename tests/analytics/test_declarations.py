"""What `greendc check` finds in what a site file says about its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analytics.declarations import declaration_problems
from greendc.site import load_site
from greendc.toml_source import TomlSource

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """schema = 1
[site]
name = "lab"
{site}
[[devices]]
name = "tank"
profile = "generic-water-meter"
address = "modbus://127.0.0.1:502?unit=1"
{rest}
"""


@pytest.mark.parametrize(
    ("site", "rest", "words"),
    [
        ('standards = "mars"', "", "mars"),
        ('energy_factors = "mine"', "", "mine"),
        ("", "[declared]\nEDC = 1.0", "EDC"),
        ("", '[[meters]]\nrole = "fuel"\ndevice = "tank"\nkind = "peat"', "peat"),
        ("", '[[meters]]\nrole = "fuel"\ndevice = "tank"\nkind = "hydrogen"', "hydrogen"),
        ("", '[[meters]]\nrole = "cooling_import"\ndevice = "tank"\nkind = "chilled_water"', "chilled_water"),
    ],
)
def test_a_declaration_that_nothing_can_be_made_of_is_named(tmp_path: Path, site: str, rest: str, words: str) -> None:
    """Each is one problem at its line, naming what is not known."""
    file = tmp_path / "site.toml"
    file.write_text(HEAD.format(site=site, rest=rest), "utf-8")
    source = TomlSource.read(file)
    known, problems = load_site(source)
    assert known is not None, problems
    (found,) = (problem for problem in declaration_problems(source, known) if problem.level == "error")
    assert words in found.sentence()


_METER = """
[[devices]]
name = "{name}"
profile = "{profile}"
address = "modbus://127.0.0.1:502?unit={unit}"
"""
_METERS = "".join(
    _METER.format(name=name, profile=profile, unit=unit)
    for unit, (name, profile) in enumerate(
        {"main": "eastron-sdm630", "sub": "eastron-sdm630", "pdu": "eastron-sdm630"}.items(), start=2
    )
)


def _role(role: str, device: str) -> str:
    return f'[[meters]]\nrole = "{role}"\ndevice = "{device}"\n'


@pytest.mark.parametrize(
    ("rest", "keys"),
    [
        (_role("facility_input", "main") + _role("it_input", "pdu"), []),
        (_role("cooling", "sub"), ["kpis.reason.no_facility_meter", "kpis.reason.no_it_meter"]),
        (
            _role("facility_input", "main")
            + _role("facility_input", "sub")
            + _role("it_input", "pdu")
            + '[[feeds]]\nsource = "main"\ntarget = "sub"\n',
            ["kpis.remark.counted_twice"],
        ),
        (
            _role("facility_input", "main") + _role("export", "main") + _role("it_input", "pdu"),
            ["kpis.remark.two_roles"],
        ),
    ],
)
def test_meters_that_cannot_be_are_warned_of(tmp_path: Path, rest: str, keys: list[str]) -> None:
    """What would refuse a figure is said before anything is measured, at the meter, with the cure."""
    file = tmp_path / "site.toml"
    file.write_text(HEAD.format(site="", rest=_METERS + rest), "utf-8")
    source = TomlSource.read(file)
    known, problems = load_site(source)
    assert known is not None, problems
    found = declaration_problems(source, known)
    assert [problem.key for problem in found] == keys
    assert all(problem.level == "warning" and problem.line > 0 for problem in found)


def test_good_declarations_pass(tmp_path: Path) -> None:
    """A site with every table of declarations has no problem."""
    file = tmp_path / "site.toml"
    rest = """[[meters]]
role = "fuel"
device = "tank"
kind = "diesel"
[design]
pue = 1.3
load_ratio = 0.5
climate = "Kunming"
[[servers]]
model = "a"
benchmark = "SERT 2"
count = 2
peak_performance = 10.0
peak_kw = 0.5
[[characteristic_points]]
outdoor_c = 10.0
year_share = 0.2
[declared]
PDIT = 500.0
"""
    site = 'standards = "eu"\nenergy_factors = "green-grid"\nequipment_class = "A1"'
    file.write_text(HEAD.format(site=site, rest=rest), "utf-8")
    source = TomlSource.read(file)
    known, problems = load_site(source)
    assert known is not None, problems
    assert problems == []
    assert [problem for problem in declaration_problems(source, known) if problem.level == "error"] == []
    assert (known.design and known.design.pue, known.servers[0].count, known.declared) == (1.3, 2, {"PDIT": 500.0})
