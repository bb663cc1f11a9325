"""Recorded devices read as what was worked out by hand; a wrong scale, unit or state in any SNMP profile is noticed."""

from __future__ import annotations

import math

import msgspec
import pytest

from greendc.model import Reading
from greendc.profiles import Point, Profile, lint, profile, profiles
from greendc.quantities import Kind, quantity
from tests import snmp_cases
from tests.snmp_cases import CASES, case, differences, recorded

NAMES = [known.name for known in profiles() if known.protocol == "snmp"]
POINTS = [(known.name, i) for known in profiles() if known.protocol == "snmp" for i in range(len(known.points))]


def findings(known: Profile) -> list[str]:
    """Return how a profile's readings differ from all walks of its case."""
    return [
        said
        for walk in case(known.name).walks
        for said in differences(walk, snmp_cases.read(known, recorded(known.name, walk.files)))
    ]


def values(name: str) -> dict[tuple[str, str], float]:
    """Return the known values of a profile's first walk by part and quantity."""
    readings = snmp_cases.read(profile(name), recorded(name, case(name).walks[0].files))
    return {(r.part, r.quantity): r.value for r in readings if r.value is not None}


@pytest.mark.parametrize("name", NAMES)
def test_case(name: str) -> None:
    """Every walk of the case reads as the values worked out by hand."""
    assert findings(profile(name)) == []


@pytest.mark.parametrize("name", NAMES)
def test_profile_is_clean(name: str) -> None:
    """The linter has nothing to say, and the recording comes with its licence and notice."""
    assert lint(profile(name)) == []
    assert "Redistribution" in (CASES / name / "LICENSE.txt").read_text("utf-8")
    assert "snmpsim-data" in (CASES / name / "NOTICE").read_text("utf-8")


@pytest.mark.parametrize(("name", "i"), POINTS)
def test_a_wrong_scale_is_noticed(name: str, i: int) -> None:
    """Doubling the scale of one point, or renaming the states of one, makes the case fail."""
    known = profile(name)
    points = list(known.points)
    points[i] = mutated(points[i])
    assert findings(msgspec.structs.replace(known, points=points))


def mutated(point: Point) -> Point:
    """Return the point with its scale doubled, or with its states shifted by one."""
    if quantity(point.quantity).kind is not Kind.STATE:
        return msgspec.structs.replace(point, scale=point.scale * 2)
    names = list(point.states.values())
    shifted = dict(zip(point.states, names[1:] + names[:1], strict=True))
    return msgspec.structs.replace(point, states=shifted)


@pytest.mark.parametrize(("name", "i"), [(n, i) for n, i in POINTS if profile(n).points[i].offset])
def test_a_wrong_offset_is_noticed(name: str, i: int) -> None:
    """Dropping the offset of a point makes the case fail."""
    known = profile(name)
    points = list(known.points)
    points[i] = msgspec.structs.replace(points[i], offset=0.0)
    assert findings(msgspec.structs.replace(known, points=points))


def test_apparent_power_is_volts_times_amperes() -> None:
    """APC 8641: V x I is the apparent power, and that times the power factor is the power, within 5 %."""
    read = values("apc-rpdu2")
    product = read["phase/l1", "voltage_v"] * read["phase/l1", "current_a"]
    assert product == pytest.approx(read["phase/l1", "apparent_power_va"], rel=0.05)
    real = read["", "apparent_power_va"] * read["", "power_factor_ratio"]
    assert real == pytest.approx(read["", "active_power_w"], rel=0.05)
    outlets = sum(value for (part, key), value in read.items() if part.startswith("outlet/") and key == "current_a")
    assert outlets == pytest.approx(read["phase/l1", "current_a"], rel=0.05)


@pytest.mark.parametrize("line", ["l1", "l2", "l3"])
def test_ups_power_factor_is_possible(line: str) -> None:
    """Eaton 93E: W / (V x I) of each line is a power factor between 0.75 and 1, so no scale is ten times off."""
    read = values("ups-rfc1628")
    apparent = read[f"output/{line}", "voltage_v"] * read[f"output/{line}", "current_a"]
    assert 0.75 <= read[f"output/{line}", "active_power_w"] / apparent <= 1


def test_dew_point_is_that_of_the_air() -> None:
    """Watchdog 15: the dew point agrees with temperature and humidity by the Magnus formula within 1 K."""
    read = values("geist-environment")
    air = read["internal/1", "air_temperature_c"]
    gamma = math.log(read["internal/1", "relative_humidity_ratio"]) + 17.62 * air / (243.12 + air)
    assert read["internal/1", "dew_point_c"] == pytest.approx(243.12 * gamma / (17.62 - gamma), abs=1.0)


def test_used_and_available_make_the_whole() -> None:
    """Linux host: used and available memory add up to the total."""
    read = values("host-resources")
    assert read["", "memory_used_by"] + read["", "memory_available_by"] == read["", "memory_total_by"]


def test_difference_is_told() -> None:
    """The check itself fails on a value that is off, a missing reading and a wrong reason."""
    walk = snmp_cases.WalkCase(files=[], values=[("", "voltage_v", 230.0, ""), ("x", "voltage_v", "not_available", "")])
    off = Reading(time_ns=1, site="s", device="d", part="", quantity="voltage_v", value=23.0)
    assert len(differences(walk, [off])) == 2
