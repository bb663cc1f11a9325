"""Every profile that exists is sound, and each has an independent case."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from greendc.profiles import Match, Point, Profile, lint, profile, profile_names, profiles

CASES = Path(__file__).parent.parent / "cases"


@pytest.mark.parametrize("name", profile_names())
def test_profile_is_sound(name: str) -> None:
    """The file is of the schema's form, is named like its profile, and the linter finds nothing."""
    found = profile(name)
    assert found.name == name
    assert found.points
    assert lint(found) == []


@pytest.mark.parametrize("name", profile_names())
def test_profile_has_a_case(name: str) -> None:
    """A profile without an independent case could be wrong on both sides unseen; the host has nothing to record."""
    if profile(name).protocol == "host":
        return
    assert (CASES / name).is_dir(), f"tests/cases/{name} is missing"
    assert any((CASES / name).iterdir())


def test_no_case_without_profile() -> None:
    """A case folder belongs to a profile that exists."""
    assert {entry.name for entry in CASES.iterdir() if entry.is_dir()} <= set(profile_names())


def test_unknown_profile_is_a_key_error() -> None:
    """A name without a file is an error of its own kind, whatever it contains."""
    for name in ("no-such-thing", "../quantities", ""):
        with pytest.raises(KeyError):
            profile(name)


def test_first_profiles_are_there() -> None:
    """The families that the first release promises exist."""
    wanted = {"schneider-iem3000", "eastron-sdm630", "generic-crah", "generic-chiller", "host"}
    assert wanted <= {found.name for found in profiles()}


SOUND = Profile(
    schema=1,
    name="sound",
    version=1,
    protocol="modbus",
    kind="meter",
    maker="test",
    title="test",
    sources=["a manual"],
    points=[],
    modbus=profile("generic-crah").modbus,
)


def changed(**fields: object) -> Profile:
    """Return the sound profile with some fields changed."""
    return msgspec.structs.replace(SOUND, **fields)


def with_points(*points: Point) -> Profile:
    """Return the sound profile with these points."""
    return changed(points=list(points))


WATTS = Point(quantity="active_power_w", register=0, raw=profile("generic-crah").points[8].raw, unit="W")


def but(**fields: object) -> Point:
    """Return the sound point with some fields changed."""
    return msgspec.structs.replace(WATTS, **fields)


@pytest.mark.parametrize(
    ("candidate", "said"),
    [
        (changed(schema=2), "schema 2"),
        (changed(sources=[]), "names no source"),
        (changed(modbus=None), "needs a [modbus] table"),
        (with_points(but(quantity="active_power_kw")), "unknown quantity"),
        (with_points(but(unit="watt")), "unknown unit"),
        (with_points(but(unit="kW.h")), "not a unit of W"),
        (with_points(but(register=None)), "exactly one of"),
        (with_points(but(oid="1.3.6.1.2.1.1.3.0")), "exactly one of"),
        (with_points(but(raw="ticks")), "not a type of registers"),
        (with_points(but(scale=0.0)), "scale 0"),
        (with_points(but(sf=200)), "too far away"),
        (with_points(but(sf=1)), "overlap"),
        (with_points(but(register=None, oid="1.3.6.1.2.1.1.3.0", sf=4)), "a number in registers"),
        (with_points(but(zero_in=(1,))), "without zero_with"),
        (with_points(but(up_to="1.3.6.1.2.1.33.1.3.2.0")), "belong to SNMP"),
        (changed(match=Match(instead_of=["no-such-thing"])), "names no profile"),
        (changed(match=Match(says={"1.3.6.1.2.1.33.1.1.1": "("})), "no regular expression"),
        (with_points(but(quantity="unit_state", unit="1")), "needs its codes"),
        (with_points(but(quantity="unit_state", unit="1", states={"1": "glowing"})), "no state of it"),
        (with_points(WATTS, but(part="b")), "two names"),
        (with_points(WATTS, but(register=2)), "defined twice"),
        (with_points(WATTS, but(register=1, part="b")), "overlap"),
    ],
)
def test_linter_refuses(candidate: Profile, said: str) -> None:
    """Each fault a profile can have is named."""
    assert any(said in sentence for sentence in lint(candidate)), lint(candidate)


def test_linter_passes_what_is_sound() -> None:
    """The point that the faulty ones are made from is no fault itself."""
    assert lint(with_points(WATTS, but(register=2, part="b"))) == []


@pytest.mark.parametrize("name", [name for name in profile_names() if name.startswith("generic-")])
def test_template_map_is_documented(name: str) -> None:
    """The page from which people program controllers lists each register with its type, and no other."""
    page = (CASES.parent.parent / "docs" / "template-maps.md").read_text("utf-8")
    section = page.split(f"profile `{name}`")[1].split("\n## ")[0]
    rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| ") and line[2].isdigit()]
    told = {(int(at), kind.strip()) for at, kind in rows}
    assert told == {(point.register, str(point.raw)) for point in profile(name).points}
