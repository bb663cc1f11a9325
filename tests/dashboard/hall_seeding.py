"""The seeded site with its racks on a floor and what stands in them."""

from __future__ import annotations

from tests.dashboard import seeding

EVIL = "<img src=x onerror=alert(1)>\\u202edrawkcab 🦖"
_PLACED = """[[racks]]
name = "r01"
room = "room-1"
row = "A"
position = 1
units = 12
nominal_kw = 100
nominal_kg = 500
front = "next"

[[racks]]
name = "r02"
room = "room-1"
row = "B"
position = 1
units = 12
front = "previous"
"""
_MOUNTED = f"""
[[mounted]]
name = "srv-a"
rack = "r01"
unit = 1
units = 4
title = "{EVIL}"
mass_kg = 60
power = ["pdu-r01-a/outlet/1"]

[[mounted]]
name = "env-r01"
rack = "r01"
unit = 12
face = "rear"
mass_kg = 2
"""


def site_toml() -> str:
    """Return the site file of `seeding` with places, ratings, heights and contents of its racks."""
    head, racks, rest = seeding.SITE_TOML.partition("[[racks]]")
    _, devices, rest = rest.partition("[[devices]]")
    probes = 'rack = "r01"\nheights = { "remote/1" = "low" }\n'
    before, name, after = rest.partition('name = "env-r01"')
    after = after.replace('rack = "r01"\n', probes, 1)
    assert racks
    assert devices
    assert name
    return f"{head}{_PLACED}\n[[devices]]{before}{name}{after}{_MOUNTED}"
